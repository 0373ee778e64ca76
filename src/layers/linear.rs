//! Linear layer: y = x w^T + b. Weights as PyTorch's `nn.Linear`: w `[outputs, inputs]`, b `[outputs]`.

use super::{Extent, Initial, Layer, ParameterSpec, Scope};
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

    fn output(&self, _input: Extent) -> Result<Extent, String> {
        Ok(Extent::values(self.outputs))
    }

    fn parameters(&self, input: Extent) -> Vec<ParameterSpec> {
        parameters(self.outputs, input.len())
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        apply(scope, x)
    }
}

/// Weight and bias for a number of outputs. PyTorch's default for `nn.Linear`: uniform within 1/sqrt(inputs), for both.
pub(super) fn parameters(outputs: usize, inputs: usize) -> Vec<ParameterSpec> {
    let initial = Initial::Uniform(1.0 / (inputs as f32).sqrt());
    vec![
        ParameterSpec::new("weight", vec![outputs, inputs], initial, inputs as f32),
        ParameterSpec::new("bias", vec![outputs], initial, inputs as f32),
    ]
}

/// x w^T + b.
pub(super) fn apply<'g>(scope: &Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
    scope.rows(x).product(scope.parameters[0]) + scope.parameters[1]
}

pub(super) fn parse(words: &[&str], image: Extent) -> Result<Box<dyn Layer>, String> {
    let outputs = match words {
        ["image"] => image.len(),
        [channels, size] if super::is_part(size) => {
            let Extent { height, width, .. } = super::part_of(size, image)?;
            super::list::channels(channels)?.saturating_mul(height * width)
        }
        [n] => n.parse().map_err(|_| format!("'{n}' is not a number of units"))?,
        _ => return Err("expected one number of units, or a number of channels and a size such as image/4 or start".into()),
    };
    match outputs {
        0 => Err("a layer needs at least one unit".into()),
        1..=1_000_000 => Ok(Box::new(Linear { outputs })),
        _ => Err("more than 1,000,000 units".into()),
    }
}
