//! Memorisation: how near samples lie to training images, against how near images lie that were not trained on.

use super::{Distances, EvalError, Nearest, Points};

/// Distances to the nearest training image.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// Median over the samples.
    pub samples: f64,
    /// Median over the held-out images, or, where there are none, over training images to the nearest other one.
    pub real: f64,
    /// Held-out images, among the first [`MOST_REAL`], that are training images too, to the last bit.
    pub in_training: usize,
    /// Samples that are training images to the last bit.
    pub copies: usize,
}

impl Neighbours {
    /// 1 where samples lie as near to training images as real images do; well below 1 they are copies.
    pub fn ratio(&self) -> f64 {
        self.samples / self.real
    }
}

/// The most real images that are asked for their nearest: the first ones, of which the median is as good as that of all.
pub const MOST_REAL: usize = 2000;

/// Measures `samples` and the first of `held_out` against all of `train`.
///
/// # Errors
/// [`EvalError::Engine`].
pub fn neighbours(distances: &mut Distances, samples: Points, train: Points, held_out: Option<Points>) -> Result<Neighbours, EvalError> {
    let near = distances.nearest(samples, train, false)?;
    let real = match held_out {
        Some(held_out) => distances.nearest(held_out.first(MOST_REAL), train, false)?,
        // The first ones are queries of the whole set, in which each of them is left out.
        None => distances.nearest(train.first(MOST_REAL), train, true)?,
    };
    let equal = |found: &[Nearest]| found.iter().filter(|nearest| nearest.distance == 0.0).count();
    let in_training = if held_out.is_some() { equal(&real) } else { 0 };
    Ok(Neighbours { samples: median(&near), real: median(&real), in_training, copies: equal(&near) })
}

/// The median distance.
pub fn median(found: &[Nearest]) -> f64 {
    let mut distances: Vec<f64> = found.iter().map(|nearest| nearest.distance).collect();
    distances.sort_by(f64::total_cmp);
    let n = distances.len();
    match n {
        0 => f64::NAN,
        _ => (distances[(n - 1) / 2] + distances[n / 2]) / 2.0,
    }
}
