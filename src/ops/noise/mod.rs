//! Latents z: distributions, and the kernel that draws them on the device.

pub mod cases;
pub mod twin;

use crate::{
    ops::State,
    plan::{
        Grid, Kernel, Plan, PlanError, Snippet, Tensor,
        snippets::{ELEMENT, RNG},
    },
    random::{random_bits, uniform01},
};
use num_traits::Float;

/// Latents from the standard normal distribution.
static NORMAL: Snippet = Snippet { name: "latent_normal", source: include_str!("../../../shaders/noise/latent_normal.wgsl"), needs: &[] };

/// Latents from the uniform distribution of variance 1.
static UNIFORM: Snippet =
    Snippet { name: "latent_uniform", source: include_str!("../../../shaders/noise/latent_uniform.wgsl"), needs: &[] };

/// Uniform on (0, 1).
static UNIT: Snippet = Snippet { name: "unit", source: include_str!("../../../shaders/noise/unit.wgsl"), needs: &[] };

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
            Self::Normal => &NORMAL,
            Self::Uniform => &UNIFORM,
        }
    }

    /// Name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Uniform => "uniform",
        }
    }

    /// The latent of the random bits `bits(i)` for every i of z: the host's copy of the WGSL. Inlined, so that a caller that may use
    /// vector instructions has them here.
    #[inline(always)]
    pub fn latents<T: Float>(self, bits: impl Fn(usize) -> u32, z: &mut [T]) {
        for (i, z) in z.iter_mut().enumerate() {
            *z = real::<T>(2.0) * real(uniform01(bits(i))) - T::one();
        }
        match self {
            Self::Normal => z.chunks_mut(BLOCK).for_each(normal_quantiles),
            Self::Uniform => z.iter_mut().for_each(|z| *z = *z * real::<T>(3.0).sqrt()),
        }
    }

    /// `rows` latents of `latent` values each, drawn on the host as step `step` of `stream`.
    pub fn draw(self, seed: u32, step: u32, stream: u32, rows: usize, latent: usize) -> Vec<f32> {
        let mut z = vec![0.0; rows * latent];
        self.latents(|i| random_bits(seed, step, stream, i as u32), &mut z);
        z
    }
}

/// Latents whose logarithms are taken together.
const BLOCK: usize = 256;

#[inline(always)]
fn real<T: Float>(value: f32) -> T {
    // Every float type represents an f32.
    T::from(value).unwrap_or_else(T::nan)
}

/// sqrt 2 * erfinv(u) in place of up to [`BLOCK`] u: Giles 2010, as in `shaders/noise/latent_normal.wgsl`. In loops of their own, for
/// logarithms alone do not compile to vector instructions.
#[inline(always)]
fn normal_quantiles<T: Float>(u: &mut [T]) {
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
    let mut w = [T::zero(); BLOCK];
    for (w, u) in w.iter_mut().zip(&*u) {
        *w = (T::one() - *u) * (T::one() + *u);
    }
    for w in &mut w[..u.len()] {
        *w = -w.ln();
    }
    for (u, w) in u.iter_mut().zip(w) {
        let (middle, tail) = (horner(MIDDLE, w - real(2.5)), horner(TAIL, w.sqrt() - real(3.0)));
        *u = real::<T>(2.0).sqrt() * (if w < real(5.0) { middle } else { tail }) * *u;
    }
}

/// The polynomial with these coefficients, the highest power's first.
#[inline(always)]
fn horner<T: Float>(coefficients: [f32; 9], w: T) -> T {
    coefficients.into_iter().fold(T::zero(), |p, c| real::<T>(c) + p * w)
}

/// What is drawn: latents, or numbers for other purposes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Distribution {
    /// Latents.
    Latent(LatentDistribution),
    /// Uniform on (0, 1): shares of a mixture.
    Unit,
}

impl Distribution {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Latent(LatentDistribution::Normal), Self::Latent(LatentDistribution::Uniform), Self::Unit];

    /// The WGSL that maps random bits to one number.
    pub fn snippet(self) -> &'static Snippet {
        match self {
            Self::Latent(distribution) => distribution.snippet(),
            Self::Unit => &UNIT,
        }
    }

    /// The number of the random bits `bits(i)` for every i of z: the host's copy of the WGSL.
    #[inline(always)]
    pub fn draw<T: Float>(self, bits: impl Fn(usize) -> u32, z: &mut [T]) {
        match self {
            Self::Latent(distribution) => distribution.latents(bits, z),
            Self::Unit => z.iter_mut().enumerate().for_each(|(i, z)| *z = real(uniform01(bits(i)))),
        }
    }
}

impl From<LatentDistribution> for Distribution {
    fn from(distribution: LatentDistribution) -> Self {
        Self::Latent(distribution)
    }
}

/// Each distribution as a choice of snippets.
pub fn snippets() -> Vec<Vec<&'static Snippet>> {
    Distribution::ALL.map(|distribution| vec![distribution.snippet()]).into()
}

/// z for the update that a counter counts.
pub static NOISE: Kernel = Kernel { name: "noise", source: include_str!("../../../shaders/noise/noise.wgsl"), snippets: &[&ELEMENT, &RNG] };

/// Draws `z` `[rows, latent]` for the update that `state[counter]` counts.
///
/// # Errors
/// [`PlanError`].
pub fn noise(
    plan: &mut Plan,
    distribution: Distribution,
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
