//! Numbers of parameters for optimizers and averages.

use super::BLOCK;
use crate::{
    ops::case::{Case, Input, case},
    plan::Grid,
};

/// Lengths of what is flat: optimizers work in blocks of 1024, four to a thread, their twins in tasks of 16 blocks.
const LENGTHS: [usize; 8] = [1, 63, 256, 257, 1021, 1024, 1025, 16 * 1024 + 19];

/// The first update, and later ones.
pub fn adam() -> Vec<Case> {
    optimizers(|count, groups| {
        let first = count % 2 == 1;
        let params = vec![
            ("count", count.into()),
            ("groups", groups.into()),
            ("dial", 1u32.into()),
            ("beta1", if first { 0.0f32 } else { 0.5 }.into()),
            ("beta2", 0.999f32.into()),
            ("epsilon", 1e-8f32.into()),
            ("lr_floor", if first { 0.0f32 } else { 0.002 }.into()),
            ("clip", if first { 3.0e38f32 } else { 0.7 }.into()),
        ];
        // At the first update 1 - beta2 is what remains of 1, and the rounding of beta2 counts a thousandfold: small rates
        // keep that below the rounding of the weights.
        case(params, Grid::Elements(256 * groups), BLOCK)
            .with("dials", Input::Values(vec![f32::NAN, 0.003]))
            .with("powers", Input::Values(if first { vec![1.0, 1.0, 0.9, 1.0] } else { vec![0.25, 0.7, 0.1, 1.0] }))
            .with("weights", Input::Between(-1.0, 1.0))
            .with("m", Input::Between(-0.1, 0.1))
            .with("v", Input::Between(0.01, 1.0))
    })
}

/// Rates above their floor and below.
pub fn sgd() -> Vec<Case> {
    optimizers(|count, groups| {
        // A floor below and one above the rate at the start.
        let params = vec![
            ("count", count.into()),
            ("groups", groups.into()),
            ("dial", 0u32.into()),
            ("momentum", 0.9f32.into()),
            ("momentum_final", 0.4f32.into()),
            ("lr_floor", if count % 2 == 0 { 0.01f32 } else { 1.0 }.into()),
            ("clip", if count % 2 == 0 { 3.0e38f32 } else { 0.7 }.into()),
        ];
        case(params, Grid::Elements(256 * groups), BLOCK)
            .with("powers", Input::Values(vec![f32::NAN, f32::NAN, 0.5, 0.25]))
            .with("dials", Input::Values(vec![0.1]))
            .with("weights", Input::Between(-1.0, 1.0))
            .with("velocity", Input::Between(-1.0, 1.0))
    })
}

/// With clipped weights and without.
pub fn rmsprop() -> Vec<Case> {
    optimizers(|count, groups| {
        let params = vec![
            ("count", count.into()),
            ("groups", groups.into()),
            ("dial", 0u32.into()),
            ("alpha", 0.9f32.into()),
            ("epsilon", 1e-8f32.into()),
            ("lr_floor", 0.0f32.into()),
            ("clip", if count % 2 == 0 { 3.0e38f32 } else { 0.7 }.into()),
        ];
        case(params, Grid::Elements(256 * groups), BLOCK)
            .with("powers", Input::Values(vec![f32::NAN, f32::NAN, 0.5, f32::NAN]))
            .with("dials", Input::Values(vec![0.01]))
            .with("weights", Input::Between(-1.0, 1.0))
            .with("square", Input::Between(0.01, 1.0))
    })
}

/// From the first update to one whose number f32 does not hold.
pub fn ema() -> Vec<Case> {
    LENGTHS
        .iter()
        .zip([0, 1, 30, 1000, 100_000, 7, 16_777_215, 12_345].iter().cycle())
        .map(|(count, updates)| {
            let params = vec![("count", (*count).into()), ("counter", 1u32.into()), ("decay", 0.999f32.into())];
            case(params, Grid::Elements(*count), 0)
                .with("state", Input::Words(vec![u32::MAX, *updates]))
                .with("ema", Input::Between(-1.0, 1.0))
        })
        .collect()
}

fn optimizers(case: impl Fn(usize, usize) -> Case) -> Vec<Case> {
    LENGTHS.iter().map(|count| case(*count, count.div_ceil(BLOCK))).collect()
}
