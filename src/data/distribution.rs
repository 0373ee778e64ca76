//! Known distributions: points instead of images, with an exact density to hold a GAN against.
//!
//! Every one is a mixture of equally likely Gaussians of one sigma, so that drawing from it and its density are the same few lines for
//! all. An arc (`spiral`, `moons`) is a mixture whose centres lie closer together than sigma: its density is smooth along the arc to
//! within 1e-6, and exact as that of the mixture.

use super::{DataError, DataSet, Request, Values};
use crate::random::{pcg4d, stream};
use rayon::prelude::*;
use std::f64::consts::PI;

/// A point; in one dimension the second value is 0.
pub type Point = [f64; 2];

/// A distribution whose density is known.
#[derive(Debug)]
pub struct Distribution {
    /// Name for `--data`.
    pub name: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
    /// Values per point: 1 or 2.
    pub dimensions: usize,
    /// Standard deviation of each Gaussian, the same in all directions.
    pub sigma: f64,
    /// The part of each axis that figures show: all but a negligible share of the points, and room around them.
    pub view: [f64; 2],
    /// Whether the Gaussians lie apart, so that they are modes to be counted; those of an arc run into each other.
    pub separate: bool,
    /// Means of the Gaussians.
    centres: fn() -> Vec<Point>,
}

/// All of them. Ring and grid are those of the PacGAN paper (Lin et al. 2018, `synthetic_data_experiments`).
pub static DISTRIBUTIONS: [Distribution; 6] = [
    Distribution {
        name: "gaussian-1d",
        help: "a Gaussian, mean 1, sigma 0.5",
        dimensions: 1,
        sigma: 0.5,
        view: [-2.5, 3.5],
        separate: true,
        centres: || vec![[1.0, 0.0]],
    },
    Distribution {
        name: "two-gaussians-1d",
        help: "two Gaussians, means -1.5 and 1.5, sigma 0.4",
        dimensions: 1,
        sigma: 0.4,
        view: [-3.5, 3.5],
        separate: true,
        centres: || vec![[-1.5, 0.0], [1.5, 0.0]],
    },
    Distribution {
        name: "ring-8",
        help: "8 Gaussians on a circle of radius 1, sigma 0.01",
        dimensions: 2,
        sigma: 0.01,
        view: [-1.5, 1.5],
        separate: true,
        // 2 pi i / 8, not steps of 2 pi / 7, with which the first and the last coincide.
        centres: || (0..8).map(|i| on_circle(2.0 * PI * f64::from(i) / 8.0, 1.0)).collect(),
    },
    Distribution {
        name: "grid-25",
        help: "25 Gaussians on a grid from -4 to 4, sigma 0.05",
        dimensions: 2,
        sigma: 0.05,
        view: [-5.5, 5.5],
        separate: true,
        centres: || (0..25).map(|i| [f64::from(i / 5) * 2.0 - 4.0, f64::from(i % 5) * 2.0 - 4.0]).collect(),
    },
    Distribution {
        name: "spiral",
        help: "a spiral of two turns and radius 1, sigma 0.03",
        dimensions: 2,
        sigma: 0.03,
        view: [-1.5, 1.5],
        separate: false,
        centres: || {
            let share = |i: i32| ((f64::from(i) + 0.5) / 256.0).sqrt();
            (0..256).map(|i| on_circle(4.0 * PI * share(i), share(i))).collect()
        },
    },
    Distribution {
        name: "moons",
        help: "two half circles of radius 1 that reach into each other, sigma 0.08",
        dimensions: 2,
        sigma: 0.08,
        view: [-1.9, 2.9],
        separate: false,
        centres: || {
            let half = |i: i32| on_circle(PI * (f64::from(i) + 0.5) / 128.0, 1.0);
            let lower = |i: i32| [1.0 - half(i)[0], 0.5 - half(i)[1]];
            (0..128).map(half).chain((0..128).map(lower)).collect()
        },
    },
];

/// What the data of that name or path consist of, in the plural.
pub fn items(source: &str) -> &'static str {
    if Distribution::named(source).is_some() { "points" } else { "images" }
}

fn on_circle(angle: f64, radius: f64) -> Point {
    [radius * libm::cos(angle), radius * libm::sin(angle)]
}

impl Distribution {
    /// The one of that name.
    pub fn named(name: &str) -> Option<&'static Distribution> {
        DISTRIBUTIONS.iter().find(|distribution| distribution.name == name)
    }

    /// Means of the Gaussians, equally likely each.
    pub fn centres(&self) -> Vec<Point> {
        (self.centres)()
    }

    /// Means of the modes that a generator can catch or miss, and their sigma; none where the Gaussians run into each other.
    pub fn modes(&self) -> Option<(Vec<Point>, f64)> {
        self.separate.then(|| (self.centres(), self.sigma))
    }

    /// The smallest and the largest value to be expected on either axis: three sigmas beyond the outermost centres.
    pub fn reach(&self) -> [f64; 2] {
        let values = || self.centres().into_iter().flat_map(|centre| centre.into_iter().take(self.dimensions));
        [values().fold(f64::INFINITY, f64::min) - 3.0 * self.sigma, values().fold(f64::NEG_INFINITY, f64::max) + 3.0 * self.sigma]
    }

    /// The density at each of `points` `[n, dimensions]`.
    pub fn densities(&self, points: &[f64]) -> Vec<f64> {
        let centres = self.centres();
        let variance = self.sigma * self.sigma;
        let scale = (2.0 * PI * variance).powf(-0.5 * self.dimensions as f64) / centres.len() as f64;
        let density = |point: &[f64]| {
            let squares = |centre: &Point| point.iter().zip(centre).map(|(x, c)| (x - c) * (x - c)).sum::<f64>();
            scale * centres.iter().map(|centre| (-0.5 * squares(centre) / variance).exp()).sum::<f64>()
        };
        points.par_chunks_exact(self.dimensions).map(density).collect()
    }

    /// Point `index` under `seed`. It depends on nothing else, and is the same on every machine (`libm` in place of the system's).
    fn point(&self, centres: &[Point], seed: u32, index: usize) -> Point {
        let words = pcg4d([seed, index as u32, (index as u64 >> 32) as u32, stream::POINTS]);
        let uniform = |word: u32| (f64::from(word) + 0.5) / 4_294_967_296.0;
        let centre = centres[(uniform(words[0]) * centres.len() as f64) as usize];
        // Box and Muller 1958.
        let radius = self.sigma * libm::sqrt(-2.0 * libm::log(uniform(words[1])));
        let [x, y] = on_circle(2.0 * PI * uniform(words[2]), radius);
        [centre[0] + x, centre[1] + y]
    }

    /// `count` points `[count, dimensions]`.
    pub fn draw(&self, seed: u32, count: usize) -> Vec<f32> {
        let centres = self.centres();
        let draw = |index| self.point(&centres, seed, index).into_iter().take(self.dimensions).map(|value| value as f32).collect();
        let points: Vec<Vec<f32>> = (0..count).into_par_iter().map(draw).collect();
        points.concat()
    }

    /// The data set that is asked for.
    ///
    /// # Errors
    /// [`DataError`] for settings that only images have, and for no points at all.
    pub(super) fn load(&self, request: &Request) -> Result<DataSet, DataError> {
        for (option, given) in [("size", request.size), ("channels", request.channels)] {
            if given.is_some() {
                return Err(DataError::NoImages { name: self.name, option });
            }
        }
        if request.count == 0 {
            return Err(DataError::NoCount(self.name));
        }
        super::check_room(self.name, request.count as u64, 4 * self.dimensions as u64)?;
        Ok(DataSet {
            name: self.name.into(),
            values: Values::Reals(self.draw(request.seed, request.count)),
            labels: None,
            classes: Vec::new(),
            count: request.count,
            channels: 1,
            height: 1,
            width: self.dimensions,
        })
    }
}
