//! Latents z: distributions, and the kernel that draws them on the device.

use super::State;
use crate::{
    plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets},
    random::{random_bits, uniform01},
};
use num_traits::Float;

/// Distribution of the latents; both have mean 0 and variance 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

    /// Name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Uniform => "uniform",
        }
    }

    /// One latent from random bits: the host's copy of the WGSL.
    pub fn latent<T: Float>(self, bits: u32) -> T {
        match self {
            Self::Normal => latent_normal(bits),
            Self::Uniform => (real::<T>(2.0) * real(uniform01(bits)) - T::one()) * real::<T>(3.0).sqrt(),
        }
    }

    /// `rows` latents of `latent` values each, drawn on the host as step `step` of `stream`.
    pub fn draw(self, seed: u32, step: u32, stream: u32, rows: usize, latent: usize) -> Vec<f32> {
        (0..rows * latent).map(|i| self.latent(random_bits(seed, step, stream, i as u32))).collect()
    }
}

fn real<T: Float>(value: f32) -> T {
    // Every float type represents an f32.
    T::from(value).unwrap_or_else(T::nan)
}

/// Giles 2010, as in `shaders/common/latent_normal.wgsl`.
fn latent_normal<T: Float>(bits: u32) -> T {
    const MIDDLE: [f32; 9] = [
        2.810_226_4e-8,
        3.432_739_4e-7,
        -3.523_387_7e-6,
        -4.391_506_5e-6,
        0.000_218_580_87,
        -0.001_253_725,
        -0.004_177_681_6,
        0.246_640_73,
        1.501_409_4,
    ];
    const TAIL: [f32; 9] = [
        -0.000_200_214_26,
        0.000_100_950_56,
        0.001_349_343_2,
        -0.003_673_428_4,
        0.005_739_508,
        -0.007_622_461,
        0.009_438_870_5,
        1.001_674,
        2.832_976_8,
    ];
    let horner = |coefficients: [f32; 9], w: T| coefficients.into_iter().fold(T::zero(), |p, c| real::<T>(c) + p * w);
    let u = real::<T>(2.0) * real(uniform01(bits)) - T::one();
    let w = -((T::one() - u) * (T::one() + u)).ln();
    let p = if w < real(5.0) { horner(MIDDLE, w - real(2.5)) } else { horner(TAIL, w.sqrt() - real(3.0)) };
    real::<T>(2.0).sqrt() * p * u
}

/// z for the update that a counter counts.
pub static NOISE: Kernel =
    Kernel { name: "noise", source: include_str!("../../shaders/ops/noise.wgsl"), snippets: &[&snippets::ELEMENT, &snippets::RNG] };

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
        &[("rows", rows.into()), ("latent", latent.into()), ("seed", seed.into()), ("stream", stream.into()), ("counter", counter.into())],
        &[("state", &state.counters), ("z", z)],
        Grid::Elements(rows * latent),
    )
}
