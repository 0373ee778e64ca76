//! WGAN (Arjovsky et al. 2017): the critic's means, of which the difference estimates the Wasserstein-1 distance as long as the critic is
//! held to slopes of 1, by a gradient penalty or by clipping its weights.

use crate::graph::Var;

pub(super) fn d<'g>(real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    fake.mean() - real.mean()
}

pub(super) fn g<'g>(_real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    -fake.mean()
}
