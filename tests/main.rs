//! The integration tests, one module per subject.

mod app;
mod bad_input;
mod batch_norm;
mod bench;
mod cache;
mod cli;
mod compare;
mod data;
mod device_lost;
mod diagnosis;
mod engine;
mod eval;
mod exact;
mod fuzz;
mod get;
mod golden;
mod gradients;
mod habits;
mod kernels;
mod layering;
mod manners;
mod models;
mod plan;
mod plans;
mod points;
mod portable;
mod program;
mod recipe;
mod soak;
mod support;
mod tuning;
#[cfg(target_os = "linux")]
mod window;
