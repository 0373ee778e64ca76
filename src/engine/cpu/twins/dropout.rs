//! Dropout with a mask drawn before.

use super::{Args, Real, activations::activation, rows::each_rows};

/// Twin of `shaders/layers/dropout_forward.wgsl`: y = x * mask.
pub fn dropout_forward<R: Real>(args: &mut Args<R>) {
    let (inputs, first) = (args.size("inputs"), args.size("first_row") * args.size("inputs"));
    let (x, mask) = (args.read("x"), args.read("mask"));
    let y = &mut args.write("y")[first..][..args.size("rows") * inputs];
    each_rows(y, inputs, |row, y| {
        let at = row * inputs;
        for ((y, x), mask) in y.iter_mut().zip(&x[at..]).zip(&mask[at..]) {
            *y = *x * *mask;
        }
    });
}

/// Twin of `shaders/layers/dropout_backward.wgsl`: dx = dy * mask * scale * slope(x).
pub fn dropout_backward<R: Real>(args: &mut Args<R>) {
    let (inputs, scale, alpha) = (args.size("inputs"), args.real("scale"), args.real("alpha"));
    let (dy, mask, x, twin) = (args.read("dy"), args.read("mask"), args.read("x"), activation::<R>(args.choice()));
    let dx = &mut args.write("dx")[..args.size("rows") * inputs];
    each_rows(dx, inputs, |row, dx| {
        let at = row * inputs;
        for ((dx, dy), mask) in dx.iter_mut().zip(&dy[at..]).zip(&mask[at..]) {
            *dx = *dy * *mask * scale;
        }
        (twin.times_slope)(dx, &x[at..], alpha);
    });
}
