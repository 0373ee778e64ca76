//! Why training cannot start or go on.

use crate::{config::ConfigError, data::items, engine::EngineError, models::ModelError, plan::amount, train::DataIdentity};

/// Why training cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The networks do not come out.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A setting makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Too few images or points.
    #[error("batch = {batch} is larger than the data set {name} with {count} {}; choose a batch of at most {count}", items(name))]
    BatchTooLarge {
        /// Images or points per batch.
        batch: usize,
        /// Data set.
        name: String,
        /// What it holds.
        count: usize,
    },
    /// There is too little memory.
    #[error("with batch = {batch} the networks take {} of memory, and {} are free; {}", amount(*needs, "B"), amount(*memory, "B"), instead(*fitting))]
    NoMemory {
        /// Images per batch.
        batch: usize,
        /// Bytes of the plan.
        needs: usize,
        /// Bytes that there are.
        memory: usize,
        /// A batch that would fit.
        fitting: Option<usize>,
    },
    /// The device cannot take the plan, but could take that of a smaller batch.
    #[error("{error}; batch = {fitting} would fit")]
    Pieces {
        /// The device's words.
        error: EngineError,
        /// The batch.
        fitting: usize,
    },
    /// The checkpoint is of another network.
    #[error("the checkpoint does not fit the network:\n  {}", lines.join("\n  "))]
    OtherNetwork {
        /// What differs.
        lines: Vec<String>,
    },
    /// The checkpoint is of other data.
    #[error(
        "the run was trained on {} ({} {}, {:?}), but the data now is {} ({} {}, {:?}) or its content differs; \
         give the same data to resume, or start a new run",
        expected.name, expected.count, items(&expected.name), expected.shape, found.name, found.count, items(&found.name), found.shape
    )]
    OtherData {
        /// In the checkpoint.
        expected: Box<DataIdentity>,
        /// Now.
        found: Box<DataIdentity>,
    },
    /// NaN or infinity.
    #[error(
        "step {step}: the {what} is no longer a finite number, so training stopped there. \
         Try lower learning rates (`lr`), a larger R1 penalty (`r1`), or another `seed`"
    )]
    NonFinite {
        /// The step, counted from 1.
        step: u32,
        /// Which number.
        what: &'static str,
    },
}

fn instead(fitting: Option<usize>) -> String {
    match fitting {
        Some(fitting) => format!("batch = {fitting} would fit"),
        None => "no smaller batch fits; choose smaller networks or smaller pictures".into(),
    }
}
