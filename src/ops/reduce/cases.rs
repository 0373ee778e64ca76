//! Sizes for sums.

use crate::{
    ops::case::{Case, case, matrices},
    plan::Grid,
};

/// A workgroup per row.
pub fn row_dots() -> Vec<Case> {
    sums(|rows, columns| (Grid::Elements(rows * super::THREADS), columns))
}

/// A thread per column, and per slice and column.
pub fn column_sums() -> Vec<Case> {
    let mut all = Vec::new();
    for slices in [1, 3] {
        let of_slices = sums(|rows, columns| (Grid::Elements(slices * columns), rows.div_ceil(slices)));
        all.extend(of_slices.into_iter().map(|case| {
            let length = case.terms;
            case.param("slices", slices).param("length", length)
        }));
    }
    all
}

fn sums(grid: impl Fn(usize, usize) -> (Grid, usize)) -> Vec<Case> {
    matrices(|rows, columns, _| {
        let (grid, terms) = grid(rows, columns);
        let params = vec![("rows", rows.into()), ("columns", columns.into()), ("scale", 0.7f32.into())];
        Case { floor: 1.0, ..case(params, grid, terms) }
    })
}
