//! Batch normalisation (Ioffe and Szegedy 2015): y = w (x - mean) / sqrt(variance + epsilon) + b per channel, as PyTorch's
//! `BatchNorm1d` and `BatchNorm2d`: all pixels of all images of a channel count alike.
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

use super::{Extent, Initial, Layer, ParameterSpec, Pass, Scope};
use crate::graph::{self, Var};

/// Added to the variance, unless a layer list says otherwise.
const EPSILON: f32 = 1e-5;

/// Share of the newest batch in the running statistics, unless a layer list says otherwise.
const MOMENTUM: f32 = 0.1;

/// `batch_norm`
#[derive(Debug)]
struct BatchNorm {
    /// Added to the variance.
    epsilon: f32,
    /// Share of the newest batch in the running statistics, above 0 and up to 1.
    momentum: f32,
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
        text
    }

    fn parameters(&self, input: Extent) -> Vec<ParameterSpec> {
        let spec = |name, value| ParameterSpec::new(name, vec![input.channels], Initial::Constant(value), 1.0);
        vec![spec("weight", 1.0), spec("bias", 0.0)]
    }

    fn state(&self, input: Extent) -> Vec<ParameterSpec> {
        let spec = |name, value| ParameterSpec::new(name, vec![input.channels], Initial::Constant(value), 1.0);
        vec![spec("running_mean", 0.0), spec("running_var", 1.0)]
    }

    fn mixes_rows(&self) -> bool {
        true
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let x = scope.pixels(x);
        let norm = |momentum, groups| graph::BatchNorm { epsilon: self.epsilon, momentum, groups };
        let parameters = [scope.parameters[0], scope.parameters[1]];
        let running = [scope.state[0], scope.state[1]];
        match scope.pass {
            Pass::Sampling => x.batch_norm_inference(norm(0.0, 1), parameters, running),
            Pass::Training { groups, own } => x.batch_norm(norm(if own { self.momentum } else { 0.0 }, groups), parameters, running),
        }
    }
}

pub(super) fn parse(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    if words.len() > 2 {
        return Err("expected at most two numbers".into());
    }
    let mut layer = BatchNorm { epsilon: EPSILON, momentum: MOMENTUM };
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
