//! Linear layer: y = x w^T + b. Weights as PyTorch's `nn.Linear`: w `[outputs, inputs]`, b `[outputs]`.

use super::{Initial, Layer, ParameterSpec, Scope};
use crate::graph::Var;

/// `linear N`
#[derive(Debug)]
struct Linear {
    outputs: usize,
}

impl Layer for Linear {
    fn describe(&self) -> String {
        format!("linear {}", self.outputs)
    }

    fn outputs(&self, _inputs: usize) -> usize {
        self.outputs
    }

    fn parameters(&self, inputs: usize) -> Vec<ParameterSpec> {
        parameters(self.outputs, inputs)
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        apply(scope, x)
    }
}

/// Weight and bias for a number of outputs. PyTorch's default for `nn.Linear`: uniform within 1/sqrt(inputs), for both.
pub(super) fn parameters(outputs: usize, inputs: usize) -> Vec<ParameterSpec> {
    let initial = Initial::Uniform(1.0 / (inputs as f32).sqrt());
    vec![
        ParameterSpec { name: "weight", shape: vec![outputs, inputs], initial },
        ParameterSpec { name: "bias", shape: vec![outputs], initial },
    ]
}

/// x w^T + b.
pub(super) fn apply<'g>(scope: &Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
    x.product(scope.parameters[0]) + scope.parameters[1]
}

pub(super) fn parse(words: &[&str], image: usize) -> Result<Box<dyn Layer>, String> {
    let outputs = match words {
        ["image"] => image,
        [n] => n.parse().map_err(|_| format!("'{n}' is not a number of units"))?,
        _ => return Err("expected one number of units".into()),
    };
    match outputs {
        0 => Err("a layer needs at least one unit".into()),
        1..=1_000_000 => Ok(Box::new(Linear { outputs })),
        _ => Err("more than 1,000,000 units".into()),
    }
}
