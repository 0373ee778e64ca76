//! Parts, frames and neighbours.

use crate::twin::{Args, Real, each_rows};

/// Twin of `shaders/window/window.wgsl`.
pub fn window<R: Real>(args: &mut Args<R>) {
    let [rows, columns, x_rows, x_columns, first_row] = ["rows", "columns", "x_rows", "x_columns", "first_row"].map(|n| args.size(n));
    // Offsets of both signs, modulo 2^32.
    let [row, column] = ["row", "column"].map(|n| args.u32(n) as i32 as isize);
    let x = args.read("x");
    let y = &mut args.write("y")[first_row * columns..][..rows * columns];
    let inside = |at: isize, len: usize| usize::try_from(at).ok().filter(|at| *at < len);
    each_rows(y, columns, |first, y| {
        for (r, y) in (first..).zip(y.chunks_exact_mut(columns)) {
            let from = inside(r as isize + row, x_rows);
            for (c, y) in y.iter_mut().enumerate() {
                let at = from.zip(inside(c as isize + column, x_columns));
                *y = at.map_or(R::zero(), |(row, column)| x[row * x_columns + column]);
            }
        }
    });
}

/// Twin of `shaders/window/beside.wgsl`.
pub fn beside<R: Real>(args: &mut Args<R>) {
    let [a_columns, b_columns, len] = ["a_columns", "b_columns", "len"].map(|n| args.size(n));
    let (a, b) = (args.read("a").chunks_exact(a_columns), args.read("b").chunks_exact(b_columns));
    for ((y, a), b) in args.write("y")[..len].chunks_exact_mut(a_columns + b_columns).zip(a).zip(b) {
        y[..a_columns].copy_from_slice(a);
        y[a_columns..].copy_from_slice(b);
    }
}
