//! Sums over rows and over columns.

use crate::twin::{Args, Real, each_rows, vectorized};
use rayon::prelude::*;

/// Twin of `shaders/reduce/row_dots.wgsl`.
pub fn row_dots<R: Real>(args: &mut Args<R>) {
    let ([rows, columns], scale) = (["rows", "columns"].map(|n| args.size(n)), args.real("scale"));
    let (a, b) = (args.read("a"), args.read("b"));
    each_rows(&mut args.write("y")[..rows], 1, |first, y| {
        let rows = a[first * columns..].chunks_exact(columns).zip(b[first * columns..].chunks_exact(columns));
        for (y, (a, b)) in y.iter_mut().zip(rows) {
            *y = scale * dot(a, b);
        }
    });
}

/// In as many sums at once as compile to vector instructions.
fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    const LANES: usize = 16;
    vectorized(|| {
        let mut sums = [R::zero(); LANES];
        let (a, b) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        for (a, b) in a.0.iter().zip(b.0) {
            for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
                *sum += *a * *b;
            }
        }
        let rest = a.1.iter().zip(b.1).map(|(a, b)| *a * *b).sum::<R>();
        sums.into_iter().sum::<R>() + rest
    })
}

/// Twin of `shaders/reduce/column_sums.wgsl`.
pub fn column_sums<R: Real>(args: &mut Args<R>) {
    let [rows, columns, slices, length] = ["rows", "columns", "slices", "length"].map(|n| args.size(n));
    let (a, scale) = (args.read("a"), args.real("scale"));
    let y = &mut args.write("y")[..slices * columns];
    y.par_chunks_exact_mut(columns).enumerate().for_each(|(slice, y)| {
        let (first, last) = ((slice * length).min(rows), ((slice + 1) * length).min(rows));
        y.fill(R::zero());
        vectorized(|| {
            for a in a[first * columns..last * columns].chunks_exact(columns) {
                for (y, a) in y.iter_mut().zip(a) {
                    *y += *a;
                }
            }
            y.iter_mut().for_each(|y| *y *= scale);
        });
    });
}
