//! The integration tests, one module per subject.

mod bad_input;
mod cli;
mod data;
mod device_lost;
mod exact;
mod golden;
mod portable;
mod program;
mod support;
