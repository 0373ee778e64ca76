//! Kernel distance (KID, Binkowski et al. 2018): the squared maximum mean discrepancy of two sets of features, for the kernel
//! k(x, y) = (x y / d + 1)^3. Its expectation does not depend on how many points there are, so that it is the score for small sets;
//! of two sets of one distribution it is 0, and an estimate lies a little above or below.

use super::Points;
use crate::{
    ops::batch::order,
    twin::{block_product, matrix},
};
use rayon::prelude::*;

/// Points in a subset.
pub const SUBSET: usize = 1000;

/// Subsets that the estimate is the mean over, unless one holds all points.
pub const SUBSETS: usize = 50;

/// The estimate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Kid {
    /// Mean over the subsets.
    pub mean: f64,
    /// Standard deviation over the subsets; 0 for a single one.
    pub deviation: f64,
    /// Subsets.
    pub subsets: usize,
    /// Points of either set in a subset.
    pub of: usize,
}

/// The unbiased estimate between features `[count, d]`, at least 2 of either; of a larger set the first ones count, as many as of the other.
pub fn kid(a: Points, b: Points, seed: u32) -> Kid {
    let count = a.count.min(b.count);
    let of = SUBSET.min(count);
    let subsets = if of == count { 1 } else { SUBSETS };
    let values: Vec<f64> = (0..subsets as u32)
        .into_par_iter()
        .map(|subset| {
            let mut numbers = vec![0; of];
            order(seed, subset, count as u32, &mut numbers);
            let [x, y] = [a, b].map(|set| set.picked(&numbers).read(0..of).into_iter().map(f64::from).collect::<Vec<_>>());
            unbiased(&x, &y, [of, a.width])
        })
        .collect();
    let n = subsets as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
    Kid { mean, deviation, subsets, of }
}

/// Mean of k(x, x') over pairs of different points, and of k(y, y'), less twice that of k(x, y) over all pairs.
fn unbiased(x: &[f64], y: &[f64], [count, width]: [usize; 2]) -> f64 {
    let mut products = vec![0.0; count * count];
    let mut sum = |a: &[f64], b: &[f64], same: bool| -> f64 {
        block_product(&mut products, count, matrix(a, [count, width]), matrix(b, [count, width]).transpose(), false);
        let kernel = |product: &f64| (product / width as f64 + 1.0).powi(3);
        let all: f64 = products.iter().map(kernel).sum();
        let own: f64 = products.iter().step_by(count + 1).map(kernel).sum();
        if same { all - own } else { all }
    };
    let (n, pairs) = (count as f64, (count * (count - 1)) as f64);
    (sum(x, x, true) + sum(y, y, true)) / pairs - 2.0 * sum(x, y, false) / (n * n)
}
