//! The integration tests, one module per subject.

mod compare;
mod data;
mod device_lost;
mod golden;
mod gradients;
mod kernels;
mod layering;
mod portable;
mod soak;
mod support;
#[cfg(target_os = "linux")]
mod window;
