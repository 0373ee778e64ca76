//! Rows of a table by their index.

use crate::twin::{Args, Real, each_rows};

/// The row of the table that an index names, the nearest for one outside.
fn entry<R: Real>(index: R, entries: usize) -> usize {
    // The cast cuts what is negative or no number to 0.
    (index.to_f32_lossy() as usize).min(entries - 1)
}

/// Twin of `shaders/gather/gather_rows.wgsl`.
pub fn gather_rows<R: Real>(args: &mut Args<R>) {
    let [rows, columns, entries, first_row] = ["rows", "columns", "entries", "first_row"].map(|n| args.size(n));
    let (w, index) = (args.read("w"), args.read("index"));
    let y = &mut args.write("y")[first_row * columns..][..rows * columns];
    each_rows(y, columns, |first, y| {
        for (y, index) in y.chunks_exact_mut(columns).zip(&index[first..]) {
            y.copy_from_slice(&w[entry(*index, entries) * columns..][..columns]);
        }
    });
}

/// Twin of `shaders/gather/scatter_rows.wgsl`.
pub fn scatter_rows<R: Real>(args: &mut Args<R>) {
    let [rows, columns, entries] = ["rows", "columns", "entries"].map(|n| args.size(n));
    let (dy, index) = (args.read("dy"), args.read("index"));
    let dw = &mut args.write("dw")[..entries * columns];
    dw.fill(R::zero());
    for (dy, index) in dy.chunks_exact(columns).zip(&index[..rows]) {
        let dw = &mut dw[entry(*index, entries) * columns..][..columns];
        dw.iter_mut().zip(dy).for_each(|(dw, dy)| *dw += *dy);
    }
}
