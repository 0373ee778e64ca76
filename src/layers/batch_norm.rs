//! Batch normalisation with its activation (Ioffe and Szegedy 2015): y = activation(w (x - mean) / sqrt(variance + epsilon) + b) per
//! channel, as PyTorch's `BatchNorm1d`.
//!
//! - Training takes mean and biased variance of the batch; sampling takes running ones, so that an image does not depend on which
//!   others are made with it.
//! - The running statistics of a net move in its own update alone, by a momentum towards the batch's mean and unbiased variance:
//!   an update of D leaves everything of G as it was. (A PyTorch script that leaves both nets in training mode moves them in every
//!   pass.)
//! - Averaged weights (EMA) get running statistics averaged in the same way: beside copies of the newest ones, those were half as far
//!   from the true statistics under the averaged weights.
//! - D sees real and generated images as one batch of two groups, each with its own statistics, as if they passed one after the other.
//!   What all images of a group share, such as a black border, its mean takes away: directly behind D's first layer batch norm hides
//!   from D that generated borders are of another colour (Radford et al. 2016 leave it out there).

use super::{Activation, BackwardInput, BackwardParams, Initial, Layer, OwnTensor, ParameterSpec, Pass, Site, Tangent};
use crate::plan::{Element, Grid, Kernel, Plan, PlanError, snippets};

/// Added to the variance, unless a layer list says otherwise.
const EPSILON: f32 = 1e-5;

/// Share of the newest batch in the running statistics, unless a layer list says otherwise.
const MOMENTUM: f32 = 0.1;

/// Values of one channel per row. A feature is a channel of its own; a convolution's channel would have one per pixel.
const POSITIONS: usize = 1;

/// Channels per workgroup where they lie side by side: 64 bytes, and 16 threads to share the rows of each.
const ACROSS: usize = 16;

/// y by the statistics of the batch, which it saves
pub static FORWARD: Kernel = Kernel {
    name: "batch_norm_forward",
    source: include_str!("../../shaders/layers/batch_norm_forward.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::CHANNELS],
};

/// y by the running statistics
pub static INFERENCE: Kernel = Kernel {
    name: "batch_norm_inference",
    source: include_str!("../../shaders/layers/batch_norm_inference.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// dx, times the slope of the activation before
pub static BACKWARD_INPUT: Kernel = Kernel {
    name: "batch_norm_backward_input",
    source: include_str!("../../shaders/layers/batch_norm_backward_input.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::CHANNELS],
};

/// dw = sum of dy (x - mean) / std, db = sum of dy
pub static BACKWARD_PARAMS: Kernel = Kernel {
    name: "batch_norm_backward_params",
    source: include_str!("../../shaders/layers/batch_norm_backward_params.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::CHANNELS],
};

/// `batch_norm`
#[derive(Debug)]
pub struct BatchNorm {
    /// Added to the variance.
    pub epsilon: f32,
    /// Share of the newest batch in the running statistics, above 0 and up to 1.
    pub momentum: f32,
    activation: Activation,
}

/// One thread per row and channel, 256 of them to [`across`] channels.
fn grid(channels: usize) -> Grid {
    Grid::Elements(channels.div_ceil(across(channels)) * 256)
}

fn across(channels: usize) -> usize {
    if POSITIONS == 1 { ACROSS.min(channels.next_power_of_two()) } else { 1 }
}

impl Default for BatchNorm {
    fn default() -> Self {
        BatchNorm { epsilon: EPSILON, momentum: MOMENTUM, activation: Activation::identity() }
    }
}

impl Layer for BatchNorm {
    fn describe(&self) -> String {
        let mut text = String::from("batch_norm");
        if (self.epsilon, self.momentum) != (EPSILON, MOMENTUM) {
            text += &format!(" {}", self.epsilon);
        }
        if self.momentum != MOMENTUM {
            text += &format!(" {}", self.momentum);
        }
        if !self.activation.is_identity() {
            text += &format!(", {}", self.activation.text());
        }
        text
    }

    fn outputs(&self, inputs: usize) -> usize {
        inputs
    }

    fn parameters(&self, inputs: usize) -> Vec<ParameterSpec> {
        let shape = vec![inputs / POSITIONS];
        vec![
            ParameterSpec { name: "weight", shape: shape.clone(), initial: Initial::Constant(1.0) },
            ParameterSpec { name: "bias", shape, initial: Initial::Constant(0.0) },
        ]
    }

    fn state(&self, inputs: usize) -> Vec<ParameterSpec> {
        let shape = vec![inputs / POSITIONS];
        vec![
            ParameterSpec { name: "running_mean", shape: shape.clone(), initial: Initial::Constant(0.0) },
            ParameterSpec { name: "running_var", shape, initial: Initial::Constant(1.0) },
        ]
    }

    /// Mean and 1/std of each group; samples need none.
    fn own(&self, _rows: usize, inputs: usize, pass: Pass) -> Vec<OwnTensor> {
        match pass {
            Pass::Training { groups, .. } => {
                vec![OwnTensor { name: "saved", element: Element::F32, shape: vec![2, groups, inputs / POSITIONS] }]
            }
            Pass::Sampling => Vec::new(),
        }
    }

    fn mixes_rows(&self) -> bool {
        true
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn fuse(&mut self, activation: Activation) -> bool {
        let free = self.activation.is_identity();
        if free {
            self.activation = activation;
        }
        free
    }

    fn forward(&self, plan: &mut Plan, site: &Site) -> Result<(), PlanError> {
        let Site { rows, inputs, first_row, .. } = *site;
        let channels = inputs / POSITIONS;
        let sizes = [
            ("rows", rows.into()),
            ("channels", channels.into()),
            ("positions", POSITIONS.into()),
            ("first_row", first_row.into()),
            ("epsilon", self.epsilon.into()),
            ("alpha", self.activation.alpha.into()),
        ];
        let tensors = [
            ("x", site.x),
            ("w", &site.params[0]),
            ("b", &site.params[1]),
            ("running_mean", &site.state[0]),
            ("running_var", &site.state[1]),
            ("y", site.y),
        ];
        let activation = [&self.activation.kind.snippet];
        match site.pass {
            Pass::Sampling => plan.dispatch(&INFERENCE, &activation, &sizes, &tensors, Grid::Elements(rows * inputs)),
            Pass::Training { groups, own } => plan.dispatch(
                &FORWARD,
                &activation,
                &[
                    &sizes[..],
                    &[
                        ("groups", groups.into()),
                        ("across", across(channels).into()),
                        ("momentum", if own { self.momentum } else { 0.0 }.into()),
                    ],
                ]
                .concat(),
                &[&tensors[..], &[("saved", site.own(0)?)]].concat(),
                grid(channels),
            ),
        }
    }

    fn backward_input(&self, plan: &mut Plan, site: &Site, backward: &BackwardInput) -> Result<(), PlanError> {
        let BackwardInput { rows, dy, dx, previous, scale } = *backward;
        if rows != site.rows {
            return Err(mixed("dx", "of some rows has no meaning where all rows share their statistics"));
        }
        let saved = site.own(0)?;
        let channels = site.inputs / POSITIONS;
        plan.dispatch(
            &BACKWARD_INPUT,
            &[&previous.kind.snippet],
            &[
                ("rows", rows.into()),
                ("channels", channels.into()),
                ("positions", POSITIONS.into()),
                ("groups", saved.shape[1].into()),
                ("across", across(channels).into()),
                ("scale", scale.into()),
                ("alpha", previous.alpha.into()),
            ],
            &[("dy", dy), ("x", site.x), ("w", &site.params[0]), ("saved", saved), ("dx", dx)],
            grid(channels),
        )
    }

    fn backward_params(&self, plan: &mut Plan, site: &Site, backward: &BackwardParams) -> Result<(), PlanError> {
        let saved = site.own(0)?;
        let channels = site.inputs / POSITIONS;
        plan.dispatch(
            &BACKWARD_PARAMS,
            &[],
            &[
                ("rows", site.rows.into()),
                ("channels", channels.into()),
                ("positions", POSITIONS.into()),
                ("groups", saved.shape[1].into()),
                ("across", across(channels).into()),
            ],
            &[("dy", backward.dy), ("x", site.x), ("saved", saved), ("dw", &backward.gradients[0]), ("db", &backward.gradients[1])],
            grid(channels),
        )
    }

    fn tangent(&self, _plan: &mut Plan, _site: &Site, _tangent: &Tangent) -> Result<(), PlanError> {
        Err(mixed("t", "the R1 penalty needs rows that do not depend on each other"))
    }
}

/// What [`Layer::mixes_rows`] forbids; the models check it before, in a person's words.
fn mixed(name: &str, what: &str) -> PlanError {
    PlanError::Dispatch { kernel: "batch_norm", name: name.into(), what: what.into() }
}
