//! The linear layer's kernels: one matrix product each, then what its store does.

use crate::{
    ops::pointwise::twin::function,
    twin::{Args, Real, each_rows, matrix, product, vectorized},
};

/// Twin of `shaders/product/linear_forward.wgsl`: y = activation(x w^T + b).
pub fn linear_forward<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (x, w, b) = (args.read("x"), args.read("w"), args.read("b"));
    let (alpha, twin, first) = (args.real("alpha"), function(args), args.size("first_row") * outputs);
    let y = &mut args.write("y")[first..][..rows * outputs];
    product(args.way, y, matrix(x, [rows, inputs]), matrix(w, [outputs, inputs]).transpose(), |[_, column], y| {
        vectorized(|| {
            for (y, b) in y.iter_mut().zip(&b[column..]) {
                *y += *b;
            }
        });
        (twin.value)(y, alpha);
    });
}

/// Twin of `shaders/product/linear_backward_input.wgsl`: dx = (dy w) * scale * slope(x).
pub fn linear_backward_input<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (dy, w, x) = (args.read("dy"), args.read("w"), args.read("x"));
    let (scale, alpha, twin) = (args.real("scale"), args.real("alpha"), function(args));
    let dx = &mut args.write("dx")[..rows * inputs];
    product(args.way, dx, matrix(dy, [rows, outputs]), matrix(w, [outputs, inputs]), |[row, column], dx| {
        if scale != R::one() {
            dx.iter_mut().for_each(|dx| *dx *= scale);
        }
        (twin.times_slope)(dx, &x[row * inputs + column..], alpha);
    });
}

/// Twin of `shaders/product/linear_backward_params.wgsl`: dw = dy^T x, db = column sums of dy.
pub fn linear_backward_params<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (dy, x) = (args.read("dy"), args.read("x"));
    product(args.way, args.write("dw"), matrix(dy, [rows, outputs]).transpose(), matrix(x, [rows, inputs]), |_, _| {});
    let db = &mut args.write("db")[..outputs];
    db.fill(R::zero());
    // Each half of the rows for itself: where those of real images and of generated ones cancel, as a hinge loss has them, the same
    // roundings cancel too, and no rest is left for an optimizer to divide by its own size.
    let half = &mut *args.scratch;
    half.clear();
    half.resize(outputs, R::zero());
    vectorized(|| {
        for (row, dy) in dy[..rows * outputs].chunks_exact(outputs).enumerate() {
            let sums = if 2 * row < rows { &mut *db } else { half.as_mut_slice() };
            for (sum, dy) in sums.iter_mut().zip(dy) {
                *sum += *dy;
            }
        }
        for (db, half) in db.iter_mut().zip(half.iter()) {
            *db += *half;
        }
    });
}

/// Twin of `shaders/product/linear_backward_params_r1.wgsl`: dw = delta^T (c x + t), db = sum of c delta.
pub fn linear_backward_params_r1<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let [tangent_first, tangent_rows] = ["tangent_first", "tangent_rows"].map(|n| args.size(n));
    let (delta, c, x, t) = (args.read("delta"), args.read("c"), args.read("x"), args.read("t"));
    let (dw, db) = (args.write("dw"), &mut args.write("db")[..outputs]);
    let moved = &mut *args.scratch;
    moved.resize(rows * inputs, R::zero());
    each_rows(moved, inputs, |first, moved| {
        for (row, moved) in (first..).zip(moved.chunks_exact_mut(inputs)) {
            let x = &x[row * inputs..][..inputs];
            if let Some(tangent) = row.checked_sub(tangent_first).filter(|tangent| *tangent < tangent_rows) {
                for ((moved, x), t) in moved.iter_mut().zip(x).zip(&t[tangent * inputs..]) {
                    *moved = c[row] * *x + *t;
                }
            } else {
                for (moved, x) in moved.iter_mut().zip(x) {
                    *moved = c[row] * *x;
                }
            }
        }
    });
    product(args.way, dw, matrix(delta, [rows, outputs]).transpose(), matrix(moved, [rows, inputs]), |_, _| {});
    db.fill(R::zero());
    for (delta, c) in delta.chunks_exact(outputs).zip(&c[..rows]) {
        for (db, delta) in db.iter_mut().zip(delta) {
            *db += *c * *delta;
        }
    }
}

/// Twin of `shaders/product/linear_tangent.wgsl`: ty = slope(y) * (t w^T).
pub fn linear_tangent<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (t, w, y) = (args.read("t"), args.read("w"), args.read("y"));
    let (alpha, twin) = (args.real("alpha"), function(args));
    let ty = &mut args.write("ty")[..rows * outputs];
    product(args.way, ty, matrix(t, [rows, inputs]), matrix(w, [outputs, inputs]).transpose(), |[row, column], ty| {
        (twin.times_slope)(ty, &y[row * outputs + column..], alpha);
    });
}

/// Twin of `shaders/product/linear_forward.wgsl` with y in f32.
pub fn linear_forward_wide<R: Real>(args: &mut Args<R>) {
    linear_forward(args);
}

/// Twin of `shaders/product/product.wgsl`: y = x w^T.
pub fn product_alone<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (x, w) = (args.read("x"), args.read("w"));
    let y = &mut args.write("y")[..rows * outputs];
    product(args.way, y, matrix(x, [rows, inputs]), matrix(w, [outputs, inputs]).transpose(), |_, _| {});
}

/// Twin of `shaders/product/product_by_input.wgsl`: dx = scale * dy w.
pub fn product_by_input<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (dy, w, scale) = (args.read("dy"), args.read("w"), args.real("scale"));
    let dx = &mut args.write("dx")[..rows * inputs];
    product(args.way, dx, matrix(dy, [rows, outputs]), matrix(w, [outputs, inputs]), |_, dx| {
        dx.iter_mut().for_each(|dx| *dx *= scale);
    });
}

/// Twin of `shaders/product/product_by_weight.wgsl`: dw = dy^T x.
pub fn product_by_weight<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (dy, x) = (args.read("dy"), args.read("x"));
    let dw = &mut args.write("dw")[..outputs * inputs];
    product(args.way, dw, matrix(dy, [rows, outputs]).transpose(), matrix(x, [rows, inputs]), |_, _| {});
}
