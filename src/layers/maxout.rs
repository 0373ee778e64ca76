//! Maxout (Goodfellow et al. 2013, "Maxout Networks"): a linear layer h `[rows, units * pieces]`, of which each unit passes its largest
//! piece on. Where several are equal, the lowest wins and alone gets the gradient (PyTorch's `amax` would share it among them).

use super::{Extent, Layer, ParameterSpec, Scope, linear};
use crate::graph::Var;

/// `maxout UNITS x PIECES`
#[derive(Debug)]
struct Maxout {
    units: usize,
    pieces: usize,
}

impl Layer for Maxout {
    fn describe(&self) -> String {
        format!("maxout {} x {}", self.units, self.pieces)
    }

    fn output(&self, _input: Extent) -> Result<Extent, String> {
        Ok(Extent::values(self.units))
    }

    fn parameters(&self, input: Extent) -> Vec<ParameterSpec> {
        linear::parameters(self.units * self.pieces, input.len())
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let (pass, index) = scope.place;
        linear::apply(scope, x).named(&format!("{pass}/h.{index}")).max_of(self.pieces)
    }
}

pub(super) fn parse(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
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
        Some(1..=1_000_000) => Ok(Box::new(Maxout { units, pieces })),
        _ => Err("more than 1,000,000 pieces in all".into()),
    }
}
