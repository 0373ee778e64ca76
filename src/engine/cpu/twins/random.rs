//! Kernels that draw numbers.

use super::{Args, Real, rows::each_rows};
use crate::ops::random::{random_bits, uniform01};

/// Twin of `shaders/common/latent_uniform.wgsl`.
fn latent_uniform<R: Real>(bits: u32) -> R {
    (R::of(2.0) * R::of(uniform01(bits)) - R::one()) * R::of(3.0).sqrt()
}

/// Twin of `shaders/common/latent_normal.wgsl`.
fn latent_normal<R: Real>(bits: u32) -> R {
    let horner = |coefficients: [f32; 9], w: R| coefficients.into_iter().fold(R::zero(), |p, c| R::of(c) + p * w);
    let u = R::of(2.0) * R::of(uniform01(bits)) - R::one();
    let w = -((R::one() - u) * (R::one() + u)).ln();
    let p = if w < R::of(5.0) {
        let coefficients =
            [2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941];
        horner(coefficients, w - R::of(2.5))
    } else {
        let coefficients =
            [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682];
        horner(coefficients, w.sqrt() - R::of(3.0))
    };
    R::of(2.0).sqrt() * p * u
}

/// Twin of `shaders/ops/noise.wgsl`.
pub fn noise<R: Real>(args: &mut Args<R>) {
    let latent: fn(u32) -> R = match args.choice() {
        "latent_uniform" => latent_uniform,
        "latent_normal" => latent_normal,
        other => panic!("distribution {other} has no CPU twin"),
    };
    let (seed, stream, columns) = (args.u32("seed"), args.u32("stream"), args.size("latent"));
    let step = args.words("state")[args.size("counter")];
    let z = &mut args.write("z")[..args.size("rows") * columns];
    each_rows(z, columns, |row, z| {
        for (i, z) in (row * columns..).zip(z) {
            *z = latent(random_bits(seed, step, stream, i as u32));
        }
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
