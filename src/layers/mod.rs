//! Layers: shapes, parameters, and which dispatches their passes are.
//!
//! Between layers travels the gradient *before* the activation of the layer that receives it: each backward kernel multiplies
//! by the slope of the activation before it, which it computes from that activation's output.

mod activation;
mod batch_norm;
mod dropout;
mod linear;
mod maxout;

pub use activation::{ACTIVATIONS, Activation, ActivationKind};

use crate::plan::{Element, Kernel, Plan, PlanError, Snippet, Tensor};
use std::fmt::Debug;

/// How the values of a tensor start, unless a person chooses otherwise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Initial {
    /// Uniform in (-bound, bound).
    Uniform(f32),
    /// All the same, whatever a person chooses.
    Constant(f32),
}

/// A parameter or state tensor of a layer.
pub struct ParameterSpec {
    /// `weight` or `bias`; of state, `running_mean` or `running_var`.
    pub name: &'static str,
    /// Extents.
    pub shape: Vec<usize>,
    /// Initial values.
    pub initial: Initial,
}

/// A tensor that a layer has for itself in a forward pass: saved for the way back, or for what it computes on the way.
pub struct OwnTensor {
    /// Short name, unique within the layer.
    pub name: &'static str,
    /// Type of the elements.
    pub element: Element,
    /// Extents.
    pub shape: Vec<usize>,
}

/// Where a layer runs: its tensors in one forward pass.
pub struct Site<'a> {
    /// Batch rows.
    pub rows: usize,
    /// Values per row of x.
    pub inputs: usize,
    /// Input `[rows, inputs]`.
    pub x: &'a Tensor,
    /// Output `[first_row + rows, outputs]`.
    pub y: &'a Tensor,
    /// Row of y at which the output starts.
    pub first_row: usize,
    /// Parameters in the order of [`Layer::parameters`].
    pub params: &'a [Tensor],
    /// State in the order of [`Layer::state`].
    pub state: &'a [Tensor],
    /// What the pass is for.
    pub pass: Pass,
    /// Dropout mask `[rows, inputs]`, for layers that have one.
    pub mask: Option<&'a Tensor>,
    /// In the order of [`Layer::own`].
    pub own: &'a [Tensor],
}

/// What a forward pass is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Images to be looked at: each row depends on itself alone, and no state changes.
    Sampling,
    /// A loss and its gradients.
    Training {
        /// Equal parts of the batch that take statistics of their own, one after another: 2 where real images come before generated ones.
        groups: usize,
        /// True in the update of the net itself, which alone changes its state.
        own: bool,
    },
}

impl Site<'_> {
    fn mask(&self) -> Result<&Tensor, PlanError> {
        self.mask.ok_or(PlanError::Dispatch { kernel: "dropout", name: "mask".into(), what: "not allocated".into() })
    }

    fn own(&self, index: usize) -> Result<&Tensor, PlanError> {
        self.own.get(index).ok_or(PlanError::Dispatch { kernel: "layer", name: "own".into(), what: "not allocated".into() })
    }
}

/// Gradient by a layer's input.
pub struct BackwardInput<'a> {
    /// The first rows of the batch, for which dx is wanted.
    pub rows: usize,
    /// Gradient before this layer's activation `[rows, outputs]`, or before its maximum `[rows, before_max]`.
    pub dy: &'a Tensor,
    /// Gradient before the previous layer's activation `[rows, inputs]`: written.
    pub dx: &'a Tensor,
    /// Activation that gave x; the identity leaves dx the gradient by x itself.
    pub previous: Activation,
    /// A factor on dx.
    pub scale: f32,
}

/// Gradient by a layer's parameters.
pub struct BackwardParams<'a> {
    /// Gradient before this layer's activation `[rows, outputs]`, or before its maximum `[rows, before_max]`; with `r1` that of each
    /// row's own logit.
    pub dy: &'a Tensor,
    /// Written; in the order of [`Layer::parameters`].
    pub gradients: &'a [Tensor],
    /// Present in a discriminator with the R1 penalty.
    pub r1: Option<R1Term<'a>>,
}

/// What the R1 penalty adds to a parameter gradient.
pub struct R1Term<'a> {
    /// Rows with a tangent: the real images.
    pub rows: usize,
    /// Slope of the loss by each logit `[all rows]`.
    pub c: &'a Tensor,
    /// Tangent of the layer's input `[rows, inputs]`.
    pub t: &'a Tensor,
}

/// How the output moves when the input moves along t.
pub struct Tangent<'a> {
    /// The first rows of the batch, those with a tangent.
    pub rows: usize,
    /// Direction of the input `[rows, inputs]`.
    pub t: &'a Tensor,
    /// Direction of the output `[rows, outputs]`: written.
    pub ty: &'a Tensor,
    /// Direction before the maximum `[rows, before_max]`, for layers that have one: written.
    pub th: Option<&'a Tensor>,
}

/// A layer. Implementations write dispatches into a plan; they hold no tensors.
pub trait Layer: Send + Sync + Debug {
    /// As it would stand in a layer list.
    fn describe(&self) -> String;

    /// Values per row of its output.
    fn outputs(&self, inputs: usize) -> usize;

    /// Its parameters.
    fn parameters(&self, _inputs: usize) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// Tensors that training changes though no gradient does, such as running statistics. They go wherever weights go:
    /// into checkpoints and averages.
    fn state(&self, _inputs: usize) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// True where a row of the output depends on other rows of a training batch: then the batch needs two rows at least, and
    /// there is no gradient by one image alone.
    fn mixes_rows(&self) -> bool {
        false
    }

    /// The activation at its end.
    fn activation(&self) -> Activation {
        Activation::identity()
    }

    /// Takes an activation that follows into itself; false where it cannot.
    fn fuse(&mut self, _activation: Activation) -> bool {
        false
    }

    /// For a layer that drops inputs while training and passes them when sampling: the probability to keep one.
    fn mask_keep(&self) -> Option<f32> {
        None
    }

    /// Tensors that it needs for itself in a forward pass of `rows` rows.
    fn own(&self, _rows: usize, _inputs: usize, _pass: Pass) -> Vec<OwnTensor> {
        Vec::new()
    }

    /// For a layer that ends in a maximum over several values: how many it has per row before.
    fn before_max(&self) -> Option<usize> {
        None
    }

    /// Writes the forward pass.
    ///
    /// # Errors
    /// [`PlanError`], as all that follow.
    fn forward(&self, plan: &mut Plan, site: &Site) -> Result<(), PlanError>;

    /// Writes, from the gradient by the output's first `rows` rows, that before the maximum `[rows, before_max]`, from which
    /// [`Layer::backward_input`] and [`Layer::backward_params`] then go on.
    fn backward_max(&self, _plan: &mut Plan, _site: &Site, _rows: usize, _dy: &Tensor, _dh: &Tensor) -> Result<(), PlanError> {
        Ok(())
    }

    /// Writes the gradient by the input.
    fn backward_input(&self, plan: &mut Plan, site: &Site, backward: &BackwardInput) -> Result<(), PlanError>;

    /// Writes the gradient by the parameters.
    fn backward_params(&self, _plan: &mut Plan, _site: &Site, _backward: &BackwardParams) -> Result<(), PlanError> {
        Ok(())
    }

    /// Writes the tangent.
    fn tangent(&self, plan: &mut Plan, site: &Site, tangent: &Tangent) -> Result<(), PlanError>;
}

/// Reads the words behind a layer's name.
pub type ParseLayer = fn(words: &[&str], image: usize) -> Result<Box<dyn Layer>, String>;

/// A row of the table of layers.
pub struct LayerKind {
    /// First word in a layer list.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// Makes the layer from the words behind the name; `image` is the number of values in an image.
    pub parse: ParseLayer,
}

/// All layers but the activations, which [`ACTIVATIONS`] lists.
pub static LAYERS: &[LayerKind] = &[
    LayerKind { name: "linear", usage: "linear UNITS (or: linear image)", parse: parse_linear },
    LayerKind { name: "dropout", usage: "dropout PROBABILITY", parse: parse_dropout },
    LayerKind {
        name: "batch_norm",
        usage: "batch_norm (or: batch_norm EPSILON, or: batch_norm EPSILON MOMENTUM)",
        parse: parse_batch_norm,
    },
    LayerKind { name: "maxout", usage: "maxout UNITS x PIECES", parse: parse_maxout },
];

fn parse_linear(words: &[&str], image: usize) -> Result<Box<dyn Layer>, String> {
    let units = match words {
        ["image"] => image,
        [n] => n.parse().map_err(|_| format!("'{n}' is not a number of units"))?,
        _ => return Err("expected one number of units".into()),
    };
    match units {
        0 => Err("a layer needs at least one unit".into()),
        1..=1_000_000 => Ok(Box::new(linear::Linear::new(units))),
        _ => Err("more than 1,000,000 units".into()),
    }
}

fn parse_dropout(words: &[&str], _image: usize) -> Result<Box<dyn Layer>, String> {
    let [p] = words else { return Err("expected one probability".into()) };
    match p.parse::<f32>() {
        Ok(p) if (0.0..1.0).contains(&p) => Ok(Box::new(dropout::Dropout { keep: 1.0 - p })),
        _ => Err(format!("'{p}' is not a probability from 0 up to, not including, 1")),
    }
}

fn parse_batch_norm(words: &[&str], _image: usize) -> Result<Box<dyn Layer>, String> {
    if words.len() > 2 {
        return Err("expected at most two numbers".into());
    }
    let mut layer = batch_norm::BatchNorm::default();
    if let Some(text) = words.first() {
        layer.epsilon = match text.parse::<f32>() {
            // Below the smallest normal number a device may take it for 0.
            Ok(epsilon) if epsilon >= f32::MIN_POSITIVE && epsilon.is_finite() => epsilon,
            _ => return Err(format!("'{text}' is not a positive number to add to the variance, such as 1e-5")),
        };
    }
    if let Some(text) = words.get(1) {
        layer.momentum = match text.parse::<f32>() {
            Ok(momentum) if (f32::MIN_POSITIVE..=1.0).contains(&momentum) => momentum,
            _ => return Err(format!("'{text}' is not a share of the newest batch in the running statistics, above 0 and up to 1")),
        };
    }
    Ok(Box::new(layer))
}

fn parse_maxout(words: &[&str], _image: usize) -> Result<Box<dyn Layer>, String> {
    let text = words.concat();
    let count = |what: &str, n: &str| match n.parse::<usize>() {
        Ok(0) => Err(format!("0 {what} are too few")),
        Ok(n) => Ok(n),
        Err(_) => Err(format!("'{n}' is not a number of {what}")),
    };
    let Some((units, pieces)) = text.split_once('x') else {
        return Err("expected a number of units and of linear pieces per unit".into());
    };
    let (units, pieces) = (count("units", units)?, count("pieces", pieces)?);
    match units.checked_mul(pieces) {
        Some(1..=1_000_000) => Ok(Box::new(maxout::Maxout::new(units, pieces))),
        _ => Err("more than 1,000,000 pieces in all".into()),
    }
}

/// What stands at one place of a layer list.
pub enum Parsed {
    /// A layer.
    Layer(Box<dyn Layer>),
    /// An activation, to be fused or to stand alone.
    Activation(Activation),
}

/// Reads one entry of a layer list, such as `linear 256` or `leaky_relu 0.2`. `image` is the number of values in an image.
///
/// # Errors
/// What is wrong with it and what would be right.
pub fn parse(text: &str, image: usize) -> Result<Parsed, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((&name, rest)) = words.split_first() else {
        return Err("an empty entry; write a layer there, such as linear 256, or remove the comma".into());
    };
    if let Some(kind) = LAYERS.iter().find(|k| k.name == name) {
        return (kind.parse)(rest, image).map(Parsed::Layer).map_err(|e| format!("{e}; write: {}", kind.usage));
    }
    let activations = ACTIVATIONS.iter().skip(1);
    if let Some(kind) = activations.clone().find(|k| k.name == name) {
        let alpha = match (kind.alpha, rest) {
            (Some(default), []) => default,
            (None, []) => 0.0,
            (Some(_), [alpha]) => match alpha.parse::<f32>() {
                // Zero or less would make the sign of y no longer that of x, from which the slope is read.
                Ok(alpha) if alpha > 0.0 && alpha.is_finite() => alpha,
                _ => return Err(format!("'{alpha}' is not a positive slope")),
            },
            _ => return Err(format!("'{}' is more than '{name}' takes", rest.join(" "))),
        };
        return Ok(Parsed::Activation(Activation { kind, alpha }));
    }
    let known: Vec<&str> = LAYERS.iter().map(|k| k.usage).chain(activations.map(|k| k.name)).collect();
    Err(format!("no layer is called '{name}'; there are: {}", known.join(", ")))
}

/// The layer that an activation is when it cannot be fused.
pub fn standalone(activation: Activation) -> Box<dyn Layer> {
    Box::new(activation::ActivationLayer(activation))
}

/// Every kernel of the layers with every snippet it can be composed with.
pub fn kernels() -> Vec<(&'static Kernel, Vec<&'static Snippet>)> {
    let with_activation = [
        &linear::FORWARD,
        &linear::BACKWARD_INPUT,
        &linear::TANGENT,
        &activation::FORWARD,
        &activation::SLOPE_PRODUCT,
        &dropout::BACKWARD,
        &batch_norm::FORWARD,
        &batch_norm::INFERENCE,
        &batch_norm::BACKWARD_INPUT,
    ];
    let alone = [
        &linear::BACKWARD_PARAMS,
        &linear::BACKWARD_PARAMS_R1,
        &dropout::FORWARD,
        &batch_norm::BACKWARD_PARAMS,
        &maxout::FORWARD,
        &maxout::BACKWARD,
        &maxout::TANGENT,
    ];
    let mut all: Vec<_> = alone.into_iter().map(|kernel| (kernel, Vec::new())).collect();
    for kernel in with_activation {
        all.extend(ACTIVATIONS.iter().map(|a| (kernel, vec![&a.snippet])));
    }
    all
}
