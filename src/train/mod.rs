//! Training: a state machine that owns an engine, the events that it emits, and what is kept on disk.

mod checkpoint;
pub mod diagnosis;
pub mod diversity;
mod link;
pub mod metrics;
#[cfg(feature = "window")]
mod neighbours;
pub mod run_dir;
pub mod session;
mod trainer;
mod tuning;
#[cfg(feature = "window")]
pub mod worker;

pub use crate::models::{Column, Plot};
pub use checkpoint::{Checkpoint, CheckpointError, DataIdentity};
pub use link::{Command, Event, Neighbours, Note, Preview, RunInfo, Single, Wish};
pub use metrics::Metrics;
pub use run_dir::{RunDir, RunError};
pub use session::latents;
pub use trainer::{Open, Opener, TrainError, Trainer, sigmoids, to_bytes};
