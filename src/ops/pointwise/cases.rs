//! Sizes for the kernels of one function.

use crate::{
    ops::case::{Case, Input, case, elements, matrices},
    plan::Grid,
};

/// Parameter of the functions that have one.
pub const ALPHA: f32 = 0.2;

/// Near 0, and far enough to overflow an exponential that is not guarded.
pub fn activation_forward() -> Vec<Case> {
    matrices(|rows, inputs, first_row| {
        let reach = if inputs == 65 { 200.0 } else { 3.0 };
        let case = elements(rows, inputs)
            .param("first_row", first_row)
            .param("alpha", ALPHA)
            .with("x", Input::Between(-reach, reach))
            .writes("y", first_row * inputs..(first_row + rows) * inputs);
        // As gelu's tail: the product of an x that is not small and the difference of two numbers near 1.
        Case { floor: 1.0, ..case }
    })
}

/// Each size with the slope and with the second derivative.
pub fn slope_product() -> Vec<Case> {
    let with = |second: u32| {
        matrices(move |rows, inputs, _| elements(rows, inputs).param("second", second).param("scale", 0.37f32).param("alpha", ALPHA))
    };
    [0, 1].into_iter().flat_map(with).collect()
}

/// Where every function and each of its derivatives has a value.
pub fn map_alone() -> Vec<Case> {
    matrices(|rows, inputs, _| {
        let count = rows * inputs;
        case(vec![("count", count.into()), ("alpha", ALPHA.into())], Grid::Elements(count), 0).with("x", Input::Between(0.25, 1.5))
    })
}
