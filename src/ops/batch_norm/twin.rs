//! Batch normalisation over `[rows, channels, positions]`.

use crate::{
    ops::pointwise::twin::function,
    twin::{Args, Real, each_rows, vectorized},
};
use rayon::prelude::*;

/// Values that are worth a task of their own.
const TASK: usize = 64 * 1024;

/// Sums of `term(a, b, k)` per channel, with k the channel's own value, over all rows and positions in their order.
fn channel_sums<R: Real>(sums: &mut [R], [a, b]: [&[R]; 2], k: &[R], positions: usize, term: impl Fn(R, R, R) -> R + Sync) {
    let channels = sums.len();
    let row = channels * positions;
    let per_channel = a.len() / channels.max(1);
    let block = TASK.div_ceil(per_channel.max(1)).next_multiple_of(16);
    sums.par_chunks_mut(block).enumerate().for_each(|(task, sums)| {
        sums.fill(R::zero());
        let (from, k) = (task * block, &k[task * block..][..sums.len()]);
        let mine = from * positions..(from + sums.len()) * positions;
        vectorized(|| {
            for (a, b) in a.chunks_exact(row).zip(b.chunks_exact(row)) {
                let (a, b) = (&a[mine.clone()], &b[mine.clone()]);
                if positions == 1 {
                    for (((sum, a), b), k) in sums.iter_mut().zip(a).zip(b).zip(k) {
                        *sum += term(*a, *b, *k);
                    }
                } else {
                    for (((sum, a), b), k) in sums.iter_mut().zip(a.chunks_exact(positions)).zip(b.chunks_exact(positions)).zip(k) {
                        *sum += a.iter().zip(b).map(|(a, b)| term(*a, *b, *k)).sum::<R>();
                    }
                }
            }
        });
    });
}

/// y = (x - mean) * scale + shift per channel, over whole rows.
fn scale_and_shift<R: Real>(y: &mut [R], x: &[R], [mean, scale, shift]: [&[R]; 3], positions: usize) {
    let row = mean.len() * positions;
    vectorized(|| {
        for (y, x) in y.chunks_exact_mut(row).zip(x.chunks_exact(row)) {
            if positions == 1 {
                for ((((y, x), mean), scale), shift) in y.iter_mut().zip(x).zip(mean).zip(scale).zip(shift) {
                    *y = (*x - *mean) * *scale + *shift;
                }
            } else {
                let channels = y.chunks_exact_mut(positions).zip(x.chunks_exact(positions)).zip(mean).zip(scale).zip(shift);
                for ((((y, x), mean), scale), shift) in channels {
                    for (y, x) in y.iter_mut().zip(x) {
                        *y = (*x - *mean) * *scale + *shift;
                    }
                }
            }
        }
    });
}

/// Twin of `shaders/batch_norm/batch_norm_forward.wgsl`: y by the batch's statistics.
pub fn batch_norm_forward<R: Real>(args: &mut Args<R>) {
    let [rows, channels, positions, groups] = ["rows", "channels", "positions", "groups"].map(|n| args.size(n));
    let [momentum, epsilon, alpha] = ["momentum", "epsilon", "alpha"].map(|n| args.real(n));
    let (twin, row) = (function(args), channels * positions);
    let (x, w, b) = (args.read("x"), &args.read("w")[..channels], &args.read("b")[..channels]);
    let (running_mean, running_var) = (&mut args.write("running_mean")[..channels], &mut args.write("running_var")[..channels]);
    let (means, inv_stds) = args.write("saved").split_at_mut(groups * channels);
    let y = &mut args.write("y")[args.size("first_row") * row..][..rows * row];
    let part = rows / groups * row;
    let n = R::of((rows / groups * positions) as f32);
    let scale = &mut *args.scratch;
    scale.resize(channels, R::zero());
    for (group, (x, y)) in x.chunks_exact(part).zip(y.chunks_exact_mut(part)).enumerate().take(groups) {
        let mine = group * channels..(group + 1) * channels;
        let (mean, inv_std) = (&mut means[mine.clone()], &mut inv_stds[mine]);
        // The sums of x, of which each channel's own value plays no part.
        channel_sums(mean, [x, x], b, positions, |x, _, _| x);
        mean.iter_mut().for_each(|mean| *mean /= n);
        channel_sums(inv_std, [x, x], mean, positions, |x, _, mean| (x - mean) * (x - mean));
        for (c, inv_std) in inv_std.iter_mut().enumerate() {
            let squares = *inv_std;
            *inv_std = R::one() / (squares / n + epsilon).sqrt();
            scale[c] = *inv_std * w[c];
            if momentum > R::zero() {
                running_mean[c] = running_mean[c] + momentum * (mean[c] - running_mean[c]);
                running_var[c] = running_var[c] + momentum * (squares / (n - R::one()) - running_var[c]);
            }
        }
        each_rows(y, row, |first, y| {
            scale_and_shift(y, &x[first * row..], [mean, scale, b], positions);
            (twin.value)(y, alpha);
        });
    }
}

/// Twin of `shaders/batch_norm/batch_norm_inference.wgsl`: y by the running statistics.
pub fn batch_norm_inference<R: Real>(args: &mut Args<R>) {
    let [rows, channels, positions] = ["rows", "channels", "positions"].map(|n| args.size(n));
    let (epsilon, alpha, twin, row) = (args.real("epsilon"), args.real("alpha"), function(args), channels * positions);
    let (x, w, b) = (args.read("x"), args.read("w"), &args.read("b")[..channels]);
    let (mean, variance) = (&args.read("running_mean")[..channels], args.read("running_var"));
    let y = &mut args.write("y")[args.size("first_row") * row..][..rows * row];
    let scale = &mut *args.scratch;
    scale.clear();
    scale.extend(w.iter().zip(variance).take(channels).map(|(w, variance)| *w / (*variance + epsilon).sqrt()));
    each_rows(y, row, |first, y| {
        scale_and_shift(y, &x[first * row..], [mean, scale, b], positions);
        (twin.value)(y, alpha);
    });
}

/// Twin of `shaders/batch_norm/batch_norm_backward_params.wgsl`: dw = sum of dy (x - mean) / std, db = sum of dy.
pub fn batch_norm_backward_params<R: Real>(args: &mut Args<R>) {
    let [rows, channels, positions, groups] = ["rows", "channels", "positions", "groups"].map(|n| args.size(n));
    let (dy, x) = (args.read("dy"), args.read("x"));
    let (means, inv_stds) = args.read("saved").split_at(groups * channels);
    let (dw, db) = (&mut args.write("dw")[..channels], &mut args.write("db")[..channels]);
    let part = rows / groups * channels * positions;
    let sums = &mut *args.scratch;
    sums.resize(channels, R::zero());
    dw.fill(R::zero());
    db.fill(R::zero());
    for group in 0..groups {
        let (dy, x) = (&dy[group * part..][..part], &x[group * part..][..part]);
        let mine = group * channels..(group + 1) * channels;
        let (mean, inv_std) = (&means[mine.clone()], &inv_stds[mine]);
        channel_sums(sums, [dy, x], mean, positions, |dy, _, _| dy);
        add(db, sums);
        channel_sums(sums, [dy, x], mean, positions, |dy, x, mean| dy * (x - mean));
        sums.iter_mut().zip(inv_std).for_each(|(sum, inv_std)| *sum *= *inv_std);
        add(dw, sums);
    }
}

fn add<R: Real>(to: &mut [R], values: &[R]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += *value);
}

/// Twin of `shaders/batch_norm/batch_norm_backward_input.wgsl`: dx = w / std (dy - mean(dy) - x^ mean(dy x^)) * scale * slope(x).
pub fn batch_norm_backward_input<R: Real>(args: &mut Args<R>) {
    let [rows, channels, positions, groups] = ["rows", "channels", "positions", "groups"].map(|n| args.size(n));
    let (scale, alpha, twin, row) = (args.real("scale"), args.real("alpha"), function(args), channels * positions);
    let (dy, x, w) = (args.read("dy"), args.read("x"), args.read("w"));
    let (means, inv_stds) = args.read("saved").split_at(groups * channels);
    let dx = &mut args.write("dx")[..rows * row];
    let part = rows / groups * row;
    let n = R::of((rows / groups * positions) as f32);
    let scratch = &mut *args.scratch;
    scratch.resize(3 * channels, R::zero());
    let (mean_dy, rest) = scratch.split_at_mut(channels);
    let (share, factor) = rest[..2 * channels].split_at_mut(channels);
    for (group, dx) in dx.chunks_exact_mut(part).enumerate() {
        let (dy, x) = (&dy[group * part..][..part], &x[group * part..][..part]);
        let mine = group * channels..(group + 1) * channels;
        let (mean, inv_std) = (&means[mine.clone()], &inv_stds[mine]);
        channel_sums(mean_dy, [dy, x], mean, positions, |dy, _, _| dy);
        channel_sums(share, [dy, x], mean, positions, |dy, x, mean| dy * (x - mean));
        // dx = factor (dy - mean_dy - (x - mean) share)
        for c in 0..channels {
            mean_dy[c] /= n;
            share[c] = share[c] / n * inv_std[c] * inv_std[c];
            factor[c] = inv_std[c] * w[c] * scale;
        }
        each_rows(dx, row, |first, dx| {
            let (dy, x) = (&dy[first * row..], &x[first * row..]);
            vectorized(|| {
                for ((dx, dy), x) in dx.chunks_exact_mut(row).zip(dy.chunks_exact(row)).zip(x.chunks_exact(row)) {
                    if positions == 1 {
                        let channels = dx.iter_mut().zip(dy).zip(x).zip(mean).zip(&*mean_dy).zip(&*share).zip(&*factor);
                        for ((((((dx, dy), x), mean), mean_dy), share), factor) in channels {
                            *dx = (*dy - *mean_dy - (*x - *mean) * *share) * *factor;
                        }
                    } else {
                        for (i, ((dx, dy), x)) in dx.iter_mut().zip(dy).zip(x).enumerate() {
                            let c = i / positions;
                            *dx = (*dy - mean_dy[c] - (*x - mean[c]) * share[c]) * factor[c];
                        }
                    }
                }
            });
            (twin.times_slope)(dx, x, alpha);
        });
    }
}
