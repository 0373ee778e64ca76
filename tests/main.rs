//! The integration tests, one module per subject.

mod data;
mod golden;
mod portable;
mod support;
