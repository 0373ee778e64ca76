//! LSGAN (Mao et al. 2017), equation 9: targets 1 for real and 0 for generated images, 1 for G.

use crate::graph::Var;

pub(super) fn d<'g>(real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    0.5 * (real - 1.0).square().mean() + 0.5 * fake.square().mean()
}

pub(super) fn g<'g>(_real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    0.5 * (fake - 1.0).square().mean()
}
