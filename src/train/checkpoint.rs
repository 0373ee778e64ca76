//! Checkpoints: one safetensors file with all that the next step depends on.

use crate::{
    config::{Config, ConfigError},
    data::DataSet,
    ops::optimizer::POWERS,
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

/// Version of the file's layout.
const FORMAT: u32 = 3;

/// The oldest version that is still read. Its ring of statistics had two columns that held nothing.
const OLDEST: u32 = 1;

/// The oldest version whose runs go on with the same bits.
const SAME_BITS: u32 = 2;

/// The first version whose networks have the channels of a pixel side by side.
const INTERLEAVED: u32 = 3;

/// Columns of the ring in format 1, and those of them that are left.
const OLD_COLUMNS: usize = 12;
const OLD_KEPT: [usize; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11];

/// Key of the metadata. One key alone, because the order of several would not be fixed and with it the file's bytes.
const META: &str = "ganvas";

/// Which images a run was trained on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DataIdentity {
    /// Short name of the set.
    pub name: String,
    /// Hash over shape, images and labels.
    pub hash: String,
    /// Images.
    pub count: usize,
    /// Channels, height, width.
    pub shape: [usize; 3],
}

impl DataIdentity {
    /// Of a data set.
    pub fn of(data: &DataSet) -> Self {
        let shape = [data.channels, data.height, data.width];
        DataIdentity { name: data.name.clone(), hash: data.identity(), count: data.count, shape }
    }
}

#[derive(Serialize, Deserialize)]
struct Meta {
    format: u32,
    version: String,
    step: u32,
    updates_d: u32,
    variant: String,
    data: DataIdentity,
    config: String,
}

/// All that is needed to go on from a step exactly. Data order and noise are functions of seed and counters.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Steps done: updates of G.
    pub step: u32,
    /// Updates of D done.
    pub updates_d: u32,
    /// How the device computed; another variant goes on, but not bit for bit.
    pub variant: String,
    /// The images.
    pub data: DataIdentity,
    /// The resolved configuration.
    pub config: Config,
    /// Parameters (`G.0.weight`), optimizer state (`adam_m/G.0.weight`), averages (`ema/G.0.weight`), statistics; by name, with shape.
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// File.
        path: PathBuf,
        /// Cause.
        error: std::io::Error,
    },
    /// Truncated or not a checkpoint.
    #[error("{} is damaged or no Ganvas checkpoint ({what}); {}", path.display(), remedy(path))]
    Damaged {
        /// File.
        path: PathBuf,
        /// Cause.
        what: String,
    },
    /// Of colour images, with their values in another order.
    #[error("{} is of colour images by an older version, whose networks had a plane per channel; start a new run from its config.toml", path.display())]
    Planar {
        /// The checkpoint.
        path: PathBuf,
    },
    /// Written by another version.
    #[error("{} has checkpoint format {found}, this version of Ganvas reads format {FORMAT}; use the version that wrote it ({version})", path.display())]
    Version {
        /// File.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Version that wrote it.
        version: String,
    },
    /// Its configuration does not hold.
    #[error("in {}: {error}", path.display())]
    Config {
        /// File.
        path: PathBuf,
        /// Cause.
        error: ConfigError,
    },
}

/// What to do about a damaged file. Only what lies in a run is surely no one's treasure.
fn remedy(path: &Path) -> &'static str {
    match path.parent().and_then(Path::file_name) {
        Some(folder) if folder == "checkpoints" => "move it out of this folder to go on from the checkpoint before it",
        _ => "give a run directory, or a file from its folder `checkpoints`",
    }
}

impl Checkpoint {
    /// The file's bytes: the same checkpoint gives the same bytes.
    ///
    /// # Errors
    /// What safetensors says.
    pub fn to_bytes(&self) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let meta = Meta {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            step: self.step,
            updates_d: self.updates_d,
            variant: self.variant.clone(),
            data: self.data.clone(),
            config: self.config.to_toml(),
        };
        let json = serde_json::to_string(&meta).map_err(|e| safetensors::SafeTensorError::IoError(e.into()))?;
        let mut views = Vec::with_capacity(self.tensors.len());
        for (name, (shape, values)) in &self.tensors {
            views.push((name, TensorView::new(Dtype::F32, shape.clone(), bytemuck::cast_slice(values))?));
        }
        safetensors::serialize(views, Some(HashMap::from([(META.to_owned(), json)])))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`CheckpointError`] that names the file.
    pub fn read(path: &Path) -> Result<Checkpoint, CheckpointError> {
        let bytes = std::fs::read(path).map_err(|error| CheckpointError::Read { path: path.into(), error })?;
        let damaged = |what: String| CheckpointError::Damaged { path: path.into(), what };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| damaged(e.to_string()))?;
        let json = header.metadata().as_ref().and_then(|meta| meta.get(META)).ok_or_else(|| damaged("no Ganvas metadata".into()))?;
        // The format alone first: the rest may differ in another one.
        let value: serde_json::Value = serde_json::from_str(json).map_err(|e| damaged(e.to_string()))?;
        let format = value["format"].as_u64().unwrap_or(0) as u32;
        if !(OLDEST..=FORMAT).contains(&format) {
            let version = value["version"].as_str().unwrap_or("unknown").to_owned();
            return Err(CheckpointError::Version { path: path.into(), found: format, version });
        }
        let meta: Meta = serde_json::from_value(value).map_err(|e| damaged(e.to_string()))?;
        let config =
            Config::from_toml(&meta.config, "its configuration").map_err(|error| CheckpointError::Config { path: path.into(), error })?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(damaged(format!("tensor {name} is not float32")));
            }
            // The file's bytes may lie unaligned.
            let mut values: Vec<f32> = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            let mut shape = view.shape().to_vec();
            if name.starts_with("powers/") && shape == [2] {
                // From before rates and momentum could change: all of both is left.
                values.extend([1.0; POWERS - 2]);
                shape = vec![POWERS];
            }
            if format < SAME_BITS && name == "ring" && shape.last() == Some(&OLD_COLUMNS) {
                values = values.chunks_exact(OLD_COLUMNS).flat_map(|row| OLD_KEPT.map(|column| row[column])).collect();
                shape = vec![values.len() / OLD_KEPT.len(), OLD_KEPT.len()];
            }
            tensors.insert(name.to_owned(), (shape, values));
        }
        if format < INTERLEAVED && meta.data.shape[0] > 1 {
            return Err(CheckpointError::Planar { path: path.into() });
        }
        let variant = if format < SAME_BITS { format!("{} of an older version", meta.variant) } else { meta.variant };
        Ok(Checkpoint { step: meta.step, updates_d: meta.updates_d, variant, data: meta.data, config, tensors })
    }

    /// Where this checkpoint's tensors do not fit those that a network needs, each as a line.
    pub fn mismatches<'a>(&self, needed: impl IntoIterator<Item = (&'a str, &'a [usize])>) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, shape) in needed {
            match self.tensors.get(name) {
                None => lines.push(format!("{name} {shape:?} is missing")),
                Some((found, _)) if found != shape => lines.push(format!("{name} is {found:?}, the network needs {shape:?}")),
                Some(_) => {}
            }
        }
        lines
    }
}
