//! Normalisations in simple operations, for derivatives that have no kernel of their own: what is written out here is what
//! `shaders/batch_norm` and `shaders/group_norm` compute, and its derivatives follow from those of sums and products.

use super::{BatchNorm, Var};
use crate::ops::{
    group_norm::Blocks,
    resample::{Filter, Resample},
};

/// The mean of each column `[1, columns]`.
fn mean(x: Var) -> Var {
    x.column_sums() / x.rows() as f32
}

/// (x - mean) / std by the statistics of these rows, and 1 / std `[1, columns]`.
fn standardised<'g>(x: Var<'g>, norm: BatchNorm) -> [Var<'g>; 2] {
    let centred = x - mean(x);
    let inv_std = inverse_root(mean(centred.square()), norm);
    [centred * inv_std, inv_std]
}

fn inverse_root(variance: Var, norm: BatchNorm) -> Var {
    (variance + norm.epsilon).sqrt().reciprocal()
}

/// `of` for the rows of each group.
fn per_group<'g, const N: usize>(norm: BatchNorm, of_rows: [Var<'g>; N], f: impl Fn([Var<'g>; N]) -> Var<'g>) -> Vec<Var<'g>> {
    let rows = of_rows[0].rows() / norm.groups;
    (0..norm.groups).map(|group| f(of_rows.map(|x| x.part(group * rows, rows)))).collect()
}

/// The gradient by x from dy, x and w.
pub(super) fn by_input<'g>(norm: BatchNorm, [dy, x, w]: [Var<'g>; 3]) -> Var<'g> {
    let groups = per_group(norm, [dy, x], |[dy, x]| {
        let [x, inv_std] = standardised(x, norm);
        (dy - mean(dy) - x * mean(dy * x)) * (w * inv_std)
    });
    groups.into_iter().reduce(Var::stack).unwrap_or(dy)
}

/// The gradient by w from dy and x.
pub(super) fn by_weight<'g>(norm: BatchNorm, [dy, x]: [Var<'g>; 2]) -> Var<'g> {
    let groups = per_group(norm, [dy, x], |[dy, x]| (dy * standardised(x, norm)[0]).column_sums());
    groups.into_iter().reduce(|a, b| a + b).unwrap_or(dy)
}

/// A normalisation by running statistics, but for its bias.
pub(super) fn inference<'g>(norm: BatchNorm, [x, w, mean, variance]: [Var<'g>; 4]) -> Var<'g> {
    (x - mean) * (w * inverse_root(variance, norm))
}

/// A number for each block `[blocks, 1]`, for all values of x `[pixels, channels]`.
fn spread<'g>(blocks: Blocks, of: Var<'g>, channels: usize) -> Var<'g> {
    let pictures = of.rows() / blocks.groups;
    let per_channel = of.expand([of.rows(), channels / blocks.groups]).reshape([pictures, channels]);
    per_channel.resample(Resample::down(Filter::Sum, [blocks.pixels, 1], [1, 1]).adjoint())
}

/// The mean of each block of x `[blocks, 1]`.
fn block_means<'g>(blocks: Blocks, x: Var<'g>) -> Var<'g> {
    let across = x.columns() / blocks.groups;
    let pictures = x.resample(Resample::down(Filter::Sum, [blocks.pixels, 1], [1, 1]));
    pictures.reshape([pictures.rows() * blocks.groups, across]).row_sums() / (blocks.pixels * across) as f32
}

/// (x - mean) / std by the statistics of each block, and 1 / std for all of its values.
fn block_standardised<'g>(blocks: Blocks, x: Var<'g>) -> [Var<'g>; 2] {
    let spread = |of| spread(blocks, of, x.columns());
    let centred = if blocks.centred { x - spread(block_means(blocks, x)) } else { x };
    let inv_std = spread((block_means(blocks, centred * centred) + blocks.epsilon).sqrt().reciprocal());
    [centred * inv_std, inv_std]
}

/// The gradient of a normalisation of blocks by x, from dy, x and w.
pub(super) fn block_by_input<'g>(blocks: Blocks, [dy, x, w]: [Var<'g>; 3]) -> Var<'g> {
    let spread = |of| spread(blocks, of, x.columns());
    let [x, inv_std] = block_standardised(blocks, x);
    let dy = dy * w;
    let centred = if blocks.centred { dy - spread(block_means(blocks, dy)) } else { dy };
    (centred - x * spread(block_means(blocks, dy * x))) * inv_std
}

/// The gradient of a normalisation of blocks by w, from dy and x.
pub(super) fn block_by_weight<'g>(blocks: Blocks, [dy, x]: [Var<'g>; 2]) -> Var<'g> {
    (dy * block_standardised(blocks, x)[0]).column_sums()
}
