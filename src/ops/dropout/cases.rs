//! Sizes for dropout.

use crate::ops::{
    case::{Case, Input, elements, matrices},
    pointwise::cases::ALPHA,
};

/// Some kept, and all.
pub fn dropout_mask() -> Vec<Case> {
    matrices(|rows, inputs, first_row| {
        elements(rows, inputs)
            .param("seed", u32::MAX)
            .param("stream", first_row)
            .param("counter", 0u32)
            .param("keep", if first_row == 0 { 0.7f32 } else { 1.0 })
            .with("state", Input::Words(vec![123_456]))
    })
}

/// From the first row of y, and from one further down.
pub fn dropout_forward() -> Vec<Case> {
    matrices(|rows, inputs, first_row| {
        elements(rows, inputs).param("first_row", first_row).writes("y", first_row * inputs..(first_row + rows) * inputs)
    })
}

/// Each size once.
pub fn dropout_backward() -> Vec<Case> {
    matrices(|rows, inputs, _| elements(rows, inputs).param("scale", -1.5f32).param("alpha", ALPHA))
}
