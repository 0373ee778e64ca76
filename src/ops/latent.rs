//! Latents z: distributions, and the kernel that draws them on the device.

use super::State;
use crate::plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets};
use serde::{Deserialize, Serialize};

/// Distribution of the latents; both have mean 0 and variance 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatentDistribution {
    /// Standard normal.
    Normal,
    /// Uniform on (-√3, √3), as in the 2014 paper's code.
    Uniform,
}

impl LatentDistribution {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Normal, Self::Uniform];

    /// The WGSL that maps random bits to one latent.
    pub fn snippet(self) -> &'static Snippet {
        match self {
            Self::Normal => &snippets::LATENT_NORMAL,
            Self::Uniform => &snippets::LATENT_UNIFORM,
        }
    }
}

/// z for the update that a counter counts.
pub static NOISE: Kernel = Kernel {
    name: "noise",
    source: include_str!("../../shaders/ops/noise.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::RNG],
};

/// Draws `z` `[rows, latent]` for the update that `state[counter]` counts.
///
/// # Errors
/// [`PlanError`].
pub fn noise(
    plan: &mut Plan,
    distribution: LatentDistribution,
    state: &State,
    (seed, stream, counter): (u32, u32, u32),
    z: &Tensor,
) -> Result<(), PlanError> {
    let (rows, latent) = (z.shape[0], z.shape[1]);
    plan.dispatch(
        &NOISE,
        &[distribution.snippet()],
        &[
            ("rows", rows.into()),
            ("latent", latent.into()),
            ("seed", seed.into()),
            ("stream", stream.into()),
            ("counter", counter.into()),
        ],
        &[("state", &state.counters), ("z", z)],
        Grid::Elements(rows * latent),
    )
}
