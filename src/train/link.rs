//! What the trainer says. Everything that shows or keeps a run (terminal, run directory, window) consumes these events.

use super::{Checkpoint, Metrics};
use std::sync::Arc;

/// Something happened in the trainer.
#[derive(Clone, Debug)]
pub enum Event {
    /// The steps up to this one are done; comes after every submission.
    Progress {
        /// Steps done.
        step: u32,
        /// Steps per second of the last submission.
        steps_per_second: f64,
    },
    /// A line of metrics.
    Metrics(Metrics),
    /// Generated images from the run's fixed latents.
    Preview(Preview),
    /// All that is needed to go on from here.
    Checkpoint(Arc<Checkpoint>),
    /// The last step is done and saved.
    Finished {
        /// Steps done.
        step: u32,
    },
    /// Stopped when asked to, after saving.
    Stopped {
        /// Steps done.
        step: u32,
    },
}

/// Generated images.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Steps done.
    pub step: u32,
    /// Images as bytes `[count, channels, height, width]`.
    pub images: Arc<Vec<u8>>,
    /// `[count, channels, height, width]`
    pub shape: [usize; 4],
}
