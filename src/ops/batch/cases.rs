//! Batches and data sets to gather them from.

use crate::{
    ops::case::{Case, Input, case},
    plan::Grid,
};

/// Data sets of one batch and of many, from the first epoch on.
pub fn batch_indices() -> Vec<Case> {
    [[1usize, 1], [1, 7], [7, 7], [64, 65], [63, 1021], [257, 60_000], [3, 4], [65, 1 << 20]]
        .iter()
        .zip([0, 1, 5, 77, 100_000, 999, u32::MAX - 1, 31])
        .map(|([batch, count], updates)| {
            let params = vec![
                ("batch", (*batch as u32).into()),
                ("count", (*count as u32).into()),
                ("half_bits", crate::ops::batch::half_bits(*count).into()),
                ("seed", 9u32.into()),
                ("stream", 8u32.into()),
            ];
            case(params, Grid::Elements(*batch), 0).with("state", Input::Words(vec![updates]))
        })
        .collect()
}

/// Of one slot and of many, from the first batch on.
pub fn staged_indices() -> Vec<Case> {
    [[1usize, 1, 4], [1, 7, 4], [7, 2, 8], [257, 63, 260]]
        .iter()
        .zip([0, 6, 77, u32::MAX])
        .map(|([batch, slots, stride], updates)| {
            let params = vec![("batch", (*batch).into()), ("slots", (*slots).into()), ("stride", (*stride).into())];
            case(params, Grid::Elements(*batch), 0).with("state", Input::Words(vec![updates]))
        })
        .collect()
}

/// To the first row of images, and to one further down.
pub fn gather_batch() -> Vec<Case> {
    gathers([[1, 1, 1], [1, 63, 5], [3, 64, 9], [5, 65, 7], [131, 7, 257], [2, 784, 3]], |case, _| case)
}

/// Images of one column and of many.
pub fn gather_mirrored() -> Vec<Case> {
    gathers([[1, 1, 1], [9, 63, 5], [7, 64, 9], [33, 65, 7], [131, 7, 257], [6, 784, 3]], |case, pixels| {
        let width = [28usize, 13, 8, 7, 1].into_iter().find(|width| pixels.is_multiple_of(*width)).unwrap_or(1);
        let case = case.param("width", width).param("seed", 9u32).param("stream", 12u32);
        case.with("state", Input::Words(vec![pixels as u32]))
    })
}

/// Of so many images per batch, values per image, and images.
fn gathers(sizes: [[usize; 3]; 6], more: impl Fn(Case, usize) -> Case) -> Vec<Case> {
    sizes
        .iter()
        .map(|[batch, pixels, count]| {
            let words = (pixels * count).div_ceil(4);
            let params = vec![
                ("batch", (*batch).into()),
                ("pixels", (*pixels).into()),
                ("channels", if pixels.is_multiple_of(3) { 3u32 } else { 1 }.into()),
                ("words", words.into()),
                ("first_row", (batch % 2).into()),
                ("scale", (2.0f32 / 255.0).into()),
                ("shift", (-1.0f32).into()),
            ];
            let word = |n: usize| crate::random::random_bits(3, 0, 0, n as u32);
            // The last image and others in no order, some twice.
            let indices = (0..*batch).map(|row| ((row * 7 + count - 1) % count) as u32).collect();
            more(case(params, Grid::Elements(batch * pixels), 0), *pixels)
                .with("data", Input::Words((0..words).map(word).collect()))
                .with("indices", Input::Words(indices))
                .writes("images", batch % 2 * pixels..(batch % 2 + batch) * pixels)
        })
        .collect()
}

/// To the first row of points, and to one further down.
pub fn gather_points() -> Vec<Case> {
    [[1usize, 1, 1], [1, 2, 5], [3, 1, 9], [65, 2, 7], [131, 3, 257], [257, 2, 1021]]
        .iter()
        .map(|[batch, dimensions, count]| {
            let params = vec![
                ("batch", (*batch).into()),
                ("dimensions", (*dimensions).into()),
                ("count", (*count).into()),
                ("first_row", (batch % 2).into()),
            ];
            // The last point and others in no order, some twice.
            let indices = (0..*batch).map(|row| ((row * 7 + count - 1) % count) as u32).collect();
            case(params, Grid::Elements(batch * dimensions), 0)
                .with("indices", Input::Words(indices))
                .writes("points", batch % 2 * dimensions..(batch % 2 + batch) * dimensions)
        })
        .collect()
}
