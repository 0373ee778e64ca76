//! Tables smaller and larger than what is asked of them, with indices at their ends and outside.

use crate::{
    ops::case::{Case, Input, case, matrices},
    plan::Grid,
};

/// Each size once; every fifth index lies outside the table.
pub fn gather_rows() -> Vec<Case> {
    matrices(|rows, columns, first_row| {
        let case = gathers(rows, columns, rows * columns).param("first_row", first_row);
        case.writes("y", first_row * columns..(first_row + rows) * columns)
    })
}

/// As [`gather_rows`].
pub fn scatter_rows() -> Vec<Case> {
    matrices(|rows, columns, _| Case { terms: rows, floor: 1.0, ..gathers(rows, columns, entries(rows) * columns) })
}

fn entries(rows: usize) -> usize {
    if rows.is_multiple_of(2) { 11 * rows } else { rows.div_ceil(3) }
}

fn gathers(rows: usize, columns: usize, elements: usize) -> Case {
    let entries = entries(rows);
    let index = |n: usize| match n % 5 {
        1 => -1.0,
        3 => (entries + n) as f32,
        _ => (n * 7 % entries) as f32,
    };
    case(vec![("rows", rows.into()), ("columns", columns.into()), ("entries", entries.into())], Grid::Elements(elements), 0)
        .with("index", Input::Values((0..rows).map(index).collect()))
}
