//! Optimizers: one dispatch updates all parameters of a net.

use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// Adam (Kingma and Ba 2015, algorithm 1).
pub static ADAM: Kernel =
    Kernel { name: "adam", source: include_str!("../../shaders/ops/adam.wgsl"), snippets: &[&snippets::ELEMENT, &snippets::REDUCE] };

/// Gradient descent with heavy-ball momentum.
pub static SGD: Kernel =
    Kernel { name: "sgd", source: include_str!("../../shaders/ops/sgd.wgsl"), snippets: &[&snippets::ELEMENT, &snippets::REDUCE] };

/// An optimizer with its constants; the learning rate is a dial on the device.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Optimizer {
    /// Adam.
    Adam {
        /// Decay of the mean of gradients.
        beta1: f32,
        /// Decay of the mean of their squares.
        beta2: f32,
        /// Added to the root.
        epsilon: f32,
    },
    /// SGD with momentum; 0 is plain gradient descent.
    Sgd {
        /// Share of the last step that goes on.
        momentum: f32,
    },
}

/// Threads per workgroup of the optimizer kernels, each of which writes one pair of partial sums.
pub const BLOCK: usize = 256;

/// Tensors of one net as an optimizer sees them, all `[count]` but as noted.
pub struct Slots<'a> {
    /// Learning rates `[dials]`.
    pub dials: &'a Tensor,
    /// Which of them is this net's.
    pub dial: u32,
    /// beta1^t and beta2^t `[2]`.
    pub powers: &'a Tensor,
    /// Gradients.
    pub gradients: &'a Tensor,
    /// Parameters.
    pub weights: &'a Tensor,
    /// In the order of [`Optimizer::moment_names`].
    pub moments: &'a [Tensor],
    /// Sums of squares of gradients and weights `[count / BLOCK, 2]`.
    pub partials: &'a Tensor,
}

impl Optimizer {
    /// Names of the tensors of state per parameter.
    pub fn moment_names(&self) -> &'static [&'static str] {
        match self {
            Optimizer::Adam { .. } => &["adam_m", "adam_v"],
            Optimizer::Sgd { .. } => &["velocity"],
        }
    }

    /// Factors by which the powers shrink per update.
    pub fn betas(&self) -> (f32, f32) {
        match *self {
            Optimizer::Adam { beta1, beta2, .. } => (beta1, beta2),
            Optimizer::Sgd { .. } => (1.0, 1.0),
        }
    }

    /// Writes the update.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn update(&self, plan: &mut Plan, slots: &Slots) -> Result<(), PlanError> {
        let count = slots.weights.len();
        let sizes = [("count", count.into()), ("groups", count.div_ceil(BLOCK).into()), ("dial", slots.dial.into())];
        let tensors = [("dials", slots.dials), ("gradients", slots.gradients), ("weights", slots.weights), ("partials", slots.partials)];
        let grid = Grid::Elements(count);
        match *self {
            Optimizer::Adam { beta1, beta2, epsilon } => plan.dispatch(
                &ADAM,
                &[],
                &[&sizes[..], &[("beta1", beta1.into()), ("beta2", beta2.into()), ("epsilon", epsilon.into())]].concat(),
                &[&tensors[..], &[("powers", slots.powers), ("m", &slots.moments[0]), ("v", &slots.moments[1])]].concat(),
                grid,
            ),
            Optimizer::Sgd { momentum } => plan.dispatch(
                &SGD,
                &[],
                &[&sizes[..], &[("momentum", momentum.into())]].concat(),
                &[&tensors[..], &[("velocity", &slots.moments[0])]].concat(),
                grid,
            ),
        }
    }
}
