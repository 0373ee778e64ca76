//! Batch normalisation over `[rows, channels, positions]` (Ioffe and Szegedy 2015).

pub mod cases;
pub mod twin;

use crate::{
    ops::pointwise::{Activation, Slope},
    plan::{Grid, Kernel, Plan, PlanError, Tensor, Value, snippets},
};

/// Values of one channel per row. A feature is a channel of its own; a convolution's channel would have one per pixel.
const POSITIONS: usize = 1;

/// y by the statistics of the batch, which it saves
pub static FORWARD: Kernel = Kernel {
    name: "batch_norm_forward",
    source: include_str!("../../../shaders/batch_norm/batch_norm_forward.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::CHANNELS],
};

/// y by the running statistics
pub static INFERENCE: Kernel = Kernel {
    name: "batch_norm_inference",
    source: include_str!("../../../shaders/batch_norm/batch_norm_inference.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// dx, times the slope of the activation before
pub static BACKWARD_INPUT: Kernel = Kernel {
    name: "batch_norm_backward_input",
    source: include_str!("../../../shaders/batch_norm/batch_norm_backward_input.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::CHANNELS],
};

/// dw = sum of dy (x - mean) / std, db = sum of dy
pub static BACKWARD_PARAMS: Kernel = Kernel {
    name: "batch_norm_backward_params",
    source: include_str!("../../../shaders/batch_norm/batch_norm_backward_params.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::CHANNELS],
};

/// Channels per workgroup where they lie side by side: 64 bytes, and 16 threads to share the rows of each.
const ACROSS: usize = 16;

/// Channels per workgroup; `positions` are values of one channel per row.
pub fn across(channels: usize, positions: usize) -> usize {
    if positions == 1 { ACROSS.min(channels.next_power_of_two()) } else { 1 }
}

/// One thread per row and channel, 256 of them to [`across`] channels.
pub fn grid(channels: usize, positions: usize) -> Grid {
    Grid::Elements(channels.div_ceil(across(channels, positions)) * 256)
}

/// What a batch normalisation reads: x `[rows, channels]`, all else `[1, channels]`.
pub struct Operands {
    /// Input.
    pub x: Tensor,
    /// Weight.
    pub w: Tensor,
    /// Bias.
    pub b: Tensor,
    /// Running mean.
    pub running_mean: Tensor,
    /// Running variance.
    pub running_var: Tensor,
}

impl Operands {
    fn named(&self) -> [(&'static str, &Tensor); 5] {
        let Operands { x, w, b, running_mean, running_var } = self;
        [("x", x), ("w", w), ("b", b), ("running_mean", running_mean), ("running_var", running_var)]
    }

    fn sizes(&self, epsilon: f32, f: Activation, first_row: usize) -> [(&'static str, Value); 6] {
        [
            ("rows", self.x.shape[0].into()),
            ("channels", self.x.shape[1].into()),
            ("positions", POSITIONS.into()),
            ("first_row", first_row.into()),
            ("epsilon", epsilon.into()),
            ("alpha", f.alpha.into()),
        ]
    }
}

/// Writes y = f(normed x) by the statistics of the batch, from row `first_row` of y on, and moves the running ones by `momentum`.
/// `saved` `[2, groups, channels]` gets mean and 1/std of each group.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(
    plan: &mut Plan,
    operands: &Operands,
    (epsilon, momentum): (f32, f32),
    f: Activation,
    saved: &Tensor,
    (y, first_row): (&Tensor, usize),
) -> Result<(), PlanError> {
    let channels = operands.x.shape[1];
    plan.dispatch(
        &FORWARD,
        &[&f.kind.snippet],
        &[
            &operands.sizes(epsilon, f, first_row)[..],
            &[("groups", saved.shape[1].into()), ("across", across(channels, POSITIONS).into()), ("momentum", momentum.into())],
        ]
        .concat(),
        &[&operands.named()[..], &[("saved", saved), ("y", y)]].concat(),
        grid(channels, POSITIONS),
    )
}

/// Writes y = f(normed x) by the running statistics, from row `first_row` of y on.
///
/// # Errors
/// [`PlanError`].
pub fn inference(
    plan: &mut Plan,
    operands: &Operands,
    epsilon: f32,
    f: Activation,
    (y, first_row): (&Tensor, usize),
) -> Result<(), PlanError> {
    plan.dispatch(
        &INFERENCE,
        &[&f.kind.snippet],
        &operands.sizes(epsilon, f, first_row),
        &[&operands.named()[..], &[("y", y)]].concat(),
        Grid::Elements(operands.x.len()),
    )
}

/// Writes the gradient by x, times a slope. dy, x `[rows, channels]`, w `[1, channels]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_input(
    plan: &mut Plan,
    (dy, x, w): (&Tensor, &Tensor, &Tensor),
    saved: &Tensor,
    slope: Option<&Slope>,
    dx: &Tensor,
) -> Result<(), PlanError> {
    let [rows, channels] = [dy.shape[0], dy.shape[1]];
    let function = slope.map_or_else(Activation::identity, |slope| slope.function);
    // The kernel reads the slope's operand where it reads x: behind a batch norm both are the same value.
    plan.dispatch(
        &BACKWARD_INPUT,
        &[&function.kind.snippet],
        &[
            ("rows", rows.into()),
            ("channels", channels.into()),
            ("positions", POSITIONS.into()),
            ("groups", saved.shape[1].into()),
            ("across", across(channels, POSITIONS).into()),
            ("scale", 1.0.into()),
            ("alpha", function.alpha.into()),
        ],
        &[("dy", dy), ("x", x), ("w", w), ("saved", saved), ("dx", dx)],
        grid(channels, POSITIONS),
    )
}

/// Writes the gradients by w and b `[1, channels]`. dy, x `[rows, channels]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_params(plan: &mut Plan, dy: &Tensor, x: &Tensor, saved: &Tensor, (dw, db): (&Tensor, &Tensor)) -> Result<(), PlanError> {
    let [rows, channels] = [dy.shape[0], dy.shape[1]];
    plan.dispatch(
        &BACKWARD_PARAMS,
        &[],
        &[
            ("rows", rows.into()),
            ("channels", channels.into()),
            ("positions", POSITIONS.into()),
            ("groups", saved.shape[1].into()),
            ("across", across(channels, POSITIONS).into()),
        ],
        &[("dy", dy), ("x", x), ("saved", saved), ("dw", dw), ("db", db)],
        grid(channels, POSITIONS),
    )
}
