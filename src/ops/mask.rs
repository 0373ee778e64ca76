//! Dropout masks, drawn before the pass that uses them.

use super::State;
use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// 0 or 1/keep per input.
pub static MASK: Kernel = Kernel {
    name: "dropout_mask",
    source: include_str!("../../shaders/ops/dropout_mask.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::RNG],
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
