//! The integration tests, one module per subject.

mod app;
mod bad_input;
mod batch_norm;
mod bench;
mod cli;
mod compare;
mod data;
mod device_lost;
mod diagnosis;
mod engine;
mod eval;
mod exact;
mod fuzz;
mod golden;
mod gradients;
mod habits;
mod kernels;
mod layering;
mod manners;
mod models;
mod operations;
mod plan;
mod plans;
mod points;
mod portable;
mod program;
mod recipe;
mod soak;
mod support;
mod trainer;
mod tuning;
#[cfg(target_os = "linux")]
mod window;
