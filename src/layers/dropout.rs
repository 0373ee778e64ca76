//! Dropout (Srivastava et al. 2014): y = x * mask while training, y = x when sampling. The mask is drawn before the pass and saved for
//! the way back.

use super::{Extent, Layer, Pass, Scope};
use crate::graph::Var;

/// `dropout P`: drops with probability P, keeps with 1 - P.
#[derive(Debug)]
struct Dropout {
    /// Probability to keep an input, in (0, 1].
    keep: f32,
}

impl Layer for Dropout {
    fn describe(&self) -> String {
        format!("dropout {}", 1.0 - self.keep)
    }

    fn drops_inputs(&self) -> bool {
        true
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        match scope.pass {
            Pass::Sampling => x,
            Pass::Training { .. } => x * scope.mask(self.keep, x.shape()),
        }
    }
}

pub(super) fn parse(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    let [p] = words else { return Err("expected one probability".into()) };
    match p.parse::<f32>() {
        Ok(p) if (0.0..1.0).contains(&p) => Ok(Box::new(Dropout { keep: 1.0 - p })),
        _ => Err(format!("'{p}' is not a probability from 0 up to, not including, 1")),
    }
}
