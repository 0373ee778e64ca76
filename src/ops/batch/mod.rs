//! Batches of real images, gathered on the device from the data set in its bytes; of points, from their values. Where the data set is too
//! large for the device, the host puts the batches together in the same order, and the device gathers from those.

pub mod cases;
pub mod twin;

pub use twin::order;

use crate::{
    ops::State,
    plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets},
    random::stream,
};

/// Which images form the next batch.
pub static INDICES: Kernel = Kernel {
    name: "batch_indices",
    source: include_str!("../../../shaders/batch/batch_indices.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::RNG],
};

/// Where among the batches that the host has written the next one lies.
pub static STAGED: Kernel =
    Kernel { name: "staged_indices", source: include_str!("../../../shaders/batch/staged_indices.wgsl"), snippets: &[&snippets::ELEMENT] };

/// Bytes to values in the generator's range.
pub static GATHER: Kernel =
    Kernel { name: "gather_batch", source: include_str!("../../../shaders/batch/gather_batch.wgsl"), snippets: &[&snippets::ELEMENT] };

/// The same, half of the images mirrored.
pub static GATHER_MIRRORED: Kernel = Kernel {
    name: "gather_mirrored",
    source: include_str!("../../../shaders/batch/gather_mirrored.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::RNG],
};

/// Points as they are.
pub static GATHER_POINTS: Kernel =
    Kernel { name: "gather_points", source: include_str!("../../../shaders/batch/gather_points.wgsl"), snippets: &[&snippets::ELEMENT] };

/// The data set on the device and how its bytes become values.
pub struct Source {
    /// True for points, whose values are taken as they are.
    pub points: bool,
    /// Bytes, four to a word `[words]`; of points their values `[count, pixels]`: the whole set, or the staged batches.
    pub data: Tensor,
    /// Batches that the host writes ahead of the steps that draw them; none where the whole set lies on the device.
    pub staged: Option<usize>,
    /// Images in the set.
    pub count: usize,
    /// Values per image.
    pub pixels: usize,
    /// Channels of an image: planes in the data, side by side in a batch.
    pub channels: usize,
    /// Width of images of which left and right change places with probability 1/2; none where they stay.
    pub mirrored: Option<usize>,
    /// Value of byte 0.
    pub low: f32,
    /// Value of byte 255.
    pub high: f32,
}

/// Rows from a staged batch of `batch` to the next: at least as many, so that each begins with a whole word.
pub fn stride(batch: usize) -> usize {
    batch.next_multiple_of(4)
}

/// Half the bits that number `count` images, rounded up: the width of the Feistel network's halves.
pub fn half_bits(count: usize) -> u32 {
    count.max(2).next_power_of_two().ilog2().div_ceil(2)
}

/// Writes the images of the batch that `state[0]` counts to `images` from row `first_row` on; `indices` `[batch]` holds their numbers.
///
/// # Errors
/// [`PlanError`].
pub fn gather(
    plan: &mut Plan,
    state: &State,
    seed: u32,
    source: &Source,
    indices: &Tensor,
    (images, first_row): (&Tensor, usize),
) -> Result<(), PlanError> {
    let batch = indices.shape[0];
    let bindings = [("state", &state.counters), ("indices", indices)];
    let rows = match source.staged {
        None => {
            let params = [
                ("batch", batch.into()),
                ("count", source.count.into()),
                ("half_bits", half_bits(source.count).into()),
                ("seed", seed.into()),
                ("stream", stream::ORDER.into()),
            ];
            plan.dispatch(&INDICES, &[], &params, &bindings, Grid::Elements(batch))?;
            source.count
        }
        Some(slots) => {
            let params = [("batch", batch.into()), ("slots", slots.into()), ("stride", stride(batch).into())];
            plan.dispatch(&STAGED, &[], &params, &bindings, Grid::Elements(batch))?;
            slots * stride(batch)
        }
    };
    if source.points {
        return plan.dispatch(
            &GATHER_POINTS,
            &[],
            &[("batch", batch.into()), ("dimensions", source.pixels.into()), ("count", rows.into()), ("first_row", first_row.into())],
            &[("data", &source.data), ("indices", indices), ("points", images)],
            Grid::Elements(batch * source.pixels),
        );
    }
    let mut params = vec![
        ("batch", batch.into()),
        ("pixels", source.pixels.into()),
        ("channels", source.channels.into()),
        ("words", source.data.len().into()),
        ("first_row", first_row.into()),
        ("scale", ((source.high - source.low) / 255.0).into()),
        ("shift", source.low.into()),
    ];
    let mut bindings = vec![("data", &source.data), ("indices", indices), ("images", images)];
    let mut kernel = &GATHER;
    if let Some(width) = source.mirrored {
        params.extend([("width", width.into()), ("seed", seed.into()), ("stream", stream::MIRRORED.into())]);
        bindings.push(("state", &state.counters));
        kernel = &GATHER_MIRRORED;
    }
    plan.dispatch(kernel, &[], &params, &bindings, Grid::Elements(batch * source.pixels))
}
