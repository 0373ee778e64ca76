//! Scores in a space of features that has a name. Features are centred on the real ones and divided by the root of their mean variance, so
//! that scores of one space compare with those of another; which of them vary more stays as it is.

use super::{
    Distances, EvalError, Points,
    frechet::{Gaussian, frechet},
    kid::{Kid, kid},
    manifold::{self, Manifold, Overlap},
};
use crate::engine::devices;
use sha2::{Digest, Sha256};

/// Points of each set below which a covariance of so many features is little more than noise: this often as many.
const PER_FEATURE: usize = 10;

/// Scores of one set of features against real ones.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scores {
    /// Fréchet distance over the variance of the real features.
    pub frechet: f64,
    /// Kernel distance.
    pub kid: Kid,
    /// Precision, recall, density and coverage.
    pub overlap: Overlap,
}

/// Scores in one space.
#[derive(Clone, PartialEq, Debug)]
pub struct InSpace {
    /// What the features are, how many, and a hash of what computes them: equal for the same features, to the bit.
    pub name: String,
    /// Features per point.
    pub features: usize,
    /// Points of each set.
    pub points: usize,
    /// Of the samples.
    pub samples: Scores,
    /// Of other real points, as many: the floor.
    pub real: Scores,
}

/// A name for `features` features of a kind, with 8 hexadecimal digits that depend on the parameters that they are computed with.
pub fn name(kind: &str, features: usize, parameters: impl IntoIterator<Item = f64>) -> String {
    let mut hash = Sha256::new();
    parameters.into_iter().for_each(|value| hash.update(value.to_le_bytes()));
    let digits: String = hash.finalize()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}-{features}-{digits}")
}

/// Compares features `[points, width]` of real points with those of other real points, and of samples: as many of each. `None` where the
/// first do not differ, or are no numbers.
///
/// # Errors
/// [`EvalError`].
pub fn compare(
    device: &devices::Choice,
    name: String,
    width: usize,
    [reference, real, samples]: [Vec<f32>; 3],
    seed: u32,
) -> Result<Option<InSpace>, EvalError> {
    let Gaussian { mean, covariance } = Gaussian::of(Points::reals(&reference, width));
    let variance = covariance.diagonal().column_vector().iter().sum::<f64>() / width as f64;
    if variance.is_nan() || variance <= 0.0 {
        return Ok(None);
    }
    let scale = variance.sqrt().recip();
    let [reference, real, samples] = [reference, real, samples].map(|mut features| {
        for row in features.chunks_exact_mut(width) {
            row.iter_mut().zip(&mean).for_each(|(value, mean)| *value = ((f64::from(*value) - mean) * scale) as f32);
        }
        features
    });
    let reference = Points::reals(&reference, width);
    let mut distances = Distances::open(device, width, reference.count)?;
    let ks = [manifold::PRECISION_K, manifold::DENSITY_K];
    let (gaussian, balls) = (Gaussian::of(reference), Manifold::of(&mut distances, reference, ks)?);
    let mut scores = |features: &[f32]| -> Result<Scores, EvalError> {
        let points = Points::reals(features, width);
        let around = Manifold::of(&mut distances, points, ks)?;
        Ok(Scores {
            frechet: frechet(&gaussian, &Gaussian::of(points))? / width as f64,
            kid: kid(reference, points, seed),
            overlap: balls.overlap(&mut distances, &around)?,
        })
    };
    Ok(Some(InSpace { name, features: width, points: reference.count, samples: scores(&samples)?, real: scores(&real)? }))
}

impl InSpace {
    /// Whether there are too few points for the Fréchet distance to say much.
    pub fn few(&self) -> bool {
        self.points < PER_FEATURE * self.features
    }
}
