//! Activations and the kernels that apply them alone.

use super::{Args, Real, rows::each_rows};
use crate::engine::cpu::real::vectorized;

/// An activation over slices, so that its loop is compiled once per function.
pub struct ActivationTwin<R> {
    /// In place: x becomes value(x).
    pub value: fn(x: &mut [R], alpha: R),
    /// In place: dx becomes dx * slope(y), with y the activation's output.
    pub times_slope: fn(dx: &mut [R], y: &[R], alpha: R),
}

fn map_slope<R: Real>(dx: &mut [R], y: &[R], slope: impl Fn(R) -> R) {
    vectorized(|| {
        for (dx, y) in dx.iter_mut().zip(y) {
            *dx *= slope(*y);
        }
    });
}

fn map<R: Real>(x: &mut [R], value: impl Fn(R) -> R) {
    vectorized(|| {
        for x in &mut *x {
            *x = value(*x);
        }
    });
}

/// 1 / (1 + e^-a)
pub fn sigmoid<R: Real>(a: R) -> R {
    let e = (-a.abs()).exp();
    (if a >= R::zero() { R::one() } else { e }) / (R::one() + e)
}

/// The activation of that name; a name without a row is a mistake that the test over all kernels finds.
pub fn activation<R: Real>(name: &str) -> ActivationTwin<R> {
    match name {
        "identity" => ActivationTwin { value: |_, _| {}, times_slope: |_, _, _| {} },
        "relu" => ActivationTwin {
            // NaN stays NaN.
            value: |x, _| map(x, |x| if x <= R::zero() { R::zero() } else { x }),
            times_slope: |dx, y, _| map_slope(dx, y, |y| if y > R::zero() { R::one() } else { R::zero() }),
        },
        "leaky_relu" => ActivationTwin {
            value: |x, alpha| map(x, move |x| if x > R::zero() { x } else { alpha * x }),
            times_slope: |dx, y, alpha| map_slope(dx, y, move |y| if y > R::zero() { R::one() } else { alpha }),
        },
        "tanh" => ActivationTwin { value: |x, _| R::tanh_all(x), times_slope: |dx, y, _| map_slope(dx, y, |y| R::one() - y * y) },
        "sigmoid" => ActivationTwin { value: |x, _| map(x, sigmoid), times_slope: |dx, y, _| map_slope(dx, y, |y| y * (R::one() - y)) },
        _ => panic!("activation {name} has no CPU twin"),
    }
}

/// Twin of `shaders/layers/activation_forward.wgsl`.
pub fn activation_forward<R: Real>(args: &mut Args<R>) {
    let (inputs, first) = (args.size("inputs"), args.size("first_row") * args.size("inputs"));
    let (x, alpha, twin) = (args.read("x"), args.real("alpha"), activation::<R>(args.choice()));
    let y = &mut args.write("y")[first..][..args.size("rows") * inputs];
    each_rows(y, inputs, |row, y| {
        y.copy_from_slice(&x[row * inputs..][..y.len()]);
        (twin.value)(y, alpha);
    });
}

/// Twin of `shaders/layers/slope_product.wgsl`.
pub fn slope_product<R: Real>(args: &mut Args<R>) {
    let (inputs, scale, alpha) = (args.size("inputs"), args.real("scale"), args.real("alpha"));
    let (dy, v, twin) = (args.read("dy"), args.read("v"), activation::<R>(args.choice()));
    let dx = &mut args.write("dx")[..args.size("rows") * inputs];
    each_rows(dx, inputs, |row, dx| {
        let at = row * inputs;
        for (dx, dy) in dx.iter_mut().zip(&dy[at..]) {
            *dx = *dy * scale;
        }
        (twin.times_slope)(dx, &v[at..], alpha);
    });
}
