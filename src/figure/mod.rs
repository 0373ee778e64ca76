//! Figures of GANs on data of one or two dimensions: what is in them, and how they are drawn as pictures. The window draws the same
//! numbers with its own means.

pub mod chart;
mod line;
mod plane;

pub use chart::FigureError;
pub use line::{Curves, Lines};
pub use plane::{Arrow, arrows, shade};

use crate::{data::Distribution, models::Points};
use image::DynamicImage;
use std::sync::Arc;

/// Places along the axis of one dimension, and along each of two, at which D is shown.
const ACROSS: [usize; 2] = [512, 64];

/// Points of the data set in a figure, at most.
pub const REALS: usize = 1024;

/// What a figure shows: a GAN on points of a known distribution after some steps.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Steps done.
    pub step: u32,
    /// One of those that a run keeps; others are only to be looked at.
    pub kept: bool,
    /// The distribution.
    pub distribution: &'static Distribution,
    /// Points of the data set `[any, dimensions]`.
    pub reals: Arc<Vec<f32>>,
    /// Values per latent.
    pub latent: usize,
    /// Latents of the generated points `[n, latent]`.
    pub latents: Arc<Vec<f32>>,
    /// What G makes of them `[n, dimensions]`.
    pub generated: Arc<Vec<f32>>,
    /// D(G(z)) of each `[n]`.
    pub verdicts: Arc<Vec<f32>>,
    /// Where G's loss pushes each: its negative gradient by the point `[n, dimensions]`.
    pub pushes: Arc<Vec<f32>>,
    /// D at the places of [`grid`].
    pub surface: Arc<Vec<f32>>,
}

/// The places at which figures show D `[places, dimensions]`: evenly over the distribution's view, both ends included, x running fastest.
pub fn grid(distribution: &Distribution) -> Vec<f32> {
    let n = ACROSS[distribution.dimensions - 1];
    let [low, high] = distribution.view;
    let at = |i: usize| (low + (high - low) * i as f64 / (n - 1) as f64) as f32;
    match distribution.dimensions {
        1 => (0..n).map(at).collect(),
        _ => (0..n * n).flat_map(|i| [at(i % n), at(i / n)]).collect(),
    }
}

/// A distribution as models know it.
pub fn points(distribution: &Distribution) -> Points {
    let Distribution { name, dimensions, .. } = *distribution;
    Points { name, reach: distribution.reach(), places: ACROSS[dimensions - 1].pow(dimensions as u32) }
}

/// Places along one axis of a figure of that many dimensions.
pub fn across(dimensions: usize) -> usize {
    ACROSS[dimensions - 1]
}

/// The figure as a picture.
///
/// # Errors
/// [`FigureError`].
pub fn draw(figure: &Figure) -> Result<DynamicImage, FigureError> {
    match figure.distribution.dimensions {
        1 => line::draw(figure),
        _ => plane::draw(figure),
    }
}

/// Points of the data set alone, with the distribution's density.
///
/// # Errors
/// [`FigureError`].
pub fn draw_reals(distribution: &Distribution, reals: &[f32]) -> Result<DynamicImage, FigureError> {
    match distribution.dimensions {
        1 => line::draw_reals(distribution, reals),
        _ => plane::draw_reals(distribution, reals),
    }
}
