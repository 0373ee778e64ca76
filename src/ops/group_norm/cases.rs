//! Sizes for normalisations of pictures by themselves.

use crate::{
    ops::{
        batch_norm::{across, grid},
        case::{Case, case},
        pointwise::cases::ALPHA,
    },
    plan::Grid,
};

/// Pictures, pixels, channels and groups: one value, layers, instances, pixels, and blocks of more and of less values than threads.
const NORMS: [[usize; 4]; 8] =
    [[1, 1, 2, 1], [3, 7, 6, 2], [2, 1, 67, 1], [5, 9, 4, 4], [1, 257, 3, 3], [2, 61, 10, 2], [300, 1, 3, 1], [2, 16, 34, 17]];

fn norm([pictures, pixels, channels, groups]: [usize; 4]) -> Case {
    let params = vec![
        ("blocks", (pictures * groups).into()),
        ("pixels", pixels.into()),
        ("channels", channels.into()),
        ("groups", groups.into()),
        ("rows", (pictures * pixels).into()),
    ];
    Case { floor: 1.0, ..case(params, Grid::Elements(pictures * groups * 256), pixels * channels / groups) }
}

/// Each size, with its mean taken away and without.
fn norms(of: impl Fn([usize; 4], usize) -> Case) -> Vec<Case> {
    NORMS.iter().enumerate().map(|(n, sizes)| of(*sizes, n)).collect()
}

/// By turns from the first row and from row 3.
pub fn group_norm_forward() -> Vec<Case> {
    norms(|sizes, n| {
        let [pictures, pixels, channels, _] = sizes;
        let first_row = if n % 2 == 0 { 0 } else { 3 };
        norm(sizes)
            .param("centred", usize::from(n % 3 != 2))
            .param("first_row", first_row)
            // The variance of few values may be small, and the rounding of their mean large beside it.
            .param("epsilon", 0.1f32)
            .param("alpha", ALPHA)
            .writes("y", first_row * channels..(first_row + pictures * pixels) * channels)
    })
}

/// Each size once.
pub fn group_norm_backward_input() -> Vec<Case> {
    norms(|sizes, n| norm(sizes).param("centred", usize::from(n % 3 != 2)))
}

/// Each size once.
pub fn group_norm_backward_params() -> Vec<Case> {
    norms(|sizes, _| {
        let [pictures, pixels, channels, _] = sizes;
        let case = norm(sizes).param("positions", 1usize).param("across", across(channels, 1));
        Case { grid: grid(channels, 1), terms: pictures * pixels, ..case }
    })
}
