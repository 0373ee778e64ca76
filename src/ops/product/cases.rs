//! Sizes for matrix products.

use crate::{
    ops::{
        case::{Case, case, products},
        pointwise::cases::ALPHA,
    },
    plan::Grid,
};

/// From the first row of y, and from one further down.
pub fn linear_forward() -> Vec<Case> {
    products(|[rows, inputs, outputs], first_row| {
        product([rows, inputs, outputs], [rows, outputs, inputs])
            .param("first_row", first_row)
            .param("alpha", ALPHA)
            .writes("y", first_row * outputs..(first_row + rows) * outputs)
    })
}

/// As [`linear_forward`].
pub fn linear_forward_wide() -> Vec<Case> {
    linear_forward()
}

/// Each size once.
pub fn product_alone() -> Vec<Case> {
    products(|[rows, inputs, outputs], _| product([rows, inputs, outputs], [rows, outputs, inputs]))
}

/// With a factor on dx and without.
pub fn product_by_input() -> Vec<Case> {
    products(|[rows, inputs, outputs], first_row| {
        let scale = if first_row == 0 { 1.0f32 } else { -0.37 };
        product([rows, inputs, outputs], [rows, inputs, outputs]).param("scale", scale)
    })
}

/// Each size once.
pub fn product_by_weight() -> Vec<Case> {
    products(|[rows, inputs, outputs], _| product([rows, inputs, outputs], [outputs, inputs, rows]))
}

/// With a factor on dx and without.
pub fn linear_backward_input() -> Vec<Case> {
    products(|[rows, inputs, outputs], first_row| {
        let scale = if first_row == 0 { 1.0f32 } else { 0.37 };
        product([rows, inputs, outputs], [rows, inputs, outputs]).param("scale", scale).param("alpha", ALPHA)
    })
}

/// Each size once.
pub fn linear_backward_params() -> Vec<Case> {
    products(|[rows, inputs, outputs], _| product([rows, inputs, outputs], [outputs, inputs + 1, rows]))
}

/// With tangents of one, half or all of the rows, the first or the last.
pub fn linear_backward_params_r1() -> Vec<Case> {
    products(|[rows, inputs, outputs], first_row| {
        let tangent_rows = [rows, rows / 2, rows.min(2)][(first_row + rows) % 3].max(1);
        let first = if first_row == 0 { 0 } else { rows - tangent_rows };
        product([rows, inputs, outputs], [outputs, inputs + 1, rows]).param("tangent_first", first).param("tangent_rows", tangent_rows)
    })
}

/// Each size once.
pub fn linear_tangent() -> Vec<Case> {
    products(|[rows, inputs, outputs], _| product([rows, inputs, outputs], [rows, outputs, inputs]).param("alpha", ALPHA))
}

fn product([rows, inputs, outputs]: [usize; 3], [c_rows, columns, inner]: [usize; 3]) -> Case {
    let params = vec![("rows", rows.into()), ("inputs", inputs.into()), ("outputs", outputs.into())];
    case(params, Grid::Product { rows: c_rows, columns, inner, parts: 1 }, inner)
}
