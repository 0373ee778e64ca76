//! Training: a state machine that owns an engine, the events that it emits, and what is kept on disk.

mod checkpoint;
mod link;
pub mod metrics;
pub mod run_dir;
mod trainer;

pub use checkpoint::{Checkpoint, CheckpointError, DataIdentity};
pub use link::{Command, Event, Preview, Single};
pub use metrics::Metrics;
pub use run_dir::{RunDir, RunError};
pub use trainer::{Opener, TrainError, Trainer, to_bytes};
