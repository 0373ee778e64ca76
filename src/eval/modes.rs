//! Mode coverage for mixtures of Gaussians, by the protocol of PacGAN (Lin et al. 2018; Srivastava et al. 2017 before them).

use super::Points;
use crate::data::Point;
use serde::Serialize;

/// Samples of the protocol.
pub const SAMPLES: usize = 2500;

/// Standard deviations around a mode's centre within which a sample is of high quality: 98.9 % of a perfect sampler's in the plane.
pub const REACH: f64 = 3.0;

/// A published row: means over ten runs with their standard errors.
pub struct Published {
    /// Name of the data.
    pub data: &'static str,
    /// What was trained.
    pub model: &'static str,
    /// Modes.
    pub modes: [f64; 2],
    /// Share of samples of high quality.
    pub high_quality: [f64; 2],
    /// Reverse KL divergence.
    pub reverse_kl: [f64; 2],
}

const fn row(data: &'static str, model: &'static str, modes: [f64; 2], high_quality: [f64; 2], reverse_kl: [f64; 2]) -> Published {
    Published { data, model, modes, high_quality, reverse_kl }
}

/// Lin et al. 2018 (PacGAN), table 1: 400,000 steps, ten runs.
pub const PUBLISHED: [Published; 10] = [
    row("ring-8", "GAN", [6.3, 0.5], [0.982, 0.002], [0.45, 0.09]),
    row("ring-8", "ALI", [6.6, 0.3], [0.976, 0.004], [0.36, 0.04]),
    row("ring-8", "PacGAN2", [7.9, 0.1], [0.956, 0.020], [0.07, 0.03]),
    row("ring-8", "PacGAN3", [7.8, 0.1], [0.977, 0.003], [0.10, 0.02]),
    row("ring-8", "PacGAN4", [7.8, 0.1], [0.959, 0.014], [0.07, 0.02]),
    row("grid-25", "GAN", [17.3, 0.8], [0.948, 0.007], [0.70, 0.07]),
    row("grid-25", "ALI", [24.1, 0.4], [0.957, 0.006], [0.14, 0.03]),
    row("grid-25", "PacGAN2", [23.8, 0.7], [0.913, 0.008], [0.13, 0.04]),
    row("grid-25", "PacGAN3", [24.6, 0.4], [0.942, 0.004], [0.06, 0.02]),
    row("grid-25", "PacGAN4", [24.8, 0.2], [0.936, 0.006], [0.04, 0.01]),
];

/// Which modes samples reach, and how well.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Modes {
    /// Modes with at least one sample of high quality.
    pub modes: usize,
    /// Modes there are.
    pub of: usize,
    /// Share of samples of high quality: within [`REACH`] standard deviations of the nearest mode.
    pub high_quality: f64,
    /// KL divergence in nats of the samples of high quality, counted by mode, from the uniform distribution over all modes; 0 is perfect,
    /// log of the number of modes is one mode alone. `None` where no sample is of high quality.
    pub reverse_kl: Option<f64>,
}

/// Counts `points` by the nearest of `centres`, around each of which the data are normal with standard deviation `sigma` in all
/// directions. Points of one value lie on the first axis.
///
/// Compare numbers within one protocol only: papers differ in the radius and in the number of samples.
pub fn modes(points: Points, centres: &[Point], sigma: f64) -> Modes {
    let mut counts = vec![0u32; centres.len()];
    for point in points.read(0..points.count).chunks_exact(points.width) {
        let distance = |centre: &Point| point.iter().zip(centre).map(|(x, c)| (f64::from(*x) - c).powi(2)).sum::<f64>().sqrt();
        let nearest = centres.iter().map(distance).enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((mode, _)) = nearest.filter(|(_, distance)| *distance < REACH * sigma) {
            counts[mode] += 1;
        }
    }
    let good: u32 = counts.iter().sum();
    let share = |count: u32| f64::from(count) / f64::from(good);
    let term = |count: &u32| share(*count) * (share(*count) * counts.len() as f64).ln();
    let reverse_kl = (good > 0).then(|| counts.iter().filter(|count| **count > 0).map(term).sum::<f64>());
    Modes {
        modes: counts.iter().filter(|count| **count > 0).count(),
        of: centres.len(),
        high_quality: f64::from(good) / (points.count.max(1)) as f64,
        reverse_kl,
    }
}
