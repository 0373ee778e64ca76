//! Distances between all pairs of two sets of points, on a device, block by block: memory is bounded whatever the sets hold.

use super::{EvalError, Points, exact};
use crate::{
    engine::{Engine, Work, devices},
    ops::distance::{self, Block, FAR},
    plan::{Element, Plan, SequenceId, Tensor},
};
use std::ops::Range;

/// Points of either set in a block: 4 MiB of distances.
const SIDE: usize = 1024;

/// The most values of either set in a block: 64 MiB.
const MOST_VALUES: usize = 1 << 24;

/// Widths of windows that are computed in one pass.
pub(super) const WINDOWS: usize = 10;

/// What leads from a query to itself where the two sets are not the same: nowhere.
const NONE: u32 = 1 << 31;

/// The nearest neighbour of a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Nearest {
    /// Its index.
    pub index: usize,
    /// How far it is.
    pub distance: f64,
}

/// One set of points on the device, a block at a time.
struct Side {
    points: Tensor,
    squares: Tensor,
}

/// Sums of windows of some widths.
struct Windows {
    run: SequenceId,
    scale: Tensor,
    sums: Tensor,
}

/// A device that computes distances between points of a certain width.
pub struct Distances {
    engine: Box<dyn Engine>,
    side: usize,
    references: Side,
    queries: Side,
    block: Tensor,
    pairs: (SequenceId, Tensor),
    nearest: (SequenceId, Tensor, Tensor),
    sums: (SequenceId, Tensor),
    /// Of one width and of [`WINDOWS`] widths.
    windows: [Windows; 2],
}

impl Distances {
    /// Prepares the device for points of `width` values; no set will have more than `largest` points to a block.
    ///
    /// # Errors
    /// Any [`EvalError`].
    pub fn open(device: &devices::Choice, width: usize, largest: usize) -> Result<Distances, EvalError> {
        let side = SIDE.min(MOST_VALUES / width.max(1)).min(largest).max(1);
        let mut plan = Plan::default();
        let set = |plan: &mut Plan, name: &str| -> Result<Side, EvalError> {
            let points = plan.tensor(name, &[side, width])?;
            Ok(Side { points, squares: plan.tensor(&format!("{name}.squares"), &[side])? })
        };
        let (references, queries) = (set(&mut plan, "references")?, set(&mut plan, "queries")?);
        let distances = plan.tensor("distances", &[side, side])?;
        let block = plan.filled("block", Element::U32, &[2], 0.0)?;
        let least = plan.tensor("nearest", &[side])?;
        let index = plan.filled("index", Element::U32, &[side], 0.0)?;
        let sums = plan.tensor("sums", &[side])?;
        let begin = |plan: &mut Plan, name: &'static str| -> Result<SequenceId, EvalError> {
            let sequence = plan.begin(name);
            let [references, queries] = [&references, &queries].map(|set| distance::Points { points: &set.points, squares: &set.squares });
            distance::squared_distances(plan, &references, &queries, &distances)?;
            Ok(sequence)
        };
        let seen = Block { distances: &distances, block: &block };
        let pairs = begin(&mut plan, "pairs")?;
        let nearest_run = begin(&mut plan, "nearest")?;
        distance::nearest(&mut plan, &seen, &least, &index)?;
        let sums_run = begin(&mut plan, "distance_sums")?;
        distance::distance_sums(&mut plan, &seen, &sums)?;
        let mut windows = |name: &'static str, widths: usize| -> Result<Windows, EvalError> {
            let scale = plan.tensor("scale", &[widths])?;
            let sums = plan.tensor("window_sums", &[widths, side])?;
            let run = begin(&mut plan, name)?;
            distance::nearest(&mut plan, &seen, &least, &index)?;
            distance::window_sums(&mut plan, &seen, &least, &scale, &sums)?;
            Ok(Windows { run, scale, sums })
        };
        let windows = [windows("window", 1)?, windows("windows", WINDOWS)?];
        let engine = devices::open(device, plan)?;
        Ok(Distances {
            engine,
            side,
            references,
            queries,
            block,
            pairs: (pairs, distances),
            nearest: (nearest_run, least, index),
            sums: (sums_run, sums),
            windows,
        })
    }

    /// The nearest of `references` for each query. With `same`, both are the same set, and no point is its own neighbour.
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn nearest(&mut self, queries: Points, references: Points, same: bool) -> Result<Vec<Nearest>, EvalError> {
        if queries.width <= exact::MOST_VALUES {
            return Ok(exact::nearest(queries, references, same));
        }
        let (run, least, index) = self.nearest.clone();
        let mut best = vec![(FAR, 0); queries.count];
        self.each_block(queries, references, same, |this, queries, references| {
            let values = this.run(run, std::slice::from_ref(&least))?.remove(0);
            let indices = this.engine.download_words(&index)?;
            for (best, (value, index)) in best[queries].iter_mut().zip(values.into_iter().zip(indices)) {
                if value < best.0 {
                    *best = (value, references.start + index as usize);
                }
            }
            Ok(())
        })?;
        // The device's distances are differences of large numbers: exact enough to tell which is the nearest, not whether it is equal.
        let exact = |(i, (least, index)): (usize, &(f32, usize))| {
            let distance = if *least < FAR { queries.distance(i, &references, *index) } else { f64::INFINITY };
            Nearest { index: *index, distance }
        };
        Ok(best.iter().enumerate().map(exact).collect())
    }

    /// The mean distance between two different points of a set; NaN where there are less than two.
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn mean_distance(&mut self, points: Points) -> Result<f64, EvalError> {
        let (run, sums) = self.sums.clone();
        let mut total = 0.0;
        self.each_block(points, points, true, |this, queries, _| {
            let values = this.run(run, std::slice::from_ref(&sums))?.remove(0);
            total += values[..queries.len()].iter().copied().map(f64::from).sum::<f64>();
            Ok(())
        })?;
        let n = points.count as f64;
        Ok(total / (n * (n - 1.0)))
    }

    /// Logarithm of the mean over `references` of exp(-|x - r|^2 / (2 sigma^2)) for each query x: `[sigmas, queries]`. One sigma, or
    /// [`WINDOWS`] of them.
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn log_windows(&mut self, queries: Points, references: Points, sigmas: &[f64]) -> Result<Vec<Vec<f64>>, EvalError> {
        let windows = &self.windows[usize::from(sigmas.len() > 1)];
        let (run, scale, sums, least) = (windows.run, windows.scale.clone(), windows.sums.clone(), self.nearest.1.clone());
        let scales: Vec<f32> = sigmas.iter().map(|sigma| (0.5 / (sigma * sigma)) as f32).collect();
        self.engine.upload(&scale, &scales)?;
        // Per query: the nearest of all blocks so far, and per sigma the sum relative to the window there.
        let mut nearest = vec![f64::from(FAR); queries.count];
        let mut totals = vec![vec![0.0; queries.count]; sigmas.len()];
        let side = self.side;
        self.each_block(queries, references, false, |this, queries, _| {
            let mut reads = this.run(run, &[least.clone(), sums.clone()])?;
            let (sums, least) = (reads.remove(1), reads.remove(0));
            for (n, i) in queries.enumerate() {
                let (before, here) = (nearest[i], f64::from(least[n]));
                nearest[i] = before.min(here);
                for ((totals, scale), sums) in totals.iter_mut().zip(&scales).zip(sums.chunks_exact(side)) {
                    let at = |distance: f64| (-f64::from(*scale) * (distance - nearest[i])).exp();
                    totals[i] = totals[i] * at(before) + f64::from(sums[n]) * at(here);
                }
            }
            Ok(())
        })?;
        let count = references.count as f64;
        for (totals, scale) in totals.iter_mut().zip(&scales) {
            for (total, nearest) in totals.iter_mut().zip(&nearest) {
                *total = (*total / count).ln() - f64::from(*scale) * nearest;
            }
        }
        Ok(totals)
    }

    /// Calls `each` with the squared distances of one block of pairs after another: numbers of its queries, numbers of its references,
    /// and a row per reference that begins with the distances to the queries.
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn squares(
        &mut self,
        queries: Points,
        references: Points,
        mut each: impl FnMut(Range<usize>, Range<usize>, std::slice::ChunksExact<f32>),
    ) -> Result<(), EvalError> {
        let (run, distances) = self.pairs.clone();
        let side = self.side;
        self.each_block(queries, references, false, |this, queries, references| {
            let block = this.run(run, std::slice::from_ref(&distances))?.remove(0);
            let rows = block[..references.len() * side].chunks_exact(side);
            each(queries, references, rows);
            Ok(())
        })
    }

    /// Uploads one block of pairs after another.
    fn each_block(
        &mut self,
        queries: Points,
        references: Points,
        same: bool,
        mut each: impl FnMut(&mut Self, Range<usize>, Range<usize>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        for query_range in queries.blocks(self.side) {
            self.upload(queries, query_range.clone(), false)?;
            for range in references.blocks(self.side) {
                self.upload(references, range.clone(), true)?;
                let own = if same { (query_range.start as u32).wrapping_sub(range.start as u32) } else { NONE };
                self.engine.upload_words(&self.block, &[range.len() as u32, own])?;
                each(self, query_range.clone(), range)?;
            }
        }
        Ok(())
    }

    fn upload(&mut self, points: Points, range: Range<usize>, references: bool) -> Result<(), EvalError> {
        let set = if references { &self.references } else { &self.queries };
        let values = points.read(range);
        let square = |point: &[f32]| point.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() as f32;
        let squares: Vec<f32> = values.chunks_exact(points.width).map(square).collect();
        self.engine.upload_start(&set.points, &values)?;
        self.engine.upload_start(&set.squares, &squares)?;
        Ok(())
    }

    fn run(&mut self, run: SequenceId, reads: &[Tensor]) -> Result<Vec<Vec<f32>>, EvalError> {
        self.engine.submit(&Work { runs: vec![run], times: 1, reads: reads.to_vec(), ..Work::default() })?;
        Ok(self.engine.collect(true)?.map(|done| done.reads).unwrap_or_default())
    }
}
