//! Training data: images, or points of a known distribution; where they come from and how they lie in memory.
//!
//! [`load`] turns a [`Request`] into a [`DataSet`] or says what is wrong; [`check`] looks at the
//! same images and reports on them, going on past what it cannot read. Both work through the table
//! [`SOURCES`]: to add a source, write a file with its `recognises` and `read`, and add a row.

mod assemble;
mod builtin;
mod dice;
#[rustfmt::skip] // One line per stretch of a stroke, not one per number.
mod digits;
mod distribution;
mod error;
mod files;
mod folder;
mod idx;
mod pen;
mod picture;
mod report;
mod split;
mod zip;

pub use distribution::{DISTRIBUTIONS, Distribution, Point, items};
pub use error::DataError;
pub use picture::Unreadable;
pub use report::Report;
pub use split::{Split, split};

use picture::Reading;
use sha2::{Digest, Sha256};

/// The values of a data set.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Images, one byte per value (0 to 255), planar: [count, channels, height, width].
    Bytes(Vec<u8>),
    /// Points of a known distribution: [count, 1, 1, dimensions].
    Reals(Vec<f32>),
}

/// Data in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// Short and safe in file names: letters, digits, `-` and `_`; "builtin", "mnist-t10k".
    pub name: String,
    /// All values, count x channels x height x width of them.
    pub values: Values,
    /// The class of each image as an index into `classes`; `None` where the data have no classes.
    pub labels: Option<Vec<u32>>,
    /// The names of the classes; empty where `labels` is `None`.
    pub classes: Vec<String>,
    /// How many images; at least 1.
    pub count: usize,
    /// 1 (grey, or points) or 3 (red, green, blue).
    pub channels: usize,
    /// In pixels; 1 for points.
    pub height: usize,
    /// In pixels; for points their dimensions.
    pub width: usize,
}

impl DataSet {
    /// All images, one byte per value; empty where the data are points.
    pub fn bytes(&self) -> &[u8] {
        match &self.values {
            Values::Bytes(bytes) => bytes,
            Values::Reals(_) => &[],
        }
    }

    /// All points [count, dimensions]; empty where the data are images.
    pub fn reals(&self) -> &[f32] {
        match &self.values {
            Values::Bytes(_) => &[],
            Values::Reals(reals) => reals,
        }
    }

    /// The distribution of which these are points, where they are.
    pub fn distribution(&self) -> Option<&'static Distribution> {
        match &self.values {
            Values::Bytes(_) => None,
            Values::Reals(_) => Distribution::named(&self.name),
        }
    }

    /// The values of image `i`: [channels, height, width]. Panics unless these are images and `i < count`.
    pub fn image(&self, i: usize) -> &[u8] {
        let pixels = self.pixels();
        &self.bytes()[i * pixels..][..pixels]
    }

    /// Values per image: channels x height x width.
    pub fn pixels(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Mean over all images of each of an image's values, as shares of 255: [channels, height, width].
    pub fn means(&self) -> Vec<f64> {
        let mut sums = vec![0u64; self.pixels()];
        for image in self.bytes().chunks_exact(self.pixels()) {
            for (sum, value) in sums.iter_mut().zip(image) {
                *sum += u64::from(*value);
            }
        }
        sums.into_iter().map(|sum| sum as f64 / (255.0 * self.count as f64)).collect()
    }

    /// 16 hexadecimal digits that depend on shape, images and labels: equal for equal data, so that
    /// a resumed run can tell whether its data are still the same.
    pub fn identity(&self) -> String {
        let mut hash = Sha256::new();
        for side in [self.count, self.channels, self.height, self.width] {
            hash.update((side as u64).to_le_bytes());
        }
        hash.update(self.bytes());
        hash.update(bytemuck::cast_slice(self.reals()));
        for label in self.labels.iter().flatten() {
            hash.update(label.to_le_bytes());
        }
        hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// "builtin", the name of a known distribution, or the path of a folder or file.
    pub source: String,
    /// Width and height to bring the images to, in pixels; `None` keeps their own size.
    pub size: Option<u32>,
    /// 1 (grey) or 3 (colour); `None` goes by the images.
    pub channels: Option<u32>,
    /// How many images a source that draws its own makes; others give all they have.
    pub count: usize,
    /// The seed of a source that draws its own.
    pub seed: u32,
    /// Whether a test set that lies beside the training set is read too, behind it: for those who hold images out.
    pub test_too: bool,
}

/// A kind of place that images come from.
pub struct Source {
    /// Its name in reports.
    pub name: &'static str,
    /// One line on what it takes.
    pub help: &'static str,
    /// Whether the request is for this source; the first row that says yes gets it.
    pub recognises: fn(&Request) -> bool,
    /// Reads whatever can be read. [`load`] and [`check`] both begin here.
    read: fn(&Request) -> Result<Reading, DataError>,
}

/// Every source, in the order in which they are tried.
pub const SOURCES: &[Source] = &[
    Source {
        name: "builtin",
        help: "`builtin`: handwriting-like digits in ten classes, drawn by ganvas itself",
        recognises: builtin::recognises,
        read: builtin::read,
    },
    Source { name: "zip", help: "a .zip archive of images; its folders are the classes", recognises: zip::recognises, read: zip::read },
    Source {
        name: "idx",
        help: "a folder with MNIST's idx files (or EMNIST's, ...), plain or .gz, or one images file",
        recognises: idx::recognises,
        read: idx::read,
    },
    Source {
        name: "folder",
        help: "a folder of images (png, jpg, gif, bmp, webp); its subfolders are the classes",
        recognises: folder::recognises,
        read: folder::read,
    },
];

/// Loads what is asked for. Every image is there and of one shape, or it is an error that names
/// the file at fault. A known distribution goes by its name.
pub fn load(request: &Request) -> Result<DataSet, DataError> {
    if let Some(distribution) = Distribution::named(&request.source) {
        return distribution.load(request);
    }
    let (_, reading) = read(request)?;
    assemble::assemble(reading, request)
}

/// Looks at what is asked for and reports on it. Images that cannot be read end up in the report;
/// an error is what leaves nothing to report on.
pub fn check(request: &Request) -> Result<Report, DataError> {
    let (source, reading) = read(request)?;
    Ok(report::report(source, reading, request))
}

fn read(request: &Request) -> Result<(&'static Source, Reading), DataError> {
    if let Some(size) = request.size.filter(|size| !(1..=MAX_SIDE).contains(size)) {
        return Err(DataError::Size(size));
    }
    if let Some(channels) = request.channels.filter(|c| ![1, 3].contains(c)) {
        return Err(DataError::Channels(channels));
    }
    let path = std::path::Path::new(&request.source);
    match SOURCES.iter().find(|source| (source.recognises)(request)) {
        Some(source) => Ok((source, (source.read)(request)?)),
        None if path.try_exists().unwrap_or(true) => Err(DataError::Unrecognised(request.source.clone())),
        None => Err(DataError::Missing(request.source.clone())),
    }
}

/// The largest width or height to bring images to.
const MAX_SIDE: u32 = 4096;

/// The most bytes of images to hold in memory: 8 GiB.
const MAX_BYTES: u64 = 8 << 30;

/// An error if `count` images of `pixels` values each are too much for the memory.
fn check_room(source: &str, count: u64, pixels: u64) -> Result<(), DataError> {
    let bytes = count.saturating_mul(pixels);
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(DataError::TooLarge { source_name: source.to_owned(), gigabytes: bytes >> 30 })
}

/// A short name, safe in file names, for the data at `path`.
fn short_name(path: &std::path::Path) -> String {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let stem = if full.is_dir() { full.file_name() } else { full.file_stem() };
    let stem = stem.unwrap_or_default().to_string_lossy().into_owned();
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }
    };
    let name: String = stem.chars().map(safe).take(40).collect();
    match name.trim_matches('-') {
        "" => "data".to_owned(),
        name => name.to_owned(),
    }
}
