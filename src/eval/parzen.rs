//! Parzen-window log-likelihood, by the protocol of Goodfellow et al. 2014 (section 5; the code that they published with it).
//!
//! A Gaussian of width sigma around each sample makes the samples a density, under which the test images have a likelihood:
//! LL(x) = log mean_j exp(-|x - s_j|^2 / (2 sigma^2)) - d log(sigma sqrt(2 pi)), in nats.

use super::{Distances, EvalError, Points, distances::WINDOWS};
use std::f64::consts::TAU;

/// Samples of the protocol.
pub const SAMPLES: usize = 10_000;

/// Validation images by which sigma is chosen: the first ones.
pub const CHOSEN_BY: usize = 1000;

/// Test images of the published numbers.
pub const TEST: usize = 10_000;

/// What the samples are worth.
#[derive(Clone, Debug)]
pub struct Parzen {
    /// Mean log-likelihood of the test images, in nats.
    pub log_likelihood: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Width of the windows, the best of [`sigmas`] on validation images.
    pub sigma: f64,
    /// Whether that is the first or last of them, so that a better one may lie outside.
    pub at_edge: bool,
    /// Validation images that it was chosen by.
    pub valid: usize,
}

/// Published log-likelihoods of MNIST (50,000 images to train on, 10,000 samples and test images) with their standard errors:
/// Goodfellow et al. 2014, table 1.
pub const PUBLISHED: [(&str, f64, f64); 4] = [
    ("deep belief net", 138.0, 2.0),
    ("stacked contractive autoencoder", 121.0, 1.6),
    ("deep GSN", 214.0, 1.1),
    ("adversarial nets", 225.0, 2.0),
];

/// Widths to choose from: ten from 0.1 to 1, evenly spaced in their logarithm.
pub fn sigmas() -> [f64; WINDOWS] {
    std::array::from_fn(|i| 10f64.powf(-1.0 + i as f64 / (WINDOWS - 1) as f64))
}

/// Chooses sigma by `valid`, then measures on `test`. All pixels in [0, 1].
///
/// # Errors
/// [`EvalError::Engine`].
pub fn parzen(distances: &mut Distances, samples: Points, valid: Points, test: Points) -> Result<Parzen, EvalError> {
    let grid = sigmas();
    let valid = valid.first(CHOSEN_BY);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let volume = |sigma: f64| valid.width as f64 * (sigma * TAU.sqrt()).ln();
    let scores: Vec<f64> =
        distances.log_windows(valid, samples, &grid)?.iter().zip(grid).map(|(values, sigma)| mean(values) - volume(sigma)).collect();
    // The first of the best.
    let best = (0..grid.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
    let sigma = grid[best];
    let values: Vec<f64> = distances.log_windows(test, samples, &[sigma])?.remove(0);
    let log_likelihood = mean(&values) - volume(sigma);
    let centre = mean(&values);
    let variance = values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / values.len() as f64;
    let standard_error = (variance / values.len() as f64).sqrt();
    Ok(Parzen { log_likelihood, standard_error, sigma, at_edge: best == 0 || best == grid.len() - 1, valid: valid.count })
}
