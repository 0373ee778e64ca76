//! The integration tests, one module per subject.

mod data;
mod device_lost;
mod golden;
mod portable;
mod support;
#[cfg(target_os = "linux")]
mod window;
