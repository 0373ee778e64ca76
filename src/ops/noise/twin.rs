//! Drawing latents.

use super::Distribution;
use crate::{
    random::random_bits,
    twin::{Args, Real, vectorized},
};
use rayon::prelude::*;

/// Latents that are worth a task of their own.
const TASK: usize = 4096;

/// Twin of `shaders/noise/noise.wgsl`.
pub fn noise<R: Real>(args: &mut Args<R>) {
    let distribution = Distribution::ALL[args.chosen(&Distribution::ALL, |distribution| distribution.snippet())];
    let (seed, stream, columns) = (args.u32("seed"), args.u32("stream"), args.size("latent"));
    let step = args.words("state")[args.size("counter")];
    let z = &mut args.write("z")[..args.size("rows") * columns];
    z.par_chunks_mut(TASK).enumerate().for_each(|(task, z)| {
        vectorized(|| distribution.draw(move |i| random_bits(seed, step, stream, (task * TASK + i) as u32), z));
    });
}
