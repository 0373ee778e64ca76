//! Ops: kernels that are no layer, each with the function that dispatches it.

pub mod batch;
pub mod distance;
pub mod ema;
pub mod latent;
pub mod loss;
pub mod mask;
pub mod optimizer;
pub mod statistics;

pub use latent::LatentDistribution;
pub use loss::{LOSSES, Loss};
pub use optimizer::{Annealing, Optimizer};

use crate::plan::{Kernel, Snippet, Tensor};

/// Index of the counter of discriminator updates in [`State::counters`], and of its block of columns in the ring.
pub const COUNTER_D: u32 = 0;
/// As [`COUNTER_D`] for generator updates, which are the steps of training.
pub const COUNTER_G: u32 = 1;

/// What lives on the device from step to step besides parameters.
pub struct State {
    /// Updates of D, updates of G `[2]`, integers.
    pub counters: Tensor,
    /// Statistics of the last steps `[ring_rows, 2 * PER_UPDATE]`: row = step modulo `ring_rows`.
    pub ring: Tensor,
}

/// Every kernel of the ops with every snippet it can be composed with.
pub fn kernels() -> Vec<(&'static Kernel, Vec<&'static Snippet>)> {
    let alone = [
        &batch::INDICES,
        &batch::GATHER,
        &batch::GATHER_POINTS,
        &mask::MASK,
        &optimizer::ADAM,
        &optimizer::SGD,
        &ema::EMA,
        &statistics::STATISTICS,
    ];
    let distances = [&distance::SQUARED_DISTANCES, &distance::NEAREST, &distance::WINDOW_SUMS, &distance::DISTANCE_SUMS];
    let mut all: Vec<_> = alone.into_iter().chain(distances).map(|kernel| (kernel, Vec::new())).collect();
    all.extend(LatentDistribution::ALL.map(|d| (&latent::NOISE, vec![d.snippet()])));
    for kernel in [&loss::LOSS_D, &loss::LOSS_G] {
        all.extend(LOSSES.iter().map(|loss| (kernel, vec![&loss.snippet])));
    }
    all
}
