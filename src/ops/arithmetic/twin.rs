//! Sums, products and multiples.

use crate::twin::{Args, Real, each_rows};

/// y = f(a, b), with repeated rows and columns.
fn combine<R: Real>(args: &mut Args<R>, f: impl Fn(R, R) -> R + Sync) {
    let [rows, columns] = ["rows", "columns"].map(|n| args.size(n));
    let [a_row, a_column, b_row, b_column] = ["a_row", "a_column", "b_row", "b_column"].map(|n| args.size(n));
    let (a, b) = (args.read("a"), args.read("b"));
    each_rows(&mut args.write("y")[..rows * columns], columns, |first, y| {
        for (row, y) in (first..).zip(y.chunks_exact_mut(columns)) {
            for (column, y) in y.iter_mut().enumerate() {
                *y = f(a[row * a_row + column * a_column], b[row * b_row + column * b_column]);
            }
        }
    });
}

/// Twin of `shaders/arithmetic/add.wgsl`.
pub fn add<R: Real>(args: &mut Args<R>) {
    let [ka, kb] = ["ka", "kb"].map(|n| args.real(n));
    combine(args, |a, b| ka * a + kb * b);
}

/// Twin of `shaders/arithmetic/multiply.wgsl`.
pub fn multiply<R: Real>(args: &mut Args<R>) {
    let k = args.real("k");
    combine(args, |a, b| k * a * b);
}

/// Twin of `shaders/arithmetic/affine.wgsl`.
pub fn affine<R: Real>(args: &mut Args<R>) {
    let [scale, shift] = ["scale", "shift"].map(|n| args.real(n));
    let (count, x) = (args.size("count"), args.read("x"));
    for (y, x) in args.write("y")[..count].iter_mut().zip(x) {
        *y = scale * *x + shift;
    }
}
