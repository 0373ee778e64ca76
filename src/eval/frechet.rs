//! Fréchet distance in the space of the data's first principal components.
//!
//! As the Fréchet inception distance (Heusel et al. 2017), with the data's own principal components in place of a network's
//! features: no download, the same on every machine, and of a meaning for images that no network was trained on. In double
//! precision on the host; it is a small part of the work.

use super::{EvalError, Points};
use crate::twin::{Way, matrix, product};
use faer::{Mat, Scale, Side, linalg::solvers::SelfAdjointEigen};

/// Principal components.
pub const COMPONENTS: usize = 64;

/// The most values per image: the eigenvectors of a matrix of this side take about a minute.
pub const MOST_VALUES: usize = 3072;

/// Points that are converted and multiplied at once.
const BLOCK: usize = 1024;

/// Mean and covariance of a set of points.
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// `[width]`
    pub mean: Vec<f64>,
    /// `[width, width]`, of the unbiased estimate.
    pub covariance: Mat<f64>,
}

/// The space of the data's principal components, and the data's Gaussian there.
pub struct Principal {
    /// The data's mean `[width]`.
    mean: Vec<f64>,
    /// `[width, components]`, row-major.
    axes: Vec<f64>,
    data: Gaussian,
    /// Variance of the data in this space.
    total: f64,
}

impl Principal {
    /// The first [`COMPONENTS`] components of `data`, or as many as points have values.
    ///
    /// # Errors
    /// [`EvalError::TooWide`].
    pub fn of(data: Points) -> Result<Principal, EvalError> {
        let width = data.width;
        if width > MOST_VALUES {
            return Err(EvalError::TooWide { values: width, most: MOST_VALUES });
        }
        let Gaussian { mean, covariance } = Gaussian::of(data);
        let decomposed = eigen(&covariance)?;
        // Eigenvalues come in rising order.
        let order: Vec<usize> = (0..width).rev().take(COMPONENTS).collect();
        let axes = (0..width).flat_map(|row| order.iter().map(move |column| (row, *column))).map(|at| decomposed.U()[at]).collect();
        let mut space = Principal {
            mean,
            axes,
            data: Gaussian { mean: Vec::new(), covariance: Mat::new() },
            total: order.iter().map(|i| decomposed.S()[*i]).sum(),
        };
        space.data = space.gaussian(data);
        Ok(space)
    }

    /// Values of a point in this space.
    pub fn components(&self) -> usize {
        self.axes.len() / self.mean.len()
    }

    /// What the space is made of, for a name that tells spaces apart.
    pub fn parameters(&self) -> impl Iterator<Item = f64> {
        self.mean.iter().chain(&self.axes).copied()
    }

    /// Points in this space `[count, components]`, block by block.
    pub fn project<'a>(&'a self, points: Points<'a>) -> impl Iterator<Item = Vec<f64>> + 'a {
        let (width, components) = (self.mean.len(), self.components());
        points.blocks(BLOCK).map(move |range| {
            let rows = range.len();
            let mut values = reals(&points, range);
            for row in values.chunks_exact_mut(width) {
                row.iter_mut().zip(&self.mean).for_each(|(value, mean)| *value -= mean);
            }
            let mut projected = vec![0.0; rows * components];
            product(Way::Squares, &mut projected, matrix(&values, [rows, width]), matrix(&self.axes, [width, components]), |_, _| {});
            projected
        })
    }

    /// The Gaussian of points in this space.
    fn gaussian(&self, points: Points) -> Gaussian {
        gaussian(self.components(), || self.project(points))
    }

    /// Fréchet distance of `points` to the data over the data's variance in this space: 0 is perfect, 1 of the order of the data's own
    /// spread. It is biased upwards by about the inverse of the number of points.
    ///
    /// # Errors
    /// As [`frechet`].
    pub fn distance(&self, points: Points) -> Result<f64, EvalError> {
        Ok(frechet(&self.data, &self.gaussian(points))? / self.total)
    }
}

fn reals(points: &Points, range: std::ops::Range<usize>) -> Vec<f64> {
    points.read(range).into_iter().map(f64::from).collect()
}

impl Gaussian {
    /// Of a set of points.
    pub fn of(points: Points) -> Gaussian {
        gaussian(points.width, || points.blocks(BLOCK).map(|range| reals(&points, range)))
    }
}

/// Mean and covariance of the points `[rows, width]` that `blocks` gives, twice.
fn gaussian<Blocks: Iterator<Item = Vec<f64>>>(width: usize, blocks: impl Fn() -> Blocks) -> Gaussian {
    let (mut mean, mut count) = (vec![0.0; width], 0);
    for block in blocks() {
        for row in block.chunks_exact(width) {
            mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            count += 1;
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= count as f64);
    let (mut covariance, mut part) = (Mat::zeros(width, width), vec![0.0; width * width]);
    for mut block in blocks() {
        for row in block.chunks_exact_mut(width) {
            row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
        }
        let centred = matrix(&block, [block.len() / width, width]);
        product(Way::Squares, &mut part, centred.transpose(), centred, |_, _| {});
        covariance += matrix(&part, [width, width]);
    }
    covariance /= Scale((count as f64 - 1.0).max(1.0));
    Gaussian { mean, covariance }
}

/// |m_a - m_b|^2 + trace(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2): Fréchet distance of two Gaussians (Dowson and Landau 1982), squared
/// as everyone has it.
///
/// # Errors
/// [`EvalError::NoEigenvalues`].
pub fn frechet(a: &Gaussian, b: &Gaussian) -> Result<f64, EvalError> {
    let apart: f64 = a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let root = root(&a.covariance)?;
    let between = &root * &b.covariance * &root;
    let both: f64 = eigen(&between)?.S().column_vector().iter().map(|value| value.max(0.0).sqrt()).sum();
    Ok(apart + trace(&a.covariance) + trace(&b.covariance) - 2.0 * both)
}

fn trace(matrix: &Mat<f64>) -> f64 {
    matrix.diagonal().column_vector().iter().sum()
}

/// The root of a covariance matrix.
fn root(covariance: &Mat<f64>) -> Result<Mat<f64>, EvalError> {
    let decomposed = eigen(covariance)?;
    let (vectors, values) = (decomposed.U(), decomposed.S());
    let scaled = Mat::from_fn(vectors.nrows(), vectors.ncols(), |row, column| vectors[(row, column)] * values[column].max(0.0).sqrt());
    Ok(scaled * vectors.transpose())
}

/// Eigenvalues, rising, and eigenvectors of a symmetric matrix, of which the lower triangle is read.
fn eigen(matrix: &Mat<f64>) -> Result<SelfAdjointEigen<f64>, EvalError> {
    matrix.self_adjoint_eigen(Side::Lower).map_err(|_| EvalError::NoEigenvalues)
}
