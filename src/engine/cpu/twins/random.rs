//! Kernels that draw numbers.

use super::{Args, Real, rows::each_rows};
use crate::{
    engine::cpu::real::vectorized,
    ops::LatentDistribution,
    random::{random_bits, uniform01},
};
use rayon::prelude::*;

/// Latents that are worth a task of their own.
const TASK: usize = 4096;

/// Twin of `shaders/ops/noise.wgsl`.
pub fn noise<R: Real>(args: &mut Args<R>) {
    let chosen = LatentDistribution::ALL.into_iter().find(|d| d.snippet().name == args.choice());
    let distribution = chosen.unwrap_or_else(|| panic!("distribution {} has no CPU twin", args.choice()));
    let (seed, stream, columns) = (args.u32("seed"), args.u32("stream"), args.size("latent"));
    let step = args.words("state")[args.size("counter")];
    let z = &mut args.write("z")[..args.size("rows") * columns];
    z.par_chunks_mut(TASK).enumerate().for_each(|(task, z)| {
        vectorized(|| distribution.latents(move |i| random_bits(seed, step, stream, (task * TASK + i) as u32), z));
    });
}

/// Twin of `shaders/ops/dropout_mask.wgsl`.
pub fn dropout_mask<R: Real>(args: &mut Args<R>) {
    let (seed, stream, columns, keep) = (args.u32("seed"), args.u32("stream"), args.size("inputs"), args.real("keep"));
    let step = args.words("state")[args.size("counter")];
    let mask = &mut args.write("mask")[..args.size("rows") * columns];
    each_rows(mask, columns, |row, mask| {
        for (i, mask) in (row * columns..).zip(mask) {
            let kept = R::of(uniform01(random_bits(seed, step, stream, i as u32))) < keep;
            *mask = if kept { R::one() / keep } else { R::zero() };
        }
    });
}
