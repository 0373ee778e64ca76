//! Updates of parameters.

use super::BLOCK;
use crate::twin::{Args, Real, vectorized};
use rayon::prelude::*;

/// Blocks that one task takes.
const TASK_BLOCKS: usize = 16;

/// Sum of squares in 16 lanes: a fixed order that compiles to vector instructions.
#[inline(always)]
fn sum_of_squares<R: Real>(values: &[R]) -> R {
    let mut lanes = [R::zero(); 16];
    let chunks = values.chunks_exact(16);
    for (lane, v) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane = *v * *v;
    }
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane += *v * *v;
        }
    }
    lanes.into_iter().sum()
}

/// The per-block sums that every optimizer writes.
#[inline(always)]
fn write_partials<R: Real>(partials: &mut [R], gradients: &[R], weights: &[R]) {
    for ((pair, g), w) in partials.chunks_exact_mut(2).zip(gradients.chunks(BLOCK)).zip(weights.chunks(BLOCK)) {
        pair[0] = sum_of_squares(g);
        pair[1] = sum_of_squares(w);
    }
}

/// Zero for a denormal number. An average that only decays, such as that of a dead unit's gradient, would end as one, where rounding
/// keeps it for good and every operation takes a hundred times as long.
#[inline(always)]
fn flushed<R: Real>(average: R) -> R {
    if average.abs() < R::min_positive_value() { R::zero() } else { average }
}

/// Twin of `shaders/common/anneal.wgsl`.
fn annealed<R: Real>(start: R, share: R, floor: R) -> R {
    (start * share).max(start.min(floor))
}

/// Twin of `shaders/common/clip.wgsl`.
#[inline(always)]
fn clipped<R: Real>(w: R, bound: R) -> R {
    // NaN stays NaN.
    if w.abs() > bound { bound.copysign(w) } else { w }
}

/// Twin of `shaders/optimizer/adam.wgsl`.
pub fn adam<R: Real>(args: &mut Args<R>) {
    let [beta1, beta2, epsilon] = ["beta1", "beta2", "epsilon"].map(|n| args.real(n));
    let clip = args.real("clip");
    let (powers, gradients) = (args.read("powers"), args.read("gradients"));
    let lr = annealed(args.read("dials")[args.size("dial")], powers[2], args.real("lr_floor"));
    let (count, partials) = (args.size("count"), &mut args.write("partials")[..2 * args.size("groups")]);
    let (gradients, [weights, m, v]) = (&gradients[..count], ["weights", "m", "v"].map(|n| &mut args.write(n)[..count]));
    let one = R::one();
    let (mean_scale, variance_scale) = (one / (one - powers[0] * beta1), one / (one - powers[1] * beta2));
    let task = TASK_BLOCKS * BLOCK;
    let tasks = (weights.par_chunks_mut(task), m.par_chunks_mut(task), v.par_chunks_mut(task), gradients.par_chunks(task));
    tasks.into_par_iter().zip(partials.par_chunks_mut(2 * TASK_BLOCKS)).for_each(|((weights, m, v, gradients), partials)| {
        vectorized(|| {
            for (((w, m), v), g) in weights.iter_mut().zip(m.iter_mut()).zip(v.iter_mut()).zip(gradients) {
                *m = flushed(beta1 * *m + (one - beta1) * *g);
                *v = flushed(beta2 * *v + (one - beta2) * *g * *g);
                *w = clipped(*w - lr * (*m * mean_scale) / ((*v * variance_scale).sqrt() + epsilon), clip);
            }
            write_partials(partials, gradients, weights);
        });
    });
}

/// Twin of `shaders/optimizer/sgd.wgsl`.
pub fn sgd<R: Real>(args: &mut Args<R>) {
    let (powers, gradients) = (args.read("powers"), args.read("gradients"));
    let lr = annealed(args.read("dials")[args.size("dial")], powers[2], args.real("lr_floor"));
    let (first, last, clip) = (args.real("momentum"), args.real("momentum_final"), args.real("clip"));
    let momentum = last + (first - last) * powers[3];
    let (count, partials) = (args.size("count"), &mut args.write("partials")[..2 * args.size("groups")]);
    let (gradients, [weights, velocity]) = (&gradients[..count], ["weights", "velocity"].map(|n| &mut args.write(n)[..count]));
    let task = TASK_BLOCKS * BLOCK;
    let tasks = (weights.par_chunks_mut(task), velocity.par_chunks_mut(task), gradients.par_chunks(task));
    tasks.into_par_iter().zip(partials.par_chunks_mut(2 * TASK_BLOCKS)).for_each(|((weights, velocity, gradients), partials)| {
        vectorized(|| {
            for ((w, velocity), g) in weights.iter_mut().zip(velocity.iter_mut()).zip(gradients) {
                *velocity = flushed(momentum * *velocity - lr * *g);
                *w = clipped(*w + *velocity, clip);
            }
            write_partials(partials, gradients, weights);
        });
    });
}

/// Twin of `shaders/optimizer/rmsprop.wgsl`.
pub fn rmsprop<R: Real>(args: &mut Args<R>) {
    let [alpha, epsilon, clip] = ["alpha", "epsilon", "clip"].map(|n| args.real(n));
    let (powers, gradients) = (args.read("powers"), args.read("gradients"));
    let lr = annealed(args.read("dials")[args.size("dial")], powers[2], args.real("lr_floor"));
    let (count, partials) = (args.size("count"), &mut args.write("partials")[..2 * args.size("groups")]);
    let (gradients, [weights, square]) = (&gradients[..count], ["weights", "square"].map(|n| &mut args.write(n)[..count]));
    let task = TASK_BLOCKS * BLOCK;
    let tasks = (weights.par_chunks_mut(task), square.par_chunks_mut(task), gradients.par_chunks(task));
    tasks.into_par_iter().zip(partials.par_chunks_mut(2 * TASK_BLOCKS)).for_each(|((weights, square, gradients), partials)| {
        vectorized(|| {
            for ((w, square), g) in weights.iter_mut().zip(square.iter_mut()).zip(gradients) {
                *square = flushed(alpha * *square + (R::one() - alpha) * *g * *g);
                *w = clipped(*w - lr * *g / (square.sqrt() + epsilon), clip);
            }
            write_partials(partials, gradients, weights);
        });
    });
}

/// Twin of `shaders/optimizer/ema.wgsl`.
pub fn ema<R: Real>(args: &mut Args<R>) {
    let t = R::of(args.words("state")[args.size("counter")].wrapping_add(1) as f32);
    let momentum = args.real("decay").min((R::one() + t) / (R::of(10.0) + t));
    let (rate, count) = (R::one() - momentum, args.size("count"));
    let (weights, ema) = (&args.read("weights")[..count], &mut args.write("ema")[..count]);
    let task = TASK_BLOCKS * BLOCK;
    ema.par_chunks_mut(task).zip(weights.par_chunks(task)).for_each(|(ema, weights)| {
        vectorized(|| {
            for (ema, w) in ema.iter_mut().zip(weights) {
                *ema = *ema + rate * (*w - *ema);
            }
        });
    });
}
