//! Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020): how far two sets of features overlap, where
//! each set is taken for the balls around its points that reach up to their k-th neighbour in it.

use super::{Distances, EvalError, Points};
use rayon::prelude::*;

/// Neighbours for precision and recall.
pub const PRECISION_K: usize = 3;

/// Neighbours for density and coverage.
pub const DENSITY_K: usize = 5;

/// Points whose neighbours are sought by a task of their own.
const TASK: usize = 64;

/// How far two sets overlap.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Overlap {
    /// Share of the samples that lie in a ball of real points: their quality.
    pub precision: f64,
    /// Share of the real points that lie in a ball of samples: their variety.
    pub recall: f64,
    /// Balls of real points that a sample lies in, mean over samples, over their k: 1 on average where both are of one distribution;
    /// more where samples crowd where real points do.
    pub density: f64,
    /// Share of the balls of real points that hold a sample: 1 - 2^-k is expected where as many points of both are of one distribution.
    pub coverage: f64,
}

/// A set of points with a ball around each.
pub struct Manifold<'a> {
    points: Points<'a>,
    /// Of the nearest [`Manifold::ks`] neighbours the last one's squared distance, for each point.
    radii: [Vec<f32>; 2],
    ks: [usize; 2],
}

impl<'a> Manifold<'a> {
    /// Balls that reach to the `ks`-th neighbours, for precision and recall, and for density and coverage; there must be more points.
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn of(distances: &mut Distances, points: Points<'a>, ks: [usize; 2]) -> Result<Manifold<'a>, EvalError> {
        let most = ks[0].max(ks[1]);
        // The least squared distances so far, in rising order, a row per point.
        let mut least = vec![f32::INFINITY; points.count * most];
        distances.squares(points, points, |queries, references, rows| {
            let mine = &mut least[queries.start * most..queries.end * most];
            mine.par_chunks_mut(TASK * most).enumerate().for_each(|(task, least)| {
                let first = task * TASK;
                for (reference, row) in references.clone().zip(rows.clone()) {
                    for (i, least) in least.chunks_exact_mut(most).enumerate() {
                        let square = row[first + i];
                        if square < least[most - 1] && queries.start + first + i != reference {
                            let place = least.partition_point(|other| *other <= square);
                            least.copy_within(place..most - 1, place + 1);
                            least[place] = square;
                        }
                    }
                }
            });
        })?;
        let radii = ks.map(|k| least.chunks_exact(most).map(|least| least[k - 1]).collect());
        Ok(Manifold { points, radii, ks })
    }

    /// How far `samples` overlap with these real points.
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn overlap(&self, distances: &mut Distances, samples: &Manifold) -> Result<Overlap, EvalError> {
        let (mut precise, mut balls) = (vec![false; samples.points.count], 0u64);
        let (mut recalled, mut covered) = (vec![false; self.points.count], vec![false; self.points.count]);
        distances.squares(samples.points, self.points, |queries, references, rows| {
            let (precise, reach) = (&mut precise[queries.clone()], &samples.radii[0][queries]);
            for (real, row) in references.zip(rows) {
                let [near, far] = [0, 1].map(|i| self.radii[i][real]);
                let (mut hold, mut is_near) = (0u32, false);
                for ((square, precise), reach) in row.iter().zip(&mut *precise).zip(reach) {
                    *precise |= *square <= near;
                    hold += u32::from(*square <= far);
                    is_near |= *square <= *reach;
                }
                balls += u64::from(hold);
                covered[real] |= hold > 0;
                recalled[real] |= is_near;
            }
        })?;
        let share = |those: &[bool]| those.iter().filter(|that| **that).count() as f64 / those.len() as f64;
        Ok(Overlap {
            precision: share(&precise),
            recall: share(&recalled),
            density: balls as f64 / (self.ks[1] * samples.points.count) as f64,
            coverage: share(&covered),
        })
    }
}
