//! Relativistic pairing (Jolicoeur-Martineau 2018; R3GAN, Huang et al. 2024, equation 2): each real image against a generated one.

use crate::graph::Var;

pub(super) fn d<'g>(real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    (fake - real).softplus().mean()
}

pub(super) fn g<'g>(real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    (real - fake).softplus().mean()
}
