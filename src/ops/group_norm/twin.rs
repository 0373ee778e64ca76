//! Normalisation of each picture by itself.

use crate::{
    ops::pointwise::twin::function,
    twin::{Args, Real},
};
use rayon::prelude::*;

/// Blocks of `[pixels, channels]`: a group of channels of one picture.
struct Blocks {
    pixels: usize,
    channels: usize,
    groups: usize,
}

impl Blocks {
    fn of<R: Real>(args: &Args<R>) -> Blocks {
        let [pixels, channels, groups] = ["pixels", "channels", "groups"].map(|n| args.size(n));
        Blocks { pixels, channels, groups }
    }

    /// Values of a picture.
    fn picture(&self) -> usize {
        self.pixels * self.channels
    }

    fn across(&self) -> usize {
        self.channels / self.groups
    }

    /// The sum of `term(value, channel)` over a block of a picture, row by row.
    fn sum<R: Real>(&self, group: usize, mut term: impl FnMut(usize, usize) -> R) -> R {
        let first = group * self.across();
        let mut sum = R::zero();
        for pixel in 0..self.pixels {
            for c in first..first + self.across() {
                sum += term(pixel * self.channels + c, c);
            }
        }
        sum
    }
}

/// Twin of `shaders/group_norm/group_norm_forward.wgsl`.
pub fn group_norm_forward<R: Real>(args: &mut Args<R>) {
    let blocks = Blocks::of(args);
    let [count, rows, first_row] = ["blocks", "rows", "first_row"].map(|n| args.size(n));
    let (epsilon, alpha, twin, centred) = (args.real("epsilon"), args.real("alpha"), function(args), args.size("centred") > 0);
    let (x, w, b) = (args.read("x"), args.read("w"), args.read("b"));
    let (means, inv_stds) = args.write("saved")[..2 * count].split_at_mut(count);
    let y = &mut args.write("y")[first_row * blocks.channels..][..rows * blocks.channels];
    let n = R::of((blocks.pixels * blocks.across()) as f32);
    let pictures = y.par_chunks_mut(blocks.picture()).zip(x.par_chunks(blocks.picture()));
    let statistics = means.par_chunks_mut(blocks.groups).zip(inv_stds.par_chunks_mut(blocks.groups));
    pictures.zip(statistics).for_each(|((y, x), (means, inv_stds))| {
        for (group, (mean, inv_std)) in means.iter_mut().zip(inv_stds).enumerate() {
            *mean = if centred { blocks.sum(group, |i, _| x[i]) / n } else { R::zero() };
            let squares = blocks.sum(group, |i, _| (x[i] - *mean) * (x[i] - *mean));
            *inv_std = R::one() / (squares / n + epsilon).sqrt();
            for i in (0..blocks.pixels).map(|pixel| pixel * blocks.channels) {
                let c = group * blocks.across();
                for c in c..c + blocks.across() {
                    y[i + c] = (x[i + c] - *mean) * (*inv_std * w[c]) + b[c];
                }
            }
        }
        (twin.value)(y, alpha);
    });
}

/// Twin of `shaders/group_norm/group_norm_backward_input.wgsl`.
pub fn group_norm_backward_input<R: Real>(args: &mut Args<R>) {
    let blocks = Blocks::of(args);
    let (count, rows, centred) = (args.size("blocks"), args.size("rows"), args.size("centred") > 0);
    let (dy, x, w) = (args.read("dy"), args.read("x"), args.read("w"));
    let (means, inv_stds) = args.read("saved")[..2 * count].split_at(count);
    let dx = &mut args.write("dx")[..rows * blocks.channels];
    let n = R::of((blocks.pixels * blocks.across()) as f32);
    let values = dx.par_chunks_mut(blocks.picture()).zip(dy.par_chunks(blocks.picture())).zip(x.par_chunks(blocks.picture()));
    let statistics = means.par_chunks(blocks.groups).zip(inv_stds.par_chunks(blocks.groups));
    values.zip(statistics).for_each(|(((dx, dy), x), (means, inv_stds))| {
        for (group, (mean, inv_std)) in means.iter().zip(inv_stds).enumerate() {
            let mean_g = if centred { blocks.sum(group, |i, c| dy[i] * w[c]) / n } else { R::zero() };
            let share = blocks.sum(group, |i, c| dy[i] * w[c] * ((x[i] - *mean) * *inv_std)) / n;
            for i in (0..blocks.pixels).map(|pixel| pixel * blocks.channels) {
                let c = group * blocks.across();
                for c in c..c + blocks.across() {
                    dx[i + c] = (dy[i + c] * w[c] - mean_g - (x[i + c] - *mean) * *inv_std * share) * *inv_std;
                }
            }
        }
    });
}

/// Twin of `shaders/group_norm/group_norm_backward_params.wgsl`.
pub fn group_norm_backward_params<R: Real>(args: &mut Args<R>) {
    let blocks = Blocks::of(args);
    let (count, rows, channels) = (args.size("blocks"), args.size("rows"), blocks.channels);
    let (dy, x) = (args.read("dy"), args.read("x"));
    let (means, inv_stds) = args.read("saved")[..2 * count].split_at(count);
    let (dw, db) = (&mut args.write("dw")[..channels], &mut args.write("db")[..channels]);
    dw.fill(R::zero());
    db.fill(R::zero());
    for (r, (dy, x)) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)).enumerate().take(rows) {
        let first = r / blocks.pixels * blocks.groups;
        for c in 0..channels {
            let block = first + c / blocks.across();
            dw[c] += dy[c] * ((x[c] - means[block]) * inv_stds[block]);
            db[c] += dy[c];
        }
    }
}
