//! Sums over rows and over columns.

pub mod cases;
pub mod twin;

use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// Dot products of rows
pub static ROW_DOTS: Kernel = Kernel {
    name: "row_dots",
    source: include_str!("../../../shaders/reduce/row_dots.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::REDUCE],
};

/// Sums of columns
pub static COLUMN_SUMS: Kernel =
    Kernel { name: "column_sums", source: include_str!("../../../shaders/reduce/column_sums.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Threads of a workgroup, which takes one row.
const THREADS: usize = 256;

/// Writes y = scale times the dot product of each row of a with that of b. a, b `[rows, columns]`, y `[rows, 1]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn row_dots(plan: &mut Plan, a: &Tensor, b: &Tensor, scale: f32, y: &Tensor) -> Result<(), PlanError> {
    let [rows, columns] = [a.shape[0], a.shape[1]];
    plan.dispatch(
        &ROW_DOTS,
        &[],
        &[("rows", rows.into()), ("columns", columns.into()), ("scale", scale.into())],
        &[("a", a), ("b", b), ("y", y)],
        Grid::Elements(rows * THREADS),
    )
}

/// Writes y = scale times the sum of each column of a. a `[rows, columns]`, y `[1, columns]`.
///
/// # Errors
/// [`PlanError`].
pub fn column_sums(plan: &mut Plan, a: &Tensor, scale: f32, y: &Tensor) -> Result<(), PlanError> {
    let [rows, columns] = [a.shape[0], a.shape[1]];
    plan.dispatch(
        &COLUMN_SUMS,
        &[],
        &[("rows", rows.into()), ("columns", columns.into()), ("scale", scale.into())],
        &[("a", a), ("y", y)],
        Grid::Elements(columns),
    )
}
