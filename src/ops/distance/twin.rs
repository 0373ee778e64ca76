//! Distances between points, and what is taken from a block of them `[references, queries]`: the twins go along its rows, as it lies
//! in memory, with a part of the columns per core.

use crate::twin::{Args, Real, matrix, product, vectorized};
use rayon::prelude::*;

/// Columns that are worth a task of their own.
const COLUMNS: usize = 256;

/// Twin of `shaders/distance/squared_distances.wgsl`: |a|^2 + |b|^2 - 2 a b.
pub fn squared_distances<R: Real>(args: &mut Args<R>) {
    let [references, queries, values] = ["references", "queries", "values"].map(|n| args.size(n));
    let (a, a_squares, b, b_squares) = (args.read("a"), args.read("a_squares"), args.read("b"), args.read("b_squares"));
    let distances = &mut args.write("distances")[..references * queries];
    let two = R::of(2.0);
    product(args.way, distances, matrix(a, [references, values]), matrix(b, [queries, values]).transpose(), |[row, column], distances| {
        let a = a_squares[row];
        vectorized(|| {
            for (distance, b) in distances.iter_mut().zip(&b_squares[column..]) {
                *distance = (a + *b - two * *distance).max(R::zero());
            }
        });
    });
}

/// Columns `first..first + len` of the first `count` rows.
fn rows<R: Real>(distances: &[R], queries: usize, count: usize, first: usize, len: usize) -> impl Iterator<Item = &[R]> {
    distances.chunks_exact(queries).take(count).map(move |row| &row[first..first + len])
}

/// Twin of `shaders/distance/nearest.wgsl`.
pub fn nearest<R: Real>(args: &mut Args<R>) {
    let [references, queries] = ["references", "queries"].map(|n| args.size(n));
    let (distances, block) = (args.read("distances"), args.words("block"));
    let (nearest, index) = (&mut args.write("nearest")[..queries], &mut args.words_mut("index")[..queries]);
    let count = references.min(block[0] as usize);
    let parts = nearest.par_chunks_mut(COLUMNS).zip(index.par_chunks_mut(COLUMNS)).enumerate();
    parts.for_each(|(part, (nearest, index))| {
        let first = part * COLUMNS;
        nearest.fill(R::of(3.0e38));
        index.fill(0);
        for (j, row) in rows(distances, queries, count, first, nearest.len()).enumerate() {
            let own = (j as u32).wrapping_sub(block[1]).wrapping_sub(first as u32);
            vectorized(|| {
                for (i, ((distance, nearest), index)) in row.iter().zip(&mut *nearest).zip(&mut *index).enumerate() {
                    let nearer = *distance < *nearest && i as u32 != own;
                    *nearest = if nearer { *distance } else { *nearest };
                    *index = if nearer { j as u32 } else { *index };
                }
            });
        }
    });
}

/// Twin of `shaders/distance/window_sums.wgsl`.
pub fn window_sums<R: Real>(args: &mut Args<R>) {
    let [references, queries] = ["references", "queries"].map(|n| args.size(n));
    let (distances, block, nearest, scale) = (args.read("distances"), args.words("block"), args.read("nearest"), args.read("scale"));
    let sums = &mut args.write("sums")[..args.size("scales") * queries];
    let count = references.min(block[0] as usize);
    sums.par_chunks_mut(queries).zip(scale).for_each(|(sums, scale)| {
        sums.par_chunks_mut(COLUMNS).enumerate().for_each(|(part, sums)| {
            let first = part * COLUMNS;
            sums.fill(R::zero());
            for row in rows(distances, queries, count, first, sums.len()) {
                for ((sum, distance), nearest) in sums.iter_mut().zip(row).zip(&nearest[first..]) {
                    *sum += (-*scale * (*distance - *nearest)).exp();
                }
            }
        });
    });
}

/// Twin of `shaders/distance/distance_sums.wgsl`.
pub fn distance_sums<R: Real>(args: &mut Args<R>) {
    let [references, queries] = ["references", "queries"].map(|n| args.size(n));
    let (distances, block) = (args.read("distances"), args.words("block"));
    let sums = &mut args.write("sums")[..queries];
    let count = references.min(block[0] as usize);
    sums.par_chunks_mut(COLUMNS).enumerate().for_each(|(part, sums)| {
        let first = part * COLUMNS;
        sums.fill(R::zero());
        for (j, row) in rows(distances, queries, count, first, sums.len()).enumerate() {
            let own = (j as u32).wrapping_sub(block[1]).wrapping_sub(first as u32);
            vectorized(|| {
                for (i, (distance, sum)) in row.iter().zip(&mut *sums).enumerate() {
                    *sum = if i as u32 == own { *sum } else { *sum + distance.sqrt() };
                }
            });
        }
    });
}
