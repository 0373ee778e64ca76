//! Maxima over pieces, as maxout takes them: the piece that won is saved.

pub mod cases;
pub mod twin;

use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// y = max over pieces of h, and which piece that is
pub static FORWARD: Kernel =
    Kernel { name: "maxout_forward", source: include_str!("../../../shaders/max/maxout_forward.wgsl"), snippets: &[&snippets::ELEMENT] };

/// dh = dy for the piece that won
pub static BACKWARD: Kernel =
    Kernel { name: "maxout_backward", source: include_str!("../../../shaders/max/maxout_backward.wgsl"), snippets: &[&snippets::ELEMENT] };

/// ty = th of the piece that won
pub static TANGENT: Kernel =
    Kernel { name: "maxout_tangent", source: include_str!("../../../shaders/max/maxout_tangent.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Writes y = the largest of each `pieces` neighbours of h, from row `first_row` of y on, and which one that is. h `[rows, units * pieces]`,
/// winner `[rows, units]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(plan: &mut Plan, h: &Tensor, pieces: usize, (y, first_row): (&Tensor, usize), winner: &Tensor) -> Result<(), PlanError> {
    let [rows, units] = [winner.shape[0], winner.shape[1]];
    plan.dispatch(
        &FORWARD,
        &[],
        &[("rows", rows.into()), ("units", units.into()), ("pieces", pieces.into()), ("first_row", first_row.into())],
        &[("h", h), ("y", y), ("winner", winner)],
        Grid::Elements(rows * units),
    )
}

/// Writes dh = dy for the piece that won, 0 for the others. dy, winner `[rows, units]`, dh `[rows, units * pieces]`.
///
/// # Errors
/// [`PlanError`].
pub fn backward(plan: &mut Plan, dy: &Tensor, winner: &Tensor, pieces: usize, dh: &Tensor) -> Result<(), PlanError> {
    let [rows, units] = [dy.shape[0], dy.shape[1]];
    plan.dispatch(
        &BACKWARD,
        &[],
        &[("rows", rows.into()), ("units", units.into()), ("pieces", pieces.into())],
        &[("dy", dy), ("winner", winner), ("dh", dh)],
        Grid::Elements(rows * units * pieces),
    )
}

/// Writes ty = the piece of th that won. th `[rows, units * pieces]`, winner `[rows, units]`.
///
/// # Errors
/// [`PlanError`].
pub fn tangent(plan: &mut Plan, th: &Tensor, winner: &Tensor, pieces: usize, ty: &Tensor) -> Result<(), PlanError> {
    let [rows, units] = [winner.shape[0], winner.shape[1]];
    plan.dispatch(
        &TANGENT,
        &[],
        &[("rows", rows.into()), ("units", units.into()), ("pieces", pieces.into())],
        &[("th", th), ("winner", winner), ("ty", ty)],
        Grid::Elements(rows * units),
    )
}
