//! Training data: images, or points of a known distribution; where they come from and how they lie in memory.
//!
//! [`load`] turns a [`Request`] into a [`DataSet`] or says what is wrong; [`check`] looks at the
//! same images and reports on them, going on past what it cannot read. Files lie in a folder or an archive (`files`); which of the table
//! [`LAYOUTS`] they have is told by their content (`sniff`). To add a layout, write a file with its `finds` and `read`, and add a row.

mod arrays;
mod assemble;
mod builtin;
mod cache;
mod cifar;
mod classes;
mod content;
mod decode;
mod dice;
#[rustfmt::skip] // One line per stretch of a stroke, not one per number.
mod digits;
mod distribution;
mod error;
mod files;
mod idx;
mod jpeg;
mod left_out;
pub mod npy;
mod pen;
mod picture;
mod pictures;
mod published;
mod report;
mod request;
mod sniff;
mod split;

pub use cache::{Cache, Cached};
pub use distribution::{DISTRIBUTIONS, Distribution, Point, items};
pub use error::DataError;
pub use left_out::{LeftOut, Reason};
pub use picture::Unreadable;
pub use published::{PUBLISHED, Published, PublishedFile, data_folder, is_there, located};
pub use report::Report;
pub use request::{Background, Frames, Request};
pub use split::{Split, split};

use files::Files;
use picture::Reading;
use sha2::{Digest, Sha256};
use std::time::Instant;

/// Told how many of how many files are read.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// The values of a data set.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Images, one byte per value (0 to 255), planar: [count, channels, height, width].
    Bytes(Vec<u8>),
    /// Points of a known distribution: [count, 1, 1, dimensions].
    Reals(Vec<f32>),
}

/// The label of an image that has no class where others have one.
pub const UNLABELLED: u32 = u32::MAX;

/// Data in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// Short and safe in file names: letters, digits, `-` and `_`; "builtin", "mnist-t10k".
    pub name: String,
    /// All values, count x channels x height x width of them.
    pub values: Values,
    /// The class of each image as an index into `classes`, [`UNLABELLED`] for one without; `None` where the data have no classes.
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

    /// Channels, height and width.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
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

/// A way in which images lie in files.
pub struct Layout {
    /// Its name in reports.
    pub name: &'static str,
    /// One line on what it takes.
    pub help: &'static str,
    /// Whether the files are of this layout; the first row that says yes gets them.
    finds: fn(&Files) -> bool,
    /// Reads whatever can be read. [`load`] and [`check`] both begin here.
    read: fn(Files, &Request, Progress) -> Result<Reading, DataError>,
}

/// Every layout, in the order in which they are tried.
pub const LAYOUTS: &[Layout] = &[
    Layout { name: "idx", help: "MNIST's idx files (or EMNIST's, ...), plain or .gz", finds: idx::finds, read: idx::read },
    Layout { name: "cifar", help: "the binary batches of CIFAR-10 or CIFAR-100", finds: cifar::finds, read: cifar::read },
    Layout {
        name: "pictures",
        help: "pictures (PNG, JPEG, GIF, BMP, WebP, TIFF, PNM); their folders are the classes",
        finds: pictures::finds,
        read: pictures::read,
    },
    Layout { name: "arrays", help: "numpy arrays, .npy or .npz", finds: arrays::finds, read: arrays::read },
];

/// Data, and what there is to say about how they were read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The data.
    pub set: DataSet,
    /// What was assumed, left out or is odd, each in a sentence.
    pub notes: Vec<String>,
    /// The size that large images were brought to unasked, for [`Request::fit`].
    pub size: Option<u32>,
    /// What the cache of decoded images had to do with it.
    pub cached: Cached,
}

/// Loads what is asked for. Every image is there and of one shape, or it is an error that names
/// the file at fault. A known distribution goes by its name.
pub fn load(request: &Request) -> Result<DataSet, DataError> {
    Ok(load_telling(request, &|_, _| {})?.set)
}

/// As [`load`], with progress and all that there is to say. Images whose decoding takes long are kept in the cache of the request, where it
/// has one, and taken from there the next time.
pub fn load_telling(request: &Request, progress: Progress) -> Result<Loaded, DataError> {
    if let Some(distribution) = Distribution::named(&request.source) {
        return Ok(Loaded { set: distribution.load(request)?, notes: clash(request), size: None, cached: Cached::No });
    }
    let start = Instant::now();
    let request = &Request { source: located(&request.source)?, ..request.clone() };
    let source = Source::open(request)?;
    let kept = request.cache.as_ref().and_then(|cache| Some((cache, cache::key(&source, request)?)));
    let mut damaged = None;
    if let Some((cache, key)) = &kept {
        match cache.get(key) {
            Ok(Some(mut loaded)) => {
                loaded.notes.splice(0..0, clash(request));
                return Ok(loaded);
            }
            Ok(None) => {}
            Err(problem) => damaged = Some(problem),
        }
    }
    let reading = source.read(request, progress)?;
    let notes = assemble::notes(&reading, request);
    let size = reading.size;
    let mut loaded = Loaded { set: assemble::assemble(reading, request)?, notes, size, cached: Cached::No };
    if let Some((cache, key)) = kept
        && start.elapsed() > cache.after
    {
        match cache.put(&key, &loaded) {
            Ok(cached) => loaded.cached = cached,
            Err(problem) => loaded.notes.push(problem),
        }
    }
    loaded.notes.splice(0..0, clash(request));
    loaded.notes.extend(damaged);
    Ok(loaded)
}

/// Looks at what is asked for and reports on it. Images that cannot be read end up in the report;
/// an error is what leaves nothing to report on.
pub fn check(request: &Request, progress: Progress) -> Result<Report, DataError> {
    let request = &Request { source: located(&request.source)?, ..request.clone() };
    let source = Source::open(request)?;
    let kind = source.kind();
    let mut report = report::report(kind, source.read(request, progress)?, request);
    report.notes.splice(0..0, clash(request));
    Ok(report)
}

/// Says so where of two things of one name one hides the other.
fn clash(request: &Request) -> Vec<String> {
    let name = &request.source;
    let own = name == BUILTIN || Distribution::named(name).is_some();
    let hidden = own && std::path::Path::new(name).exists();
    let own = hidden.then(|| format!("`{name}` is ganvas' own data of that name; for what lies here under it give `./{name}`"));
    own.or_else(|| published::clash(name)).into_iter().collect()
}

/// The name of the built-in digits.
const BUILTIN: &str = "builtin";

/// What is read: files of a layout, or digits that Ganvas draws itself.
enum Source {
    Builtin,
    Files(Box<Files>, &'static Layout),
}

impl Source {
    /// Looks at what lies there.
    fn open(request: &Request) -> Result<Source, DataError> {
        if let Some(size) = request.size.filter(|size| !(1..=MAX_SIDE).contains(size)) {
            return Err(DataError::Size(size));
        }
        if let Some(channels) = request.channels.filter(|c| ![1, 3].contains(c)) {
            return Err(DataError::Channels(channels));
        }
        if request.source == BUILTIN {
            return Ok(Source::Builtin);
        }
        let layout = |files: &Files| LAYOUTS.iter().find(|layout| (layout.finds)(files));
        let mut files = Files::open(&request.source)?;
        let mut found = layout(&files);
        // A folder of which the data are in an archive, as they were downloaded.
        if found.is_none() && files.chosen.is_none() {
            match &files.archives()[..] {
                [] => {}
                [one] => {
                    files = Files::open(one)?;
                    found = layout(&files);
                }
                several => {
                    return Err(DataError::Several {
                        path: request.source.clone(),
                        what: "archives",
                        found: several.join(", "),
                        remedy: "give the path of the one to use",
                    });
                }
            }
        }
        match found {
            Some(layout) => Ok(Source::Files(Box::new(files), layout)),
            None if files.chosen.is_some() => Err(DataError::Unrecognised(request.source.clone())),
            None => Err(pictures::nothing(files)),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Source::Builtin => BUILTIN,
            Source::Files(_, layout) => layout.name,
        }
    }

    fn read(self, request: &Request, progress: Progress) -> Result<Reading, DataError> {
        match self {
            Source::Builtin => builtin::read(request),
            Source::Files(files, layout) => (layout.read)(*files, request, progress),
        }
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
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    let stem =
        if full.is_dir() { &name } else { name.strip_suffix(".tar.gz").or(name.rsplit_once('.').map(|(stem, _)| stem)).unwrap_or(&name) };
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }
    };
    let name: String = stem.chars().map(safe).take(40).collect();
    match name.trim_matches('-') {
        "" => "data".to_owned(),
        name => name.to_owned(),
    }
}
