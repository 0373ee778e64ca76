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
    let (real, fake) = args.read("logits").split_at(rows);
    let (dreal, dfake) = args.write("dlogits").split_at_mut(rows);
    let weight = R::one() / R::of(rows as f32);
    let half = R::of(0.5);
    let [mut total, mut d_real, mut d_fake, mut right] = [R::zero(); 4];
    for i in 0..rows {
        let ((value, slope), (fake_value, fake_slope)) = ((loss.d_real)(real[i]), (loss.d_fake)(fake[i]));
        dreal[i] = weight * slope;
        dfake[i] = weight * fake_slope;
        total = total + weight * (value + fake_value);
        d_real = d_real + weight * sigmoid(real[i]);
        d_fake = d_fake + weight * sigmoid(fake[i]);
        let votes = u8::from(real[i] > R::zero()) + u8::from(fake[i] < R::zero());
        right = right + half * weight * R::of(f32::from(votes));
    }
    for tangent in &args.read("tangent")[..args.size("tangent_rows")] {
        total = total + half * *tangent;
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
        total = total + weight * value;
        d_fake = d_fake + weight * sigmoid(*a);
    }
    args.write("loss")[..4].copy_from_slice(&[total, d_fake, R::zero(), R::zero()]);
}
