//! R1 and R2 (Mescheder et al. 2018, equation 9; Roth et al. 2017).

use crate::graph::Var;

/// gamma / 2 mean |grad D|^2 over the rows of `gradient` `[rows, pixels]`: on real images R1, on generated ones R2.
pub fn zero_centred(gradient: Var, gamma: f32) -> Var {
    0.5 * gamma * gradient.row_squares().mean()
}
