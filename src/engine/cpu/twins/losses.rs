//! Losses on logits.

use super::{Args, Real, activations::sigmoid};

/// log(1 + e^a)
fn softplus<R: Real>(a: R) -> R {
    a.max(R::zero()) + (-a.abs()).exp().ln_1p()
}

/// Values and slopes by a logit, as the files of `shaders/losses` define them.
struct LossTwin<R> {
    d_real: fn(R) -> (R, R),
    d_fake: fn(R) -> (R, R),
    g: fn(R) -> (R, R),
}

fn loss<R: Real>(name: &str) -> LossTwin<R> {
    match name {
        "minimax" => {
            LossTwin { d_real: |a| (softplus(-a), -sigmoid(-a)), d_fake: |a| (softplus(a), sigmoid(a)), g: |a| (-softplus(a), -sigmoid(a)) }
        }
        "non_saturating" => LossTwin {
            d_real: |a| (softplus(-a), -sigmoid(-a)),
            d_fake: |a| (softplus(a), sigmoid(a)),
            g: |a| (softplus(-a), -sigmoid(-a)),
        },
        _ => panic!("loss {name} has no CPU twin"),
    }
}

/// Twin of `shaders/ops/loss_d.wgsl`.
pub fn loss_d<R: Real>(args: &mut Args<R>) {
    let (rows, loss) = (args.size("rows"), loss::<R>(args.choice()));
    let (logits, dlogits) = (args.read("logits"), args.write("dlogits"));
    let (real_row, fake_row) = (args.size("real"), args.size("fake"));
    let weight = R::one() / R::of(rows as f32);
    let scaled = args.real("scale") * weight;
    let half = R::of(0.5);
    let [mut total, mut d_real, mut d_fake, mut right] = [R::zero(); 4];
    for i in 0..rows {
        let (real, fake) = (logits[real_row + i], logits[fake_row + i]);
        let ((value, slope), (fake_value, fake_slope)) = ((loss.d_real)(real), (loss.d_fake)(fake));
        dlogits[real_row + i] = scaled * slope;
        dlogits[fake_row + i] = scaled * fake_slope;
        total += scaled * (value + fake_value);
        d_real += weight * sigmoid(real);
        d_fake += weight * sigmoid(fake);
        let votes = u8::from(real > R::zero()) + u8::from(fake < R::zero());
        right += half * weight * R::of(f32::from(votes));
    }
    for tangent in &args.read("tangent")[..args.size("tangent_rows")] {
        total += half * *tangent;
    }
    args.write("loss")[..4].copy_from_slice(&[total, d_real, d_fake, right]);
}

/// Twin of `shaders/ops/loss_g.wgsl`.
pub fn loss_g<R: Real>(args: &mut Args<R>) {
    let (rows, loss) = (args.size("rows"), loss::<R>(args.choice()));
    let weight = R::one() / R::of(rows as f32);
    let [mut total, mut d_fake] = [R::zero(); 2];
    for (a, da) in args.read("logits")[..rows].iter().zip(args.write("dlogits")) {
        let (value, slope) = (loss.g)(*a);
        *da = weight * slope;
        total += weight * value;
        d_fake += weight * sigmoid(*a);
    }
    args.write("loss")[..4].copy_from_slice(&[total, d_fake, R::zero(), R::zero()]);
}
