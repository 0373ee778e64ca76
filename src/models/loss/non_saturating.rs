//! Goodfellow et al. 2014, section 3, on logits a: log D = -softplus(-a), log(1 - D) = -softplus(a).

use crate::graph::Var;

pub(super) fn d<'g>(real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    (-real).softplus().mean() + fake.softplus().mean()
}

pub(super) fn g<'g>(_real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    (-fake).softplus().mean()
}
