//! Sizes for batch normalisation.

use crate::{
    ops::{
        case::{Case, Input, case},
        pointwise::cases::ALPHA,
    },
    plan::Grid,
};

/// Rows, channels, positions and groups of batch normalisation: features, then pixels; one row more or less than its threads share.
const NORMS: [[usize; 4]; 9] = [
    [2, 1, 1, 1],
    [6, 63, 1, 2],
    [15, 16, 1, 1],
    [17, 17, 1, 1],
    [514, 3, 1, 2],
    [130, 131, 1, 1],
    [3, 5, 7, 1],
    [4, 2, 257, 2],
    [1, 3, 601, 1],
];

/// With running statistics that move, and ones that stay.
pub fn batch_norm_forward() -> Vec<Case> {
    norms(|[rows, channels, positions, groups], n| {
        let row = channels * positions;
        let first_row = if n % 2 == 0 { 0 } else { 3 };
        norm([rows, channels, positions, groups], n)
            .param("first_row", first_row)
            .param("momentum", if n % 3 == 1 { 0.0f32 } else { 0.1 })
            // The variance of few values may be small, and the rounding of their mean large beside it.
            .param("epsilon", if rows * positions / groups < 16 { 0.1f32 } else { 1e-5 })
            .param("alpha", ALPHA)
            .with("running_mean", Input::Between(-1.0, 1.0))
            .with("running_var", Input::Between(0.5, 2.0))
            .writes("y", first_row * row..(first_row + rows) * row)
    })
}

/// Each size once.
pub fn batch_norm_inference() -> Vec<Case> {
    norms(|[rows, channels, positions, _], n| {
        let row = channels * positions;
        let first_row = if n % 2 == 0 { 0 } else { 3 };
        let params = vec![("rows", rows.into()), ("channels", channels.into()), ("positions", positions.into())];
        case(params, Grid::Elements(rows * row), 0)
            .param("first_row", first_row)
            .param("epsilon", 1e-5f32)
            .param("alpha", ALPHA)
            .with("running_var", Input::Between(0.5, 2.0))
            .writes("y", first_row * row..(first_row + rows) * row)
    })
}

/// Each size once.
pub fn batch_norm_backward_input() -> Vec<Case> {
    norms(|sizes, n| norm(sizes, n).param("scale", if n % 2 == 0 { 1.0f32 } else { -0.37 }).param("alpha", ALPHA))
}

/// Each size once.
pub fn batch_norm_backward_params() -> Vec<Case> {
    norms(norm)
}

fn norms(case: impl Fn([usize; 4], usize) -> Case) -> Vec<Case> {
    NORMS.iter().enumerate().map(|(n, sizes)| Case { floor: 1.0, ..case(*sizes, n) }).collect()
}

fn norm([rows, channels, positions, groups]: [usize; 4], n: usize) -> Case {
    // As the layer does, and now and then otherwise: every power of two is right.
    let across = if positions > 1 { 1 << (n % 3) } else { channels.next_power_of_two().min(16 << (n % 3)) };
    let params = vec![
        ("rows", rows.into()),
        ("channels", channels.into()),
        ("positions", positions.into()),
        ("groups", groups.into()),
        ("across", across.into()),
    ];
    case(params, Grid::Elements(channels.div_ceil(across) * 256), rows * positions)
}
