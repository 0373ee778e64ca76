//! Sizes for noise.

use crate::{
    ops::case::{Case, Input, case, matrices},
    plan::Grid,
};

/// Two streams.
pub fn noise() -> Vec<Case> {
    matrices(|rows, latent, first_row| {
        let params = vec![
            ("rows", rows.into()),
            ("latent", latent.into()),
            ("seed", 42u32.into()),
            ("stream", first_row.into()),
            ("counter", 1u32.into()),
        ];
        case(params, Grid::Elements(rows * latent), 0).with("state", Input::Words(vec![7, 4_000_000_000]))
    })
}
