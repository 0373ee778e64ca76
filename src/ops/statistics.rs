//! The end of an update: its row of statistics, and the counters that the next update reads.

use super::{Annealing, Optimizer, State, optimizer::BLOCK};
use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// Statistics row and counters.
pub static STATISTICS: Kernel =
    Kernel { name: "statistics", source: include_str!("../../shaders/ops/statistics.wgsl"), snippets: &[&snippets::REDUCE] };

/// Numbers that one update writes to the ring.
pub const PER_UPDATE: usize = 6;

/// Ends the update of the net that `counter` counts. `loss` `[4]`, `partials` `[groups, 2]`, `powers` `[4]`;
/// `batches` make an epoch;
/// the ring gets columns `column..column + PER_UPDATE` of the current generator update's row.
///
/// # Errors
/// [`PlanError`].
pub fn statistics(
    plan: &mut Plan,
    state: &State,
    counter: u32,
    (optimizer, annealing, batches): (&Optimizer, &Annealing, usize),
    parameters: usize,
    (loss, partials, powers): (&Tensor, &Tensor, &Tensor),
) -> Result<(), PlanError> {
    let (ring_rows, columns) = (state.ring.shape[0], state.ring.shape[1]);
    let (beta1, beta2) = optimizer.betas();
    plan.dispatch(
        &STATISTICS,
        &[],
        &[
            ("groups", parameters.div_ceil(BLOCK).into()),
            ("ring_rows", ring_rows.into()),
            ("columns", columns.into()),
            ("column", (counter as usize * PER_UPDATE).into()),
            ("counter", counter.into()),
            ("beta1", beta1.into()),
            ("beta2", beta2.into()),
            ("log_decay", (annealing.lr_decay.ln() as f32).into()),
            ("batches", batches.into()),
            ("ramp_epochs", annealing.ramp_epochs.into()),
        ],
        &[("loss", loss), ("partials", partials), ("state", &state.counters), ("powers", powers), ("ring", &state.ring)],
        Grid::One,
    )
}
