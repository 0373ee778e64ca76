//! The kernels that apply pointwise functions alone.

use super::{FUNCTIONS, functions::FunctionTwin, twin_of};
use crate::twin::{Args, Real, each_rows};

/// The function that a dispatch was composed with.
pub fn function<R: Real>(args: &Args<R>) -> FunctionTwin<R> {
    twin_of(args.chosen(&FUNCTIONS, |function| &function.snippet))
}

/// Twin of `shaders/pointwise/activation_forward.wgsl`.
pub fn activation_forward<R: Real>(args: &mut Args<R>) {
    let (inputs, first) = (args.size("inputs"), args.size("first_row") * args.size("inputs"));
    let (x, alpha, twin) = (args.read("x"), args.real("alpha"), function(args));
    let y = &mut args.write("y")[first..][..args.size("rows") * inputs];
    each_rows(y, inputs, |row, y| {
        y.copy_from_slice(&x[row * inputs..][..y.len()]);
        (twin.value)(y, alpha);
    });
}

/// Twin of `shaders/pointwise/slope_product.wgsl`.
pub fn slope_product<R: Real>(args: &mut Args<R>) {
    let (inputs, scale, alpha) = (args.size("inputs"), args.real("scale"), args.real("alpha"));
    let (dy, v, twin) = (args.read("dy"), args.read("v"), function::<R>(args));
    let times_derivative = if args.u32("second") == 1 { twin.times_second } else { twin.times_slope };
    let dx = &mut args.write("dx")[..args.size("rows") * inputs];
    each_rows(dx, inputs, |row, dx| {
        let at = row * inputs;
        for (dx, dy) in dx.iter_mut().zip(&dy[at..]) {
            *dx = *dy * scale;
        }
        times_derivative(dx, &v[at..], alpha);
    });
}

/// Twin of `shaders/pointwise/map.wgsl`.
pub fn map_alone<R: Real>(args: &mut Args<R>) {
    let (count, alpha, twin) = (args.size("count"), args.real("alpha"), function(args));
    let (x, y) = (args.read("x"), args.write("y"));
    each_rows(&mut y[..count], 1, |first, y| {
        y.copy_from_slice(&x[first..][..y.len()]);
        (twin.value)(y, alpha);
    });
}
