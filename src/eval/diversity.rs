//! Collapse: how far samples lie from one another, against real images.

use super::{Distances, EvalError, Nearest, Points};

/// The most points of either set that are compared: all their pairs tell no more.
pub const MOST: usize = 2000;

/// How many of a hundred real images have a nearer neighbour than [`Diversity::near`].
const NEAR_PERCENT: usize = 1;

/// Distances among samples and among real images.
#[derive(Clone, Debug)]
pub struct Diversity {
    /// Mean distance between two samples over that between two real images: 1 where they vary as much; 0 where all are one image.
    pub ratio: f64,
    /// Share of samples that lie nearer to another sample than [`Diversity::near`]: 0.01 for the data, by definition.
    pub duplicates: f64,
    /// The distance below which two images count as nearly the same: only 1 in 100 real images has another one so near.
    pub near: f64,
    /// Points of each set that were compared, the first ones.
    pub compared: usize,
}

/// Compares the first of `samples` with as many of `real`, at most [`MOST`].
///
/// # Errors
/// [`EvalError::Engine`].
pub fn diversity(distances: &mut Distances, samples: Points, real: Points) -> Result<Diversity, EvalError> {
    // As many of both: in a larger set, neighbours are nearer.
    let compared = MOST.min(samples.count).min(real.count);
    let (samples, real) = (samples.first(compared), real.first(compared));
    let ratio = distances.mean_distance(samples)? / distances.mean_distance(real)?;
    let mut others = distances.nearest(real, real, true)?;
    others.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    let near = others.get(compared * NEAR_PERCENT / 100).map_or(0.0, |nearest: &Nearest| nearest.distance);
    let close = distances.nearest(samples, samples, true)?.iter().filter(|nearest| nearest.distance < near).count();
    Ok(Diversity { ratio, duplicates: close as f64 / compared as f64, near, compared })
}
