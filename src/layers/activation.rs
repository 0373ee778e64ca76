//! Activations: rows of the table of pointwise functions.

use super::{Layer, Scope};
use crate::{
    graph::Var,
    ops::pointwise::{Activation, Function},
};

/// y = f(x).
#[derive(Debug)]
struct ActivationLayer(Activation);

impl Layer for ActivationLayer {
    fn describe(&self) -> String {
        self.0.text()
    }

    fn activation(&self) -> Activation {
        self.0
    }

    fn apply<'g>(&self, _scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        x.apply(self.0)
    }
}

pub(super) fn parse(kind: &'static Function, words: &[&str]) -> Result<Box<dyn Layer>, String> {
    let alpha = match (kind.alpha, words) {
        (Some(default), []) => default,
        (None, []) => 0.0,
        (Some(_), [alpha]) => match alpha.parse::<f32>() {
            // Zero or less would make the sign of y no longer that of x, from which the slope is read.
            Ok(alpha) if alpha > 0.0 && alpha.is_finite() => alpha,
            _ => return Err(format!("'{alpha}' is not a positive slope")),
        },
        _ => return Err(format!("'{}' is more than '{}' takes", words.join(" "), kind.name)),
    };
    Ok(Box::new(ActivationLayer(Activation { kind, alpha })))
}
