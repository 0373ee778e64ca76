//! The integration tests, one module per subject.

mod compare;
mod data;
mod gradients;
mod kernels;
mod layering;
mod portable;
mod soak;
mod support;
