//! The end of an update: its row of statistics, and the counters that the next update reads.

pub mod cases;
pub mod twin;

use crate::{
    ops::{Annealing, Optimizer, State, optimizer::BLOCK},
    plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets},
};

/// Statistics row and counters.
pub static STATISTICS: Kernel =
    Kernel { name: "statistics", source: include_str!("../../../shaders/statistics/statistics.wgsl"), snippets: &[&snippets::REDUCE] };

/// Numbers that an update writes to the ring besides its loss and metrics: norms of gradient and weights.
pub const NORMS: usize = 2;

/// What an update adds to its step's row of statistics.
pub struct Row<'a> {
    /// Which counter it advances.
    pub counter: u32,
    /// First of its columns; it fills one per value, then the norms.
    pub column: usize,
    /// Loss and metrics `[values, 1]`.
    pub values: &'a Tensor,
    /// Sums of squares of gradients and weights `[blocks, 2]`.
    pub partials: &'a Tensor,
    /// What the next update's optimizer reads `[4]`.
    pub powers: &'a Tensor,
    /// Parameters of the net.
    pub parameters: usize,
}

/// Ends an update; `batches` make an epoch. The ring gets the values in the row of the current generator update.
///
/// # Errors
/// [`PlanError`].
pub fn statistics(
    plan: &mut Plan,
    state: &State,
    row: &Row,
    optimizer: &Optimizer,
    annealing: &Annealing,
    batches: usize,
) -> Result<(), PlanError> {
    let (ring_rows, columns) = (state.ring.shape[0], state.ring.shape[1]);
    let (beta1, beta2) = optimizer.betas();
    plan.dispatch(
        &STATISTICS,
        &[],
        &[
            ("groups", row.parameters.div_ceil(BLOCK).into()),
            ("ring_rows", ring_rows.into()),
            ("columns", columns.into()),
            ("column", row.column.into()),
            ("values", row.values.len().into()),
            ("counter", row.counter.into()),
            ("counters", state.counters.len().into()),
            ("beta1", beta1.into()),
            ("beta2", beta2.into()),
            ("log_decay", (annealing.lr_decay.ln() as f32).into()),
            ("batches", batches.into()),
            ("ramp_epochs", annealing.ramp_epochs.into()),
        ],
        &[("numbers", row.values), ("partials", row.partials), ("state", &state.counters), ("powers", row.powers), ("ring", &state.ring)],
        Grid::One,
    )
}
