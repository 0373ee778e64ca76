//! Scores of a generator: what its samples are worth against images that it was not trained on.
//!
//! One file per score. Distances between all pairs of points, the bulk of the work, are computed on the run's device, block by block
//! ([`Distances`]). Pixels are in [0, 1] throughout, whatever the generator's range; points of known distributions are as they are.

pub mod classifier;
mod distances;
pub mod diversity;
mod exact;
pub mod features;
pub mod frechet;
pub mod kid;
pub mod manifold;
pub mod modes;
pub mod neighbours;
pub mod parzen;
mod points;
mod pyramid;
mod report;
pub mod swd;

pub use classifier::{Classifier, Labels, Skill};
pub use distances::{Distances, Nearest};
pub use diversity::Diversity;
pub use features::InSpace;
pub use frechet::Principal;
pub use manifold::Manifold;
pub use modes::Modes;
pub use neighbours::Neighbours;
pub use parzen::Parzen;
pub use points::{Points, check_finite, to_unit};
pub use report::{Counts, Held, LEAST_HALF, LEAST_SAMPLES, Pictures, Report, SCORES, Score, measure, measure_points};
pub use swd::Swd;

use crate::{engine::EngineError, models::ModelError, plan::PlanError};

/// Why a score cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The points are too many or too wide for the plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The classifier does not come out.
    #[error("the classifier of the data's labels: {0}")]
    Model(#[from] ModelError),
    /// Too few samples to say anything.
    #[error(
        "{found} samples are too few for the protocol, which takes {protocol}; give at least {least} (-n, or a larger file of samples)"
    )]
    TooFew {
        /// Samples.
        found: usize,
        /// As published.
        protocol: usize,
        /// Fewer are refused.
        least: usize,
    },
    /// Samples of a covariance beyond double precision.
    #[error("the covariance of these values has no eigenvalues in double precision: they are too large for a Fréchet distance")]
    NoEigenvalues,
    /// A sample is no number.
    #[error("sample {index} has a value that is no finite number; the generator has diverged, or the file is damaged")]
    NonFinite {
        /// The first such sample, counted from 0.
        index: usize,
    },
    /// Values that do not fit the range.
    #[error("the samples have values from {low} to {high}, but {expected_low} to {expected_high} was expected; give their range")]
    Range {
        /// Least value.
        low: f32,
        /// Largest value.
        high: f32,
        /// Least value of the range.
        expected_low: f32,
        /// Largest value of the range.
        expected_high: f32,
    },
    /// PCA takes memory and time that grow with the square and cube of the values per image.
    #[error(
        "the principal components of images with {values} values are too many to compute, at most {most}; evaluate at a smaller `size`"
    )]
    TooWide {
        /// Values per image.
        values: usize,
        /// The most.
        most: usize,
    },
}
