//! Mode coverage for mixtures of Gaussians, by the protocol of PacGAN (Lin et al. 2018; Srivastava et al. 2017 before them).

use serde::Serialize;

/// Samples of the protocol.
pub const SAMPLES: usize = 2500;

/// Standard deviations around a mode's centre within which a sample is of high quality: 98.9 % of a perfect sampler's in the plane.
pub const REACH: f64 = 3.0;

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

/// Counts `points` `[n, 2]` by the nearest of `centres`, around each of which the data are normal with standard deviation `sigma`.
///
/// Compare numbers within one protocol only: papers differ in the radius and in the number of samples.
pub fn modes(points: &[f32], centres: &[[f64; 2]], sigma: f64) -> Modes {
    let mut counts = vec![0u32; centres.len()];
    let total = points.len() / 2;
    for point in points.chunks_exact(2) {
        let distance = |centre: &[f64; 2]| (f64::from(point[0]) - centre[0]).hypot(f64::from(point[1]) - centre[1]);
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
        high_quality: f64::from(good) / (total.max(1)) as f64,
        reverse_kl,
    }
}
