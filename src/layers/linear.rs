//! Linear layer with its activation: y = activation(x w^T + b). Weights as PyTorch's `nn.Linear`: w `[outputs, inputs]`, b `[outputs]`.

use super::{Activation, BackwardInput, BackwardParams, Initial, Layer, ParameterSpec, Site, Tangent};
use crate::plan::{Grid, Kernel, Plan, PlanError};

/// y = activation(x w^T + b)
pub static FORWARD: Kernel =
    Kernel { name: "linear_forward", source: include_str!("../../shaders/layers/linear_forward.wgsl"), snippets: &[] };

/// dx = dy w, times the slope of the activation before
pub static BACKWARD_INPUT: Kernel =
    Kernel { name: "linear_backward_input", source: include_str!("../../shaders/layers/linear_backward_input.wgsl"), snippets: &[] };

/// dw = dy^T x, db = column sums of dy
pub static BACKWARD_PARAMS: Kernel =
    Kernel { name: "linear_backward_params", source: include_str!("../../shaders/layers/linear_backward_params.wgsl"), snippets: &[] };

/// As [`BACKWARD_PARAMS`], with the R1 penalty's term
pub static BACKWARD_PARAMS_R1: Kernel = Kernel {
    name: "linear_backward_params_r1",
    source: include_str!("../../shaders/layers/linear_backward_params_r1.wgsl"),
    snippets: &[],
};

/// ty = slope(y) * (t w^T)
pub static TANGENT: Kernel =
    Kernel { name: "linear_tangent", source: include_str!("../../shaders/layers/linear_tangent.wgsl"), snippets: &[] };

/// `linear N`
#[derive(Debug)]
pub struct Linear {
    outputs: usize,
    activation: Activation,
}

impl Linear {
    /// A layer of `outputs` units, without an activation yet.
    pub fn new(outputs: usize) -> Self {
        Linear { outputs, activation: Activation::identity() }
    }
}

impl Layer for Linear {
    fn describe(&self) -> String {
        let linear = format!("linear {}", self.outputs);
        if self.activation.is_identity() { linear } else { format!("{linear}, {}", self.activation.text()) }
    }

    fn outputs(&self, _inputs: usize) -> usize {
        self.outputs
    }

    fn parameters(&self, inputs: usize) -> Vec<ParameterSpec> {
        // PyTorch's default for nn.Linear: uniform within 1/sqrt(inputs), for weights and biases.
        let initial = Initial::Uniform(1.0 / (inputs as f32).sqrt());
        vec![
            ParameterSpec { name: "weight", shape: vec![self.outputs, inputs], initial },
            ParameterSpec { name: "bias", shape: vec![self.outputs], initial },
        ]
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
        plan.dispatch(
            &FORWARD,
            &[&self.activation.kind.snippet],
            &[
                ("rows", rows.into()),
                ("inputs", inputs.into()),
                ("outputs", self.outputs.into()),
                ("first_row", first_row.into()),
                ("alpha", self.activation.alpha.into()),
            ],
            &[("x", site.x), ("w", &site.params[0]), ("b", &site.params[1]), ("y", site.y)],
            Grid::Product { rows, columns: self.outputs, inner: inputs },
        )
    }

    fn backward_input(&self, plan: &mut Plan, site: &Site, backward: &BackwardInput) -> Result<(), PlanError> {
        let BackwardInput { rows, dy, dx, previous, scale } = *backward;
        plan.dispatch(
            &BACKWARD_INPUT,
            &[&previous.kind.snippet],
            &[
                ("rows", rows.into()),
                ("inputs", site.inputs.into()),
                ("outputs", self.outputs.into()),
                ("scale", scale.into()),
                ("alpha", previous.alpha.into()),
            ],
            &[("dy", dy), ("w", &site.params[0]), ("x", site.x), ("dx", dx)],
            Grid::Product { rows, columns: site.inputs, inner: self.outputs },
        )
    }

    fn backward_params(&self, plan: &mut Plan, site: &Site, backward: &BackwardParams) -> Result<(), PlanError> {
        let Site { rows, inputs, .. } = *site;
        let grid = Grid::Product { rows: self.outputs, columns: inputs + 1, inner: rows };
        let sizes = [("rows", rows.into()), ("inputs", inputs.into()), ("outputs", self.outputs.into())];
        let [dw, db] = [&backward.gradients[0], &backward.gradients[1]];
        match &backward.r1 {
            None => plan.dispatch(&BACKWARD_PARAMS, &[], &sizes, &[("dy", backward.dy), ("x", site.x), ("dw", dw), ("db", db)], grid),
            Some(r1) => plan.dispatch(
                &BACKWARD_PARAMS_R1,
                &[],
                &[&sizes[..], &[("tangent_rows", r1.rows.into())]].concat(),
                &[("delta", backward.dy), ("c", r1.c), ("x", site.x), ("t", r1.t), ("dw", dw), ("db", db)],
                grid,
            ),
        }
    }

    fn tangent(&self, plan: &mut Plan, site: &Site, tangent: &Tangent) -> Result<(), PlanError> {
        let Tangent { rows, t, ty, .. } = *tangent;
        plan.dispatch(
            &TANGENT,
            &[&self.activation.kind.snippet],
            &[
                ("rows", rows.into()),
                ("inputs", site.inputs.into()),
                ("outputs", self.outputs.into()),
                ("alpha", self.activation.alpha.into()),
            ],
            &[("t", t), ("w", &site.params[0]), ("y", site.y), ("ty", ty)],
            Grid::Product { rows, columns: self.outputs, inner: site.inputs },
        )
    }
}
