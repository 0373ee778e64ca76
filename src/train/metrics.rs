//! Metrics: means over the last steps, read from the statistics ring.

use crate::{models::RING_ROWS, ops::statistics::PER_UPDATE};
use serde::{Deserialize, Serialize};

/// A line of `metrics.jsonl`. All but step, epoch and times are means over the last `metrics_every` steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Steps done: updates of G.
    pub step: u32,
    /// Passes over the data that D has made.
    pub epoch: f64,
    /// Seconds that the device has trained, earlier parts of a resumed run included.
    pub seconds: f64,
    /// Loss of D, summed over real and generated images (2 ln 2 = 1.386 where D cannot tell them apart) and times
    /// `loss_d_scale`, with the penalty.
    pub loss_d: f32,
    /// Loss of G.
    pub loss_g: f32,
    /// Mean D(x) over real images.
    pub d_real: f32,
    /// Mean D(G(z)) over generated images, as D saw them before its update.
    pub d_fake: f32,
    /// Share of images that D judges right.
    pub accuracy: f32,
    /// Norm of D's gradient.
    pub grad_norm_d: f32,
    /// Norm of G's gradient.
    pub grad_norm_g: f32,
    /// Norm of D's weights.
    pub weight_norm_d: f32,
    /// Norm of G's weights.
    pub weight_norm_g: f32,
    /// The collapse meter: mean distance between generated images over that between real ones, at this step; see
    /// [`super::diversity`]. Missing where it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f32>,
    /// Steps per second since the last line.
    pub steps_per_second: f64,
}

const COLUMNS: usize = 2 * PER_UPDATE;

/// Columns of the ring and what they hold; D's block, then G's.
const NAMES: [&str; COLUMNS] = [
    "loss of D",
    "mean D(x)",
    "mean D(G(z))",
    "accuracy of D",
    "norm of D's gradient",
    "norm of D's weights",
    "loss of G",
    "mean D(G(z)) for G",
    "",
    "",
    "norm of G's gradient",
    "norm of G's weights",
];

/// The statistics ring as read back.
pub struct Ring<'a>(pub &'a [f32]);

impl Ring<'_> {
    fn row(&self, step: u32) -> &[f32] {
        let row = step as usize % RING_ROWS;
        &self.0[row * COLUMNS..(row + 1) * COLUMNS]
    }

    /// The first step of `first..last`, counted from 0, with a value that is not finite, and which one.
    pub fn first_bad(&self, first: u32, last: u32) -> Option<(u32, &'static str)> {
        (first..last).find_map(|step| self.row(step).iter().position(|v| !v.is_finite()).map(|column| (step, NAMES[column])))
    }

    /// Means over the `count` steps before `step`; times, epoch and diversity are left to the caller.
    pub fn metrics(&self, step: u32, count: u32) -> Metrics {
        let count = count.min(step).max(1);
        let mut means = [0.0f64; COLUMNS];
        for s in step - count.min(step)..step {
            for (mean, value) in means.iter_mut().zip(self.row(s)) {
                *mean += f64::from(*value) / f64::from(count);
            }
        }
        let [loss_d, d_real, d_fake, accuracy, grad_norm_d, weight_norm_d, loss_g, _, _, _, grad_norm_g, weight_norm_g] =
            means.map(|mean| mean as f32);
        Metrics {
            step,
            epoch: 0.0,
            seconds: 0.0,
            loss_d,
            loss_g,
            d_real,
            d_fake,
            accuracy,
            grad_norm_d,
            grad_norm_g,
            weight_norm_d,
            weight_norm_g,
            diversity: None,
            steps_per_second: 0.0,
        }
    }
}
