//! Activations: fused into the linear layer before them where there is one, else a layer of their own.

use super::{BackwardInput, Layer, Site, Tangent};
use crate::plan::{Grid, Kernel, Plan, PlanError, Snippet, snippets};

/// One activation function; its WGSL defines `value(x, alpha)` and `slope(y, alpha)`.
#[derive(Debug)]
pub struct ActivationKind {
    /// Name in a layer list.
    pub name: &'static str,
    /// WGSL.
    pub snippet: Snippet,
    /// Default of the parameter, for those that have one.
    pub alpha: Option<f32>,
    /// Values it can give, as (lowest, highest), where it is bounded: decides the range of images.
    pub range: Option<(f32, f32)>,
    /// Second derivative zero almost everywhere, which the R1 penalty needs of a discriminator.
    pub piecewise_linear: bool,
}

macro_rules! kind {
    ($name:literal, alpha $alpha:expr, range $range:expr, piecewise_linear $linear:expr) => {
        ActivationKind {
            name: $name,
            snippet: Snippet { name: $name, source: include_str!(concat!("../../shaders/activations/", $name, ".wgsl")) },
            alpha: $alpha,
            range: $range,
            piecewise_linear: $linear,
        }
    };
}

/// All activations; `identity` comes first and is what a layer without an activation has.
pub static ACTIVATIONS: [ActivationKind; 5] = [
    kind!("identity", alpha None, range None, piecewise_linear true),
    kind!("relu", alpha None, range None, piecewise_linear true),
    kind!("leaky_relu", alpha Some(0.2), range None, piecewise_linear true),
    kind!("tanh", alpha None, range Some((-1.0, 1.0)), piecewise_linear false),
    kind!("sigmoid", alpha None, range Some((0.0, 1.0)), piecewise_linear false),
];

/// An activation with its parameter.
#[derive(Clone, Copy, Debug)]
pub struct Activation {
    /// Which function.
    pub kind: &'static ActivationKind,
    /// Its parameter; 0 for those without one.
    pub alpha: f32,
}

impl Activation {
    /// y = x.
    pub fn identity() -> Self {
        Activation { kind: &ACTIVATIONS[0], alpha: 0.0 }
    }

    /// True for y = x.
    pub fn is_identity(&self) -> bool {
        std::ptr::eq(self.kind, &ACTIVATIONS[0])
    }

    /// `leaky_relu 0.2`
    pub fn text(&self) -> String {
        match self.kind.alpha {
            Some(_) => format!("{} {}", self.kind.name, self.alpha),
            None => self.kind.name.to_owned(),
        }
    }
}

/// y = activation(x).
pub static FORWARD: Kernel = Kernel {
    name: "activation_forward",
    source: include_str!("../../shaders/layers/activation_forward.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// dx = dy * slope(v): backward pass and tangent alike.
pub static SLOPE_PRODUCT: Kernel =
    Kernel { name: "slope_product", source: include_str!("../../shaders/layers/slope_product.wgsl"), snippets: &[&snippets::ELEMENT] };

/// An activation that does not follow a linear layer.
#[derive(Debug)]
pub struct ActivationLayer(pub Activation);

impl Layer for ActivationLayer {
    fn describe(&self) -> String {
        self.0.text()
    }

    fn outputs(&self, inputs: usize) -> usize {
        inputs
    }

    fn activation(&self) -> Activation {
        self.0
    }

    fn forward(&self, plan: &mut Plan, site: &Site) -> Result<(), PlanError> {
        let Site { rows, inputs, first_row, .. } = *site;
        plan.dispatch(
            &FORWARD,
            &[&self.0.kind.snippet],
            &[("rows", rows.into()), ("inputs", inputs.into()), ("first_row", first_row.into()), ("alpha", self.0.alpha.into())],
            &[("x", site.x), ("y", site.y)],
            Grid::Elements(rows * inputs),
        )
    }

    fn backward_input(&self, plan: &mut Plan, site: &Site, backward: &BackwardInput) -> Result<(), PlanError> {
        let BackwardInput { rows, dy, dx, previous, scale } = *backward;
        plan.dispatch(
            &SLOPE_PRODUCT,
            &[&previous.kind.snippet],
            &[("rows", rows.into()), ("inputs", site.inputs.into()), ("scale", scale.into()), ("alpha", previous.alpha.into())],
            &[("dy", dy), ("v", site.x), ("dx", dx)],
            Grid::Elements(rows * site.inputs),
        )
    }

    fn tangent(&self, plan: &mut Plan, site: &Site, tangent: &Tangent) -> Result<(), PlanError> {
        let Tangent { rows, t, ty, .. } = *tangent;
        plan.dispatch(
            &SLOPE_PRODUCT,
            &[&self.0.kind.snippet],
            &[("rows", rows.into()), ("inputs", site.inputs.into()), ("scale", 1.0.into()), ("alpha", self.0.alpha.into())],
            &[("dy", t), ("v", site.y), ("dx", ty)],
            Grid::Elements(rows * site.inputs),
        )
    }
}
