//! Dropout: masks, drawn before the pass that uses them, and what they let through.

pub mod cases;
pub mod twin;

use crate::{
    ops::{State, pointwise::Slope},
    plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets},
};

/// 0 or 1/keep per input.
pub static MASK: Kernel = Kernel {
    name: "dropout_mask",
    source: include_str!("../../../shaders/dropout/dropout_mask.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::RNG],
};

/// y = x * mask
pub static FORWARD: Kernel = Kernel {
    name: "dropout_forward",
    source: include_str!("../../../shaders/dropout/dropout_forward.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// dx = dy * mask, times the slope of the activation before
pub static BACKWARD: Kernel = Kernel {
    name: "dropout_backward",
    source: include_str!("../../../shaders/dropout/dropout_backward.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// Draws `mask` `[rows, inputs]` for the update that `state[counter]` counts.
///
/// # Errors
/// [`PlanError`].
pub fn dropout_mask(
    plan: &mut Plan,
    keep: f32,
    state: &State,
    (seed, stream, counter): (u32, u32, u32),
    mask: &Tensor,
) -> Result<(), PlanError> {
    let (rows, inputs) = (mask.shape[0], mask.shape[1]);
    plan.dispatch(
        &MASK,
        &[],
        &[
            ("rows", rows.into()),
            ("inputs", inputs.into()),
            ("seed", seed.into()),
            ("stream", stream.into()),
            ("counter", counter.into()),
            ("keep", keep.into()),
        ],
        &[("state", &state.counters), ("mask", mask)],
        Grid::Elements(rows * inputs),
    )
}

/// Writes y = x * mask from row `first_row` of y on. x, mask `[rows, inputs]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(plan: &mut Plan, x: &Tensor, mask: &Tensor, (y, first_row): (&Tensor, usize)) -> Result<(), PlanError> {
    let [rows, inputs] = [mask.shape[0], mask.shape[1]];
    plan.dispatch(
        &FORWARD,
        &[],
        &[("rows", rows.into()), ("inputs", inputs.into()), ("first_row", first_row.into())],
        &[("x", x), ("mask", mask), ("y", y)],
        Grid::Elements(rows * inputs),
    )
}

/// Writes dx = dy * mask times a slope. dy, mask `[rows, inputs]`.
///
/// # Errors
/// [`PlanError`].
pub fn backward(plan: &mut Plan, dy: &Tensor, mask: &Tensor, slope: &Slope, dx: &Tensor) -> Result<(), PlanError> {
    let [rows, inputs] = [mask.shape[0], mask.shape[1]];
    plan.dispatch(
        &BACKWARD,
        &[&slope.function.kind.snippet],
        &[("rows", rows.into()), ("inputs", inputs.into()), ("scale", 1.0.into()), ("alpha", slope.function.alpha.into())],
        &[("dy", dy), ("mask", mask), ("x", &slope.of), ("dx", dx)],
        Grid::Elements(rows * inputs),
    )
}
