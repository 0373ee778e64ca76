//! Sums over rows and over columns.

pub mod cases;
pub mod twin;

use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, Value, snippets};

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

/// Slices in which the columns of so many rows are summed, each by threads of its own; 1 where one pass will do.
pub fn slices(rows: usize) -> usize {
    const LENGTH: usize = 256;
    if rows <= 8 * LENGTH { 1 } else { rows.div_ceil(LENGTH) }
}

/// Writes y = scale times the sum of each column of a, over each of y's rows an equal share of the rows of a: a `[rows, columns]`, y
/// `[slices, columns]`.
///
/// # Errors
/// [`PlanError`].
pub fn column_sums(plan: &mut Plan, a: &Tensor, scale: f32, y: &Tensor) -> Result<(), PlanError> {
    let [rows, columns] = [a.shape[0], a.shape[1]];
    let slices = y.len() / columns;
    let sizes = [("rows", rows), ("columns", columns), ("slices", slices), ("length", rows.div_ceil(slices))];
    let mut params: Vec<(&str, Value)> = sizes.map(|(name, size)| (name, size.into())).to_vec();
    params.push(("scale", scale.into()));
    plan.dispatch(&COLUMN_SUMS, &[], &params, &[("a", a), ("y", y)], Grid::Elements(y.len()))
}
