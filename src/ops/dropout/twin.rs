//! Dropout: the mask, and what it lets through.

use crate::{
    ops::pointwise::twin::function,
    random::{random_bits, uniform01},
    twin::{Args, Real, each_rows},
};

/// Twin of `shaders/dropout/dropout_mask.wgsl`.
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

/// Twin of `shaders/dropout/dropout_forward.wgsl`: y = x * mask.
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

/// Twin of `shaders/dropout/dropout_backward.wgsl`: dx = dy * mask * scale * slope(x).
pub fn dropout_backward<R: Real>(args: &mut Args<R>) {
    let (inputs, scale, alpha) = (args.size("inputs"), args.real("scale"), args.real("alpha"));
    let (dy, mask, x, twin) = (args.read("dy"), args.read("mask"), args.read("x"), function(args));
    let dx = &mut args.write("dx")[..args.size("rows") * inputs];
    each_rows(dx, inputs, |row, dx| {
        let at = row * inputs;
        for ((dx, dy), mask) in dx.iter_mut().zip(&dy[at..]).zip(&mask[at..]) {
            *dx = *dy * *mask * scale;
        }
        (twin.times_slope)(dx, &x[at..], alpha);
    });
}
