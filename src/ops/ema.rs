//! Exponential moving average of the generator's parameters, from which samples are drawn.

use super::State;
use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// ema += (1 - m) (w - ema)
pub static EMA: Kernel = Kernel { name: "ema", source: include_str!("../../shaders/ops/ema.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Moves `ema` `[count]` towards `weights` `[count]`, with warm-up by `state[counter]`.
///
/// # Errors
/// [`PlanError`].
pub fn ema(plan: &mut Plan, state: &State, counter: u32, decay: f32, weights: &Tensor, ema: &Tensor) -> Result<(), PlanError> {
    plan.dispatch(
        &EMA,
        &[],
        &[("count", weights.len().into()), ("counter", counter.into()), ("decay", decay.into())],
        &[("state", &state.counters), ("weights", weights), ("ema", ema)],
        Grid::Elements(weights.len()),
    )
}
