//! The linear layer's kernels: one matrix product each, then what its store does.

use super::{Args, Real, activations::activation, rows::each_rows};
use crate::engine::cpu::{matrix, product, real::vectorized};

/// Twin of `shaders/layers/linear_forward.wgsl`: y = activation(x w^T + b).
pub fn linear_forward<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (x, w, b) = (args.read("x"), args.read("w"), args.read("b"));
    let (alpha, twin, first) = (args.real("alpha"), activation::<R>(args.choice()), args.size("first_row") * outputs);
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

/// Twin of `shaders/layers/linear_backward_input.wgsl`: dx = (dy w) * scale * slope(x).
pub fn linear_backward_input<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (dy, w, x) = (args.read("dy"), args.read("w"), args.read("x"));
    let (scale, alpha, twin) = (args.real("scale"), args.real("alpha"), activation::<R>(args.choice()));
    let dx = &mut args.write("dx")[..rows * inputs];
    product(args.way, dx, matrix(dy, [rows, outputs]), matrix(w, [outputs, inputs]), |[row, column], dx| {
        if scale != R::one() {
            dx.iter_mut().for_each(|dx| *dx *= scale);
        }
        (twin.times_slope)(dx, &x[row * inputs + column..], alpha);
    });
}

/// Twin of `shaders/layers/linear_backward_params.wgsl`: dw = dy^T x, db = column sums of dy.
pub fn linear_backward_params<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (dy, x) = (args.read("dy"), args.read("x"));
    product(args.way, args.write("dw"), matrix(dy, [rows, outputs]).transpose(), matrix(x, [rows, inputs]), |_, _| {});
    let db = &mut args.write("db")[..outputs];
    db.fill(R::zero());
    vectorized(|| {
        for dy in dy[..rows * outputs].chunks_exact(outputs) {
            for (db, dy) in db.iter_mut().zip(dy) {
                *db += *dy;
            }
        }
    });
}

/// Twin of `shaders/layers/linear_backward_params_r1.wgsl`: dw = delta^T (c x + t), db = sum of c delta.
pub fn linear_backward_params_r1<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let tangent_rows = args.size("tangent_rows");
    let (delta, c, x, t) = (args.read("delta"), args.read("c"), args.read("x"), args.read("t"));
    let (dw, db) = (args.write("dw"), &mut args.write("db")[..outputs]);
    let moved = &mut *args.scratch;
    moved.resize(rows * inputs, R::zero());
    each_rows(moved, inputs, |first, moved| {
        for (row, moved) in (first..).zip(moved.chunks_exact_mut(inputs)) {
            let x = &x[row * inputs..][..inputs];
            if row < tangent_rows {
                for ((moved, x), t) in moved.iter_mut().zip(x).zip(&t[row * inputs..]) {
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

/// Twin of `shaders/layers/linear_tangent.wgsl`: ty = slope(y) * (t w^T).
pub fn linear_tangent<R: Real>(args: &mut Args<R>) {
    let [rows, inputs, outputs] = ["rows", "inputs", "outputs"].map(|n| args.size(n));
    let (t, w, y) = (args.read("t"), args.read("w"), args.read("y"));
    let (alpha, twin) = (args.real("alpha"), activation::<R>(args.choice()));
    let ty = &mut args.write("ty")[..rows * outputs];
    product(args.way, ty, matrix(t, [rows, inputs]), matrix(w, [outputs, inputs]).transpose(), |[row, column], ty| {
        (twin.times_slope)(ty, &y[row * outputs + column..], alpha);
    });
}
