//! Spectral normalisation (Miyato et al. 2018, algorithm 1): a layer whose weight, as a matrix with a row per output, is divided by its
//! largest singular value sigma. One power iteration per update of the net keeps up with the weight: v = n(W^T u), u = n(W v),
//! sigma = u^T W v with n(a) = a / |a|; u is state, and u and v are constants to differentiation. Every other pass does the same iteration
//! from the same u, and leaves it.
//!
//! The weight of a transposed convolution is that of the convolution that it is the adjoint of, and both have the same largest singular
//! value: so it has a row per input here, where PyTorch makes another matrix of it.

use super::{Extent, Initial, Layer, ParameterSpec, Pass, Scope};
use crate::{graph::Var, ops::pointwise::Activation};

/// `LAYER spectral_norm`
#[derive(Debug)]
struct SpectralNorm(Box<dyn Layer>);

/// a / (|a| + 1e-12) of a row.
fn unit(a: Var<'_>) -> Var<'_> {
    a * (a.row_squares().sqrt() + 1e-12).reciprocal()
}

impl Layer for SpectralNorm {
    fn describe(&self) -> String {
        format!("{} spectral_norm", self.0.describe())
    }

    fn output(&self, input: Extent) -> Result<Extent, String> {
        self.0.output(input)
    }

    fn parameters(&self, input: Extent) -> Vec<ParameterSpec> {
        self.0.parameters(input)
    }

    fn state(&self, input: Extent) -> Vec<ParameterSpec> {
        let rows = self.0.parameters(input).first().map_or(0, |weight| weight.shape[0]);
        vec![ParameterSpec::new("weight_u", vec![rows], Initial::Normal(1.0), 1.0)]
    }

    fn mixes_rows(&self) -> bool {
        self.0.mixes_rows()
    }

    fn drops_inputs(&self) -> bool {
        self.0.drops_inputs()
    }

    fn activation(&self) -> Activation {
        self.0.activation()
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let [w, rest @ ..] = scope.parameters else { return self.0.apply(scope, x) };
        let u = scope.state[0];
        let v = unit(u.by_input(*w)).detach();
        let wv = v.product(*w);
        let next = unit(wv).detach();
        let sigma = (next * wv).sum();
        if let Pass::Training { own: true, .. } = scope.pass {
            scope.masks.move_state(u, next);
        }
        let parameters = [&[*w * sigma.reciprocal()], rest].concat();
        let mut inner = Scope { parameters: &parameters, state: &[], masks: &mut *scope.masks, ..*scope };
        self.0.apply(&mut inner, x)
    }
}

/// Wraps a layer with weights.
pub(super) fn of(layer: Box<dyn Layer>) -> Result<Box<dyn Layer>, String> {
    let probe = Extent { height: 1 << 10, width: 1 << 10, channels: 1 << 10 };
    match layer.parameters(probe).first() {
        Some(weight) if weight.shape.len() > 1 => Ok(Box::new(SpectralNorm(layer))),
        _ => Err(format!(
            "'{}' has no weight to be normalised; write spectral_norm behind a linear layer or a convolution",
            layer.describe()
        )),
    }
}
