//! Optimizers: one dispatch updates all parameters of a net; and the average of the parameters, from which samples are drawn.

pub mod cases;
pub mod twin;

use crate::{
    ops::State,
    plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets},
};

/// What all optimizers use.
static SNIPPETS: [&Snippet; 5] = [&snippets::ELEMENT, &snippets::REDUCE, &snippets::ANNEAL, &snippets::CLIP, &PARTIALS];

/// Sums of squares.
static PARTIALS: Snippet = Snippet { name: "partials", source: include_str!("../../../shaders/optimizer/partials.wgsl"), needs: &[] };

/// Adam (Kingma and Ba 2015, algorithm 1).
pub static ADAM: Kernel = Kernel { name: "adam", source: include_str!("../../../shaders/optimizer/adam.wgsl"), snippets: &SNIPPETS };

/// Gradient descent with heavy-ball momentum.
pub static SGD: Kernel = Kernel { name: "sgd", source: include_str!("../../../shaders/optimizer/sgd.wgsl"), snippets: &SNIPPETS };

/// RMSprop (Tieleman and Hinton 2012).
pub static RMSPROP: Kernel =
    Kernel { name: "rmsprop", source: include_str!("../../../shaders/optimizer/rmsprop.wgsl"), snippets: &SNIPPETS };

/// ema += (1 - m) (w - ema)
pub static EMA: Kernel =
    Kernel { name: "ema", source: include_str!("../../../shaders/optimizer/ema.wgsl"), snippets: &[&snippets::ELEMENT] };

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
    /// RMSprop.
    RmsProp {
        /// Decay of the mean of squared gradients.
        alpha: f32,
        /// Added to the root.
        epsilon: f32,
    },
    /// SGD with momentum; 0 is plain gradient descent.
    Sgd {
        /// Share of the last step that goes on, at first.
        momentum: f32,
        /// The same at the end of [`Annealing::ramp_epochs`].
        momentum_final: f32,
    },
}

/// How learning rate and momentum change in the course of training. Computed on the device from the counters of updates, so that it
/// is the same whatever shares a submission, and exact across a resume.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Annealing {
    /// The rate is divided by this with every update; 1 for a constant rate.
    pub lr_decay: f64,
    /// Where the rate stops to shrink.
    pub lr_floor: f32,
    /// Epoch, counted from 1, in which the momentum reaches its end, linearly from the first one on; 0 for a constant momentum.
    pub ramp_epochs: u32,
}

impl Annealing {
    /// Constant rates and momentum.
    pub const NONE: Annealing = Annealing { lr_decay: 1.0, lr_floor: 0.0, ramp_epochs: 0 };
}

/// A bound of weights that none reaches.
const UNCLIPPED: f32 = 3.0e38;

/// Numbers of [`Slots::powers`].
pub const POWERS: usize = 4;

/// Parameters per thread of the optimizer kernels.
const PER_THREAD: usize = 4;

/// Parameters per workgroup of 256 threads, which writes one pair of partial sums.
pub const BLOCK: usize = PER_THREAD * 256;

/// Tensors of one net as an optimizer sees them, all `[count]` but as noted.
pub struct Slots<'a> {
    /// Learning rates `[dials]`.
    pub dials: &'a Tensor,
    /// Which of them is this net's.
    pub dial: u32,
    /// beta1^t, beta2^t, share of the learning rate left, share of the momentum's ramp to come `[4]`.
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
            Optimizer::RmsProp { .. } => &["square"],
            Optimizer::Sgd { .. } => &["velocity"],
        }
    }

    /// Factors by which the powers shrink per update.
    pub fn betas(&self) -> (f32, f32) {
        match *self {
            Optimizer::Adam { beta1, beta2, .. } => (beta1, beta2),
            Optimizer::Sgd { .. } | Optimizer::RmsProp { .. } => (1.0, 1.0),
        }
    }

    /// Writes the update, after which every weight lies within `clip` of 0.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn update(&self, plan: &mut Plan, annealing: &Annealing, clip: Option<f32>, slots: &Slots) -> Result<(), PlanError> {
        let count = slots.weights.len();
        let sizes = [
            ("count", count.into()),
            ("groups", count.div_ceil(BLOCK).into()),
            ("dial", slots.dial.into()),
            ("lr_floor", annealing.lr_floor.into()),
            ("clip", clip.unwrap_or(UNCLIPPED).into()),
        ];
        let tensors = [
            ("dials", slots.dials),
            ("powers", slots.powers),
            ("gradients", slots.gradients),
            ("weights", slots.weights),
            ("partials", slots.partials),
        ];
        let grid = Grid::Elements(count.div_ceil(BLOCK) * 256);
        match *self {
            Optimizer::Adam { beta1, beta2, epsilon } => plan.dispatch(
                &ADAM,
                &[],
                &[&sizes[..], &[("beta1", beta1.into()), ("beta2", beta2.into()), ("epsilon", epsilon.into())]].concat(),
                &[&tensors[..], &[("m", &slots.moments[0]), ("v", &slots.moments[1])]].concat(),
                grid,
            ),
            Optimizer::RmsProp { alpha, epsilon } => plan.dispatch(
                &RMSPROP,
                &[],
                &[&sizes[..], &[("alpha", alpha.into()), ("epsilon", epsilon.into())]].concat(),
                &[&tensors[..], &[("square", &slots.moments[0])]].concat(),
                grid,
            ),
            Optimizer::Sgd { momentum, momentum_final } => plan.dispatch(
                &SGD,
                &[],
                &[&sizes[..], &[("momentum", momentum.into()), ("momentum_final", momentum_final.into())]].concat(),
                &[&tensors[..], &[("velocity", &slots.moments[0])]].concat(),
                grid,
            ),
        }
    }
}

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
