//! Rows of a table by their index, such as embeddings of classes, and the way back.

pub mod cases;
pub mod twin;

use super::window::result;
use crate::plan::{Element, Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets};

/// y = the rows of a table that indices name
pub static FORWARD: Kernel =
    Kernel { name: "gather_rows", source: include_str!("../../../shaders/gather/gather_rows.wgsl"), snippets: &[&snippets::ELEMENT] };

/// dw = sums of dy over the rows of each index
pub static BACKWARD: Kernel =
    Kernel { name: "scatter_rows", source: include_str!("../../../shaders/gather/scatter_rows.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Types of elements of the rows that were gathered.
pub fn results() -> Vec<Vec<&'static Snippet>> {
    [Element::F32, Element::Stored].map(|element| vec![result(element)]).into()
}

/// Writes y[r] = w[index[r]] from row `first_row` of y on. w `[entries, columns]`, index `[rows, 1]`, y `[first_row + rows, columns]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(plan: &mut Plan, w: &Tensor, index: &Tensor, (y, first_row): (&Tensor, usize)) -> Result<(), PlanError> {
    let [rows, entries, columns] = [index.len(), w.shape[0], w.shape[1]];
    plan.dispatch(
        &FORWARD,
        &[result(y.element)],
        &[("rows", rows.into()), ("columns", columns.into()), ("entries", entries.into()), ("first_row", first_row.into())],
        &[("w", w), ("index", index), ("y", y)],
        Grid::Elements(rows * columns),
    )
}

/// Writes dw[e] = the sum of dy[r] over the rows with index[r] = e. dy `[rows, columns]`, index `[rows, 1]`, dw `[entries, columns]`.
///
/// # Errors
/// [`PlanError`].
pub fn backward(plan: &mut Plan, dy: &Tensor, index: &Tensor, dw: &Tensor) -> Result<(), PlanError> {
    plan.dispatch(
        &BACKWARD,
        &[],
        &[("rows", dy.shape[0].into()), ("columns", dy.shape[1].into()), ("entries", dw.shape[0].into())],
        &[("dy", dy), ("index", index), ("dw", dw)],
        Grid::Elements(dw.len()),
    )
}
