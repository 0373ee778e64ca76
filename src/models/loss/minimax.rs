//! Goodfellow et al. 2014, equation 1: G minimises log(1 - D(G(z))), whose slope vanishes where D is sure.

use crate::graph::Var;

pub(super) fn g<'g>(_real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    -fake.softplus().mean()
}
