//! Numbers of workgroups whose sums the end of an update adds up.

use crate::{
    ops::case::{Case, Input, case},
    plan::Grid,
};

/// Updates of both nets, from the first to where counters wrap.
pub fn statistics() -> Vec<Case> {
    let groups = [1, 63, 64, 65, 257, 1021];
    let counters = [[0, 0], [5, 6], [512, 511], [513, 512], [100_000, 99_999], [u32::MAX, u32::MAX]];
    let one = |(n, (groups, state)): (usize, (&usize, [u32; 2]))| {
        let counter = n % 2;
        let values = [4usize, 1, 2, 7][n % 4];
        let (ring_rows, columns, column) = (512usize, 16, 7 * counter);
        let at = state[1] as usize % ring_rows * columns + column;
        let params = vec![
            ("groups", (*groups).into()),
            ("ring_rows", ring_rows.into()),
            ("columns", columns.into()),
            ("column", column.into()),
            ("values", values.into()),
            ("counter", counter.into()),
            ("counters", 2usize.into()),
            ("beta1", 0.5f32.into()),
            ("beta2", 0.999f32.into()),
            ("log_decay", if n % 3 == 0 { 0.0f32 } else { 4e-6 }.into()),
            ("batches", (500u32).into()),
            ("ramp_epochs", if n == 2 { 0u32 } else { 250 }.into()),
        ];
        case(params, Grid::One, *groups)
            .with("partials", Input::Between(0.0, 1.0))
            .with("state", Input::Words(state.to_vec()))
            .with("powers", Input::Between(0.1, 1.0))
            .writes("state", counter..counter + 1)
            .writes("ring", at..at + values + 2)
    };
    groups.iter().zip(counters).enumerate().map(one).collect()
}
