//! Distances between two sets of points, and what is asked of them: the nearest, sums of windows, sums of distances.

pub mod cases;
pub mod twin;

use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// Squared distances, a matrix product.
pub static SQUARED_DISTANCES: Kernel = Kernel {
    name: "squared_distances",
    source: include_str!("../../../shaders/distance/squared_distances.wgsl"),
    snippets: &[&snippets::INDICES],
};

/// The nearest reference of each query.
pub static NEAREST: Kernel =
    Kernel { name: "nearest", source: include_str!("../../../shaders/distance/nearest.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Sums of Gaussian windows.
pub static WINDOW_SUMS: Kernel =
    Kernel { name: "window_sums", source: include_str!("../../../shaders/distance/window_sums.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Sums of distances.
pub static DISTANCE_SUMS: Kernel =
    Kernel { name: "distance_sums", source: include_str!("../../../shaders/distance/distance_sums.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Distance of a query that has no reference.
pub const FAR: f32 = 3.0e38;

/// Points `[count, values]` on the device, and their squared lengths `[count]`.
pub struct Points<'a> {
    /// Points.
    pub points: &'a Tensor,
    /// Squared lengths.
    pub squares: &'a Tensor,
}

/// A block of distances, as the reductions see it.
pub struct Block<'a> {
    /// Squared distances `[references, queries]`.
    pub distances: &'a Tensor,
    /// How many of the references count, and what leads from a query's index to that of the reference it is itself `[2]`, integers.
    pub block: &'a Tensor,
}

impl Block<'_> {
    fn sizes(&self) -> [(&'static str, crate::plan::Value); 2] {
        [("references", self.distances.shape[0].into()), ("queries", self.distances.shape[1].into())]
    }
}

/// Fills `distances` `[references, queries]` with squared distances.
///
/// # Errors
/// [`PlanError`].
pub fn squared_distances(plan: &mut Plan, references: &Points, queries: &Points, distances: &Tensor) -> Result<(), PlanError> {
    let (rows, columns, values) = (distances.shape[0], distances.shape[1], references.points.shape[1]);
    plan.dispatch(
        &SQUARED_DISTANCES,
        &[],
        &[("references", rows.into()), ("queries", columns.into()), ("values", values.into())],
        &[
            ("a", references.points),
            ("a_squares", references.squares),
            ("b", queries.points),
            ("b_squares", queries.squares),
            ("distances", distances),
        ],
        Grid::Product { rows, columns, inner: values, parts: 1 },
    )
}

/// Fills `nearest` and `index` `[queries]` with each query's least squared distance and its reference.
///
/// # Errors
/// [`PlanError`].
pub fn nearest(plan: &mut Plan, block: &Block, nearest: &Tensor, index: &Tensor) -> Result<(), PlanError> {
    plan.dispatch(
        &NEAREST,
        &[],
        &block.sizes(),
        &[("distances", block.distances), ("block", block.block), ("nearest", nearest), ("index", index)],
        Grid::Elements(block.distances.shape[1]),
    )
}

/// Fills `sums` `[scales, queries]` with sums of windows of each `scale` `[scales]`, relative to that at `nearest` `[queries]`.
///
/// # Errors
/// [`PlanError`].
pub fn window_sums(plan: &mut Plan, block: &Block, nearest: &Tensor, scale: &Tensor, sums: &Tensor) -> Result<(), PlanError> {
    let [references, queries] = block.sizes();
    plan.dispatch(
        &WINDOW_SUMS,
        &[],
        &[references, queries, ("scales", scale.len().into())],
        &[("distances", block.distances), ("block", block.block), ("nearest", nearest), ("scale", scale), ("sums", sums)],
        Grid::Elements(sums.len()),
    )
}

/// Fills `sums` `[queries]` with sums of distances.
///
/// # Errors
/// [`PlanError`].
pub fn distance_sums(plan: &mut Plan, block: &Block, sums: &Tensor) -> Result<(), PlanError> {
    plan.dispatch(
        &DISTANCE_SUMS,
        &[],
        &block.sizes(),
        &[("distances", block.distances), ("block", block.block), ("sums", sums)],
        Grid::Elements(block.distances.shape[1]),
    )
}
