//! Penalties on D's gradient by its input: expressions of a gradient, which [`grad`](crate::graph::grad) differentiates again.

mod one_centred;
mod zero_centred;

pub use one_centred::{between, one_centred};
pub use zero_centred::zero_centred;
