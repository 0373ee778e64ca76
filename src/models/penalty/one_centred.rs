//! WGAN-GP (Gulrajani et al. 2017, algorithm 1).

use crate::graph::Var;

/// Points between real and generated images, `share` `[rows, 1]` of the way from the generated to the real ones.
pub fn between<'g>(real: Var<'g>, fake: Var<'g>, share: Var<'g>) -> Var<'g> {
    fake + share * (real - fake)
}

/// lambda mean (|grad D| - 1)^2 over the rows of `gradient` `[rows, pixels]`.
pub fn one_centred(gradient: Var, lambda: f32) -> Var {
    lambda * (gradient.row_squares().sqrt() - 1.0).square().mean()
}
