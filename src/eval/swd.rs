//! Sliced Wasserstein distance between patches, by the protocol of Karras et al. 2018 (Progressive GAN, section 5; the code that they
//! published with it): it needs no network, and sees colour and texture at each size.
//!
//! Of each picture and level of the Laplacian pyramid 128 patches of 7 x 7 are taken at random places. Each channel is brought to mean 0
//! and standard deviation 1 over all patches of a set, and the patches are projected onto 512 random directions. The Wasserstein distance
//! along a direction is the mean of |a_i - b_i| over both sets in rising order; the score is 1000 times its mean over the directions.

use super::{Points, pyramid};
use crate::{
    ops::LatentDistribution,
    random::{pcg4d, stream},
    twin::{Way, matrix, product},
};
use rayon::prelude::*;

/// Pictures of each set in the published protocol.
pub const PUBLISHED: usize = 16_384;

/// Height and width of a patch.
pub const SIDE: usize = 7;

/// Patches per picture and level.
pub const PATCHES: usize = 128;

/// Random directions; published as 4 times 128.
pub const DIRECTIONS: usize = 512;

/// Directions that are looked along at once: bounds memory.
const AT_ONCE: usize = 32;

/// Pictures, or patches, that are a task of their own. Sums are taken task by task, so that they do not depend on the number of cores.
const TASK: usize = 256;

/// Distance at one level of the pyramid.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    /// In pixels.
    pub height: usize,
    /// In pixels.
    pub width: usize,
    /// Times 1000.
    pub distance: f64,
}

/// Distances at all levels, that of the whole pictures first.
#[derive(Clone, PartialEq, Debug)]
pub struct Swd {
    /// At least one.
    pub levels: Vec<Level>,
    /// Pictures of each set.
    pub pictures: usize,
}

impl Swd {
    /// Mean over the levels.
    pub fn average(&self) -> f64 {
        self.levels.iter().map(|level| level.distance).sum::<f64>() / self.levels.len() as f64
    }
}

/// Distances of `sets` to `reference`, all of pictures `[channels, height, width]` with sides of at least [`SIDE`], and as many of each.
pub fn swd<const N: usize>(reference: Points, sets: [Points; N], [channels, height, width]: [usize; 3], seed: u32) -> [Swd; N] {
    let sizes = pyramid::sizes([height, width]);
    let values = channels * SIDE * SIDE;
    let directions = directions(values, seed);
    let mut found = sets.map(|_| Swd { levels: Vec::new(), pictures: reference.count });
    for (level, &[height, width]) in sizes.iter().enumerate() {
        let patches = |set: &Points| {
            let mut patches = patches(set, channels, &sizes, level, seed);
            normalize(&mut patches, channels);
            patches
        };
        let (reference, sets) = (patches(&reference), sets.each_ref().map(patches));
        let mut sums = [0.0; N];
        for directions in directions.chunks(AT_ONCE * values) {
            let reference = along(&reference, directions, values);
            for (sum, set) in sums.iter_mut().zip(&sets) {
                *sum += apart(&reference, &along(set, directions, values));
            }
        }
        for (found, sum) in found.iter_mut().zip(sums) {
            found.levels.push(Level { height, width, distance: 1000.0 * sum / (reference.len() / values * DIRECTIONS) as f64 });
        }
    }
    found
}

/// Unit vectors `[DIRECTIONS, values]`.
fn directions(values: usize, seed: u32) -> Vec<f32> {
    let mut directions = LatentDistribution::Normal.draw(seed, 0, stream::DIRECTIONS, DIRECTIONS, values);
    for direction in directions.chunks_exact_mut(values) {
        let length = direction.iter().map(|value| value * value).sum::<f32>().sqrt();
        direction.iter_mut().for_each(|value| *value /= length);
    }
    directions
}

/// Patches of every picture's level `[pictures, PATCHES, channels, SIDE, SIDE]`, at places that depend on picture, level and seed alone.
fn patches(set: &Points, channels: usize, sizes: &[[usize; 2]], level: usize, seed: u32) -> Vec<f32> {
    let [height, width] = sizes[level];
    let values = channels * SIDE * SIDE;
    let mut patches = vec![0.0; set.count * PATCHES * values];
    patches.par_chunks_exact_mut(PATCHES * values).enumerate().for_each(|(number, patches)| {
        let picture = pyramid::level(&set.read(number..number + 1), channels, sizes, level);
        for (n, patch) in patches.chunks_exact_mut(values).enumerate() {
            let [row, column, ..] = pcg4d([seed, number as u32, stream::PATCHES, (level * PATCHES + n) as u32]);
            let place = |bits: u32, side: usize| ((u64::from(bits) * (side - SIDE + 1) as u64) >> 32) as usize;
            let (row, column) = (place(row, height), place(column, width));
            for (i, line) in patch.chunks_exact_mut(SIDE).enumerate() {
                let (channel, y) = (i / SIDE, row + i % SIDE);
                line.copy_from_slice(&picture[(channel * height + y) * width + column..][..SIDE]);
            }
        }
    });
    patches
}

/// Brings each channel to mean 0 and standard deviation 1 over all patches; one that is the same everywhere becomes 0.
fn normalize(patches: &mut [f32], channels: usize) {
    let (area, values) = (SIDE * SIDE, channels * SIDE * SIDE);
    let count = (patches.len() / channels) as f64;
    for channel in 0..channels {
        let own = channel * area..(channel + 1) * area;
        let sums: Vec<[f64; 2]> = patches
            .par_chunks(TASK * values)
            .map(|patches| {
                let values = patches.chunks_exact(values).flat_map(|patch| &patch[own.clone()]).map(|value| f64::from(*value));
                values.fold([0.0; 2], |[sum, squares], value| [sum + value, squares + value * value])
            })
            .collect();
        let [mean, square] = [0, 1].map(|i| sums.iter().map(|sums| sums[i]).sum::<f64>() / count);
        let deviation = (square - mean * mean).max(0.0).sqrt();
        let (mean, scale) = (mean as f32, if deviation > 0.0 { (1.0 / deviation) as f32 } else { 0.0 });
        patches.par_chunks_mut(values).for_each(|patch| patch[own.clone()].iter_mut().for_each(|value| *value = (*value - mean) * scale));
    }
}

/// Where patches lie along directions, in rising order `[directions, patches]`.
fn along(patches: &[f32], directions: &[f32], values: usize) -> Vec<f32> {
    let (count, lines) = (patches.len() / values, directions.len() / values);
    let mut places = vec![0.0; lines * count];
    let (directions, patches) = (matrix(directions, [lines, values]), matrix(patches, [count, values]));
    product(Way::Columns, &mut places, directions, patches.transpose(), |_, _| {});
    places.par_chunks_mut(count).for_each(sort);
    places
}

/// Sorts numbers by way of whole ones in the same order, which takes less than half as long as comparing floats.
fn sort(numbers: &mut [f32]) {
    // Turns all bits of negative ones but the sign, and back.
    let turn = |bits: &mut i32| *bits ^= (*bits >> 31) & i32::MAX;
    let keys: &mut [i32] = bytemuck::cast_slice_mut(numbers);
    keys.iter_mut().for_each(turn);
    keys.sort_unstable();
    keys.iter_mut().for_each(turn);
}

/// The sum of |a - b|.
fn apart(a: &[f32], b: &[f32]) -> f64 {
    let parts = a.par_chunks(TASK * PATCHES).zip(b.par_chunks(TASK * PATCHES));
    let sums: Vec<f64> = parts.map(|(a, b)| a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum()).collect();
    sums.iter().sum()
}
