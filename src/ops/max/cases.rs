//! Sizes for maxima over pieces.

use crate::{
    ops::case::{Case, Input, case},
    plan::Grid,
};

/// Pieces that differ, and ones that are all alike.
pub fn maxout_forward() -> Vec<Case> {
    maxouts(|[rows, units, pieces], n| {
        let first_row = if n % 2 == 0 { 0 } else { 3 };
        // By turns different values, and ones that are all alike.
        let high = if n % 3 == 2 { 0.5 } else { 2.0 };
        maxout([rows, units, pieces])
            .param("first_row", first_row)
            .with("h", Input::Between(0.5, high))
            .writes("y", first_row * units..(first_row + rows) * units)
    })
}

/// Each piece wins somewhere.
pub fn maxout_backward() -> Vec<Case> {
    maxouts(|sizes, _| {
        let [rows, units, pieces] = sizes;
        let winner = (0..rows * units).map(|n| (n * 7 % pieces) as u32).collect();
        maxout(sizes).with("winner", Input::Words(winner))
    })
}

/// As [`maxout_backward`].
pub fn maxout_tangent() -> Vec<Case> {
    maxout_backward()
}

fn maxouts(case: impl Fn([usize; 3], usize) -> Case) -> Vec<Case> {
    let sizes = [[1, 1, 1], [1, 63, 2], [3, 64, 3], [5, 65, 1], [257, 1, 5], [7, 131, 4], [2, 601, 2], [33, 240, 5], [65, 3, 17]];
    sizes.into_iter().enumerate().map(|(n, sizes)| case(sizes, n)).collect()
}

fn maxout([rows, units, pieces]: [usize; 3]) -> Case {
    let params = vec![("rows", rows.into()), ("units", units.into()), ("pieces", pieces.into())];
    case(params, Grid::Elements(rows * units * pieces), 0)
}
