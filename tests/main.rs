//! The integration tests, one module per subject.

mod data;
mod portable;
mod support;
