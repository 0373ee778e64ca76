//! The hinge loss (Lim and Ye 2017; Miyato et al. 2018, equations 16 and 17).

use crate::graph::Var;

pub(super) fn d<'g>(real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    (1.0 - real).relu().mean() + (1.0 + fake).relu().mean()
}

pub(super) fn g<'g>(_real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    -fake.mean()
}
