//! The theory of Goodfellow et al. 2014, measured: with G held fixed at a known density, D is trained through the same plan and kernels
//! as any run, and compared with what the paper proves.
//!
//! - Proposition 1: the best D is D* = p_data / (p_data + p_g).
//! - Theorem 1: V(D*, G) = 2 JSD(p_data, p_g) - log 4, which is least, -log 4, where p_g = p_data; there D* = 1/2.
//! - Section 3: while D wins, log(1 - D(G(z))) saturates; -log D(G(z)) has the same fixed point and strong gradients.
//!
//! G is the layer `linear 1` of one standard normal latent, so p_g is exactly the Gaussian whose mean is its bias and whose standard
//! deviation is its weight.

mod picture;
mod saturation;

pub use picture::picture;
pub use saturation::{Push, saturation};

use crate::{
    data::Distribution,
    engine::{Engine, EngineError, Work},
    figure,
    models::{Gan, GanSpec, Init, ModelError, Schedule, loss},
    ops::{Annealing, LatentDistribution, Optimizer, augment::Augments},
    plan::{Plan, Storage},
    random::stream,
};
use std::f64::consts::PI;

/// Where D departs further than this from D* on the support, the check fails.
pub const LARGEST_GAP: f64 = 0.03;

/// Where V(D, G) departs further than this, in nats, from the integral, the check fails.
pub const LARGEST_ERROR: f64 = 0.02;

/// The support: where p_data + p_g is at least this share of its largest value. Elsewhere D sees hardly any points.
pub const SUPPORT: f64 = 0.01;

/// Points of the data set, per batch, and updates of D.
const POINTS: usize = 1 << 20;
const BATCH: usize = 2048;
const UPDATES: u32 = 1500;

/// Updates of D between changes of its learning rate.
const STRETCH: u32 = 25;

/// Where D is looked at and densities are integrated.
const RANGE: [f64; 2] = [-6.0, 4.5];

/// How far G stands from the data, 1 for far and 0 for the same density.
const DISTANCES: [f64; 5] = [1.0, 0.6, 0.35, 0.15, 0.0];

/// Why the theory cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum TheoryError {
    /// The plan does not come out.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What is needed of this program's own tables is not there.
    #[error("the theory needs {0}, which this build does not have")]
    Missing(&'static str),
}

/// Gives an engine for a plan.
pub type Open<'a> = &'a dyn Fn(Plan) -> Result<Box<dyn Engine>, EngineError>;

/// A Gaussian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sigma: f64,
}

/// D at its optimum against one fixed G.
#[derive(Clone, Debug)]
pub struct Position {
    /// Density of what G makes.
    pub p_g: Gaussian,
    /// Evenly spaced places.
    pub x: Vec<f64>,
    /// D there, as trained.
    pub d: Vec<f64>,
    /// D* there.
    pub d_star: Vec<f64>,
    /// Both densities there.
    pub densities: [Vec<f64>; 2],
    /// The Jensen-Shannon divergence of the two, in nats, by numerical integration.
    pub jsd: f64,
    /// V(D, G) of the trained D, by numerical integration.
    pub value: f64,
    /// The largest |D - D*| on the support.
    pub gap: f64,
    /// Where that is.
    pub gap_at: f64,
}

impl Gaussian {
    /// Of G at a distance from `data`: on the way the mean moves by three units, and the width shrinks to that of the data.
    fn at(distance: f64, data: Gaussian) -> Gaussian {
        Gaussian { mean: data.mean - 3.0 * distance, sigma: data.sigma + 0.3 * distance }
    }

    /// The density at x.
    pub fn density(self, x: f64) -> f64 {
        let z = (x - self.mean) / self.sigma;
        (-0.5 * z * z).exp() / (self.sigma * (2.0 * PI).sqrt())
    }
}

impl Position {
    /// What V(D, G) is at the best D: 2 JSD - log 4.
    pub fn bound(&self) -> f64 {
        2.0 * self.jsd - 4f64.ln()
    }

    /// Whether D came as near to D*, and V to its integral, as the check asks.
    pub fn holds(&self) -> bool {
        self.gap <= LARGEST_GAP && (self.value - self.bound()).abs() <= LARGEST_ERROR
    }
}

/// The data that G stands against.
fn data() -> Result<(&'static Distribution, Gaussian), TheoryError> {
    let distribution = Distribution::named("gaussian-1d").ok_or(TheoryError::Missing("the data gaussian-1d"))?;
    let mean = distribution.centres().first().ok_or(TheoryError::Missing("the data's mean"))?[0];
    Ok((distribution, Gaussian { mean, sigma: distribution.sigma }))
}

/// Evenly spaced places, as many as a figure has.
fn places() -> Vec<f64> {
    let n = figure::across(1);
    (0..n).map(|i| RANGE[0] + (RANGE[1] - RANGE[0]) * i as f64 / (n - 1) as f64).collect()
}

/// The Jensen-Shannon divergence of densities at [`places`], by the trapezoid rule (whose ends are zero here).
fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    let term = |a: f64, m: f64| if a > 0.0 { a * (a / m).ln() } else { 0.0 };
    integral(p.iter().zip(q).map(|(p, q)| 0.5 * (term(*p, 0.5 * (p + q)) + term(*q, 0.5 * (p + q)))))
}

fn integral(values: impl Iterator<Item = f64>) -> f64 {
    values.sum::<f64>() * (RANGE[1] - RANGE[0]) / (figure::across(1) - 1) as f64
}

fn softplus(a: f64) -> f64 {
    a.max(0.0) + (-a.abs()).exp().ln_1p()
}

/// A GAN on the data whose G can be set to any Gaussian.
struct Bench {
    gan: Gan,
    engine: Box<dyn Engine>,
}

impl Bench {
    fn open(open: Open, seed: u32, loss: &str) -> Result<Bench, TheoryError> {
        let (distribution, _) = data()?;
        let list = |layers: &[&str]| layers.iter().map(|layer| (*layer).to_owned()).collect();
        let mut gan = Gan::build(&GanSpec {
            generator: list(&["linear 1"]),
            discriminator: list(&["linear 32", "tanh", "linear 32", "tanh", "linear 1"]),
            latent: 1,
            latent_distribution: LatentDistribution::Normal,
            image: 1.into(),
            images: POINTS,
            staged: None,
            batch: BATCH,
            flip: false,
            augments: Augments::NONE,
            ada: None,
            loss: loss::loss(loss).ok_or(TheoryError::Missing("both losses of the paper"))?,
            r1: 0.0,
            r2: 0.0,
            gradient_penalty: 0.0,
            weight_clip: None,
            optimizer: Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
            loss_d_scale: 1.0,
            schedule: Schedule::Alternating,
            annealing: Annealing::NONE,
            init: [Init::PyTorch; 2],
            output_bias_from_data: false,
            ema: 0.0,
            storage: Storage::F32,
            seed,
            previews: 1,
            points: Some(figure::points(distribution)),
        })?;
        let mut engine = open(std::mem::take(&mut gan.plan))?;
        engine.upload(&gan.source.data, &distribution.draw(seed, POINTS))?;
        if let Some(landscape) = &gan.landscape {
            let places: Vec<f32> = places().into_iter().map(|x| x as f32).collect();
            engine.upload(&landscape.places, &places)?;
        }
        Ok(Bench { gan, engine })
    }

    /// Sets G, and D to its start.
    fn set(&mut self, p_g: Gaussian, seed: u32) -> Result<(), TheoryError> {
        for (tensor, value) in self.gan.generator.weights.tensors().zip([p_g.sigma, p_g.mean]) {
            self.engine.upload(tensor, &[value as f32])?;
        }
        let player = &self.gan.discriminator;
        for (tensor, values) in player.initial_values(seed, stream::INIT_D) {
            self.engine.upload(tensor, &values)?;
        }
        for moments in &player.moments {
            self.engine.upload(&moments.all, &vec![0.0; moments.all.len()])?;
        }
        self.engine.upload(&player.powers, &vec![1.0; player.powers.len()])?;
        Ok(())
    }

    /// Trains D alone. G's own learning rate is 0 throughout: it stays as it was set.
    fn train_d(&mut self, updates: u32, lr: f64) -> Result<(), TheoryError> {
        self.engine.upload(&self.gan.dials, &[lr as f32, 0.0])?;
        let runs = self.gan.update_d.runs().to_vec();
        self.engine.submit(&Work { runs, times: updates, ..Work::default() })?;
        self.engine.collect(true)?;
        Ok(())
    }

    /// D's logits at [`places`].
    fn logits(&mut self) -> Result<Vec<f64>, TheoryError> {
        let Some(landscape) = &self.gan.landscape else { return Err(TheoryError::Missing("a figure's landscape")) };
        let reads = vec![landscape.logits.clone()];
        self.engine.submit(&Work { runs: vec![self.gan.run_preview, landscape.run], times: 1, reads, ..Work::default() })?;
        let done = self.engine.collect(true)?;
        Ok(done.map(|done| done.reads[0].iter().map(|a| f64::from(*a)).collect()).unwrap_or_default())
    }
}

/// Trains D to its optimum against G at every distance, from far to the data's own density. `say` is told of each as it is done.
///
/// # Errors
/// [`TheoryError`].
pub fn positions(open: Open, seed: u32, say: &mut dyn FnMut(&Position)) -> Result<Vec<Position>, TheoryError> {
    let (distribution, data) = data()?;
    let x = places();
    let p_data = distribution.densities(&x);
    let mut bench = Bench::open(open, seed, "non_saturating")?;
    let mut positions = Vec::new();
    for distance in DISTANCES {
        let p_g = Gaussian::at(distance, data);
        bench.set(p_g, seed)?;
        for first in (0..UPDATES).step_by(STRETCH as usize) {
            // Level for a fifth, then down along a cosine: the last updates average what single batches say.
            let share = (f64::from(first) / f64::from(UPDATES) - 0.2).max(0.0) / 0.8;
            bench.train_d(STRETCH, 1e-2 * (0.5 + 0.5 * (PI * share).cos()) + 1e-6)?;
        }
        let logits = bench.logits()?;
        let position = compare(p_g, &x, &p_data, &logits);
        say(&position);
        positions.push(position);
    }
    Ok(positions)
}

/// Holds a D, given by its logits, against D*.
fn compare(p_g: Gaussian, x: &[f64], p_data: &[f64], logits: &[f64]) -> Position {
    let g: Vec<f64> = x.iter().map(|x| p_g.density(*x)).collect();
    let d: Vec<f64> = logits.iter().map(|a| 1.0 / (1.0 + (-a).exp())).collect();
    let d_star: Vec<f64> = p_data.iter().zip(&g).map(|(p, g)| p / (p + g)).collect();
    // log D = -softplus(-a), log(1 - D) = -softplus(a).
    let value = integral(p_data.iter().zip(&g).zip(logits).map(|((p, g), a)| -p * softplus(-a) - g * softplus(*a)));
    let sum = |i: usize| p_data[i] + g[i];
    let highest = (0..x.len()).map(sum).fold(0.0, f64::max);
    let on_support = (0..x.len()).filter(|i| sum(*i) >= SUPPORT * highest);
    // A D that is no number departs from D* without limit.
    let departure = |i: usize| if d[i].is_finite() { (d[i] - d_star[i]).abs() } else { f64::INFINITY };
    let (gap, gap_at) = on_support.map(|i| (departure(i), x[i])).fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a });
    Position { p_g, x: x.to_vec(), d, d_star, jsd: jensen_shannon(p_data, &g), densities: [p_data.to_vec(), g], value, gap, gap_at }
}

/// The curve of 2 JSD - log 4 over the distance between the means, as G comes from far to the data: (distance, value).
fn curve() -> Result<Vec<(f64, f64)>, TheoryError> {
    let (distribution, data) = data()?;
    let x = places();
    let p_data = distribution.densities(&x);
    let point = |i: u32| {
        let p_g = Gaussian::at(f64::from(i) / 60.0, data);
        let g: Vec<f64> = x.iter().map(|x| p_g.density(*x)).collect();
        (data.mean - p_g.mean, 2.0 * jensen_shannon(&p_data, &g) - 4f64.ln())
    };
    Ok((0..=60).map(point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two Gaussians far apart have log 2 between them, equal ones nothing.
    #[test]
    fn the_divergence_has_its_limits() {
        let x = places();
        let density = |mean: f64, sigma: f64| -> Vec<f64> { x.iter().map(|x| Gaussian { mean, sigma }.density(*x)).collect() };
        assert!((jensen_shannon(&density(-4.0, 0.2), &density(3.0, 0.2)) - 2f64.ln()).abs() < 1e-9);
        assert!(jensen_shannon(&density(0.0, 0.5), &density(0.0, 0.5)).abs() < 1e-12);
    }

    /// The comparison is exact where D is D*, and fails where it is not.
    #[test]
    fn the_best_d_has_the_best_value_and_others_are_found_out() {
        let (distribution, data) = data().unwrap();
        let (x, p_g) = (places(), Gaussian::at(0.35, data));
        let p_data = distribution.densities(&x);
        let logit = |x: &f64| data.density(*x).ln() - p_g.density(*x).ln();
        let best: Vec<f64> = x.iter().map(logit).collect();
        let position = compare(p_g, &x, &p_data, &best);
        assert!(position.gap < 1e-9 && (position.value - position.bound()).abs() < 1e-9 && position.holds());
        let shifted: Vec<f64> = best.iter().map(|a| a + 0.2).collect();
        assert!(!compare(p_g, &x, &p_data, &shifted).holds());
        let broken: Vec<f64> = best.iter().map(|_| f64::NAN).collect();
        assert!(!compare(p_g, &x, &p_data, &broken).holds());
    }
}
