//! Small cases, for tests that look at single elements.

use super::ops;
use ganvas::{ops::case::Case, plan::Value};

/// The smallest case with some neighbours.
pub fn small(kernel: &str) -> Case {
    let mut all = (ops::row(kernel).expect("a kernel").cases)();
    let is = |case: &Case, name: &str, value: usize| case.params.iter().any(|(n, v)| *n == name && *v == Value::from(value));
    let position = match kernel {
        "batch_norm_forward" | "batch_norm_inference" | "linear_forward" => all.iter().position(|case| is(case, "first_row", 0)),
        "maxout_forward" => all.iter().position(|case| is(case, "pieces", 5)),
        "activation_forward" | "dropout_forward" => all.iter().position(|case| is(case, "rows", 3) && is(case, "first_row", 0)),
        // The first row and column of the ring.
        "statistics" => Some(0),
        // More than one element.
        _ => Some(1),
    };
    all.swap_remove(position.expect("such a case"))
}
