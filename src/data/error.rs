//! What can go wrong with data, each with its cause and its remedy.

use super::{MAX_SIDE, Unreadable};

/// Why data cannot be used. The message names the file or setting at fault and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Nothing lies at the path.
    #[error("there is no file or folder `{0}`")]
    Missing(String),
    /// A file that is none of the known kinds.
    #[error(
        "`{0}` is not data that ganvas can read: give a folder or archive (.zip, .tar, .tar.gz) of pictures, of MNIST's idx files or of \
         CIFAR's binary batches, or a .npy or .npz file"
    )]
    Unrecognised(String),
    /// The system refuses to read a file or folder.
    #[error("cannot read `{path}`: {cause}")]
    Read {
        /// The file or folder.
        path: String,
        /// What the system says.
        cause: String,
    },
    /// A folder or archive without images.
    #[error(
        "`{path}` holds no images{}: looked in it and in its folders for {looked_for}; give a folder or archive that has some",
        if left_out.is_empty() { String::new() } else { format!(", only {left_out}") }
    )]
    Empty {
        /// The folder or archive.
        path: String,
        /// What lies there instead.
        left_out: String,
        /// What was looked for.
        looked_for: &'static str,
    },
    /// Images that cannot be read.
    #[error(
        "{} of the images in `{source_name}` cannot be read; mend or remove them, or train without them: `skip_unreadable = true`{}",
        all.len(), list(all)
    )]
    Unreadable {
        /// The folder or archive.
        source_name: String,
        /// Every one.
        all: Vec<Unreadable>,
    },
    /// Images that teach nothing.
    #[error("nothing can be learned from `{source_name}`: {why}")]
    Nothing {
        /// The source.
        source_name: String,
        /// Why, and what helps.
        why: String,
    },
    /// Images of several sizes and no size asked for.
    #[error(
        "the images in `{source_name}` differ in size: `{first}` is {} x {} and `{second}` is \
         {} x {}; give `size = N` to bring all to N x N",
        first_size.0, first_size.1, second_size.0, second_size.1
    )]
    MixedSizes {
        /// The folder or archive.
        source_name: String,
        /// The first image.
        first: String,
        /// Its width and height.
        first_size: (u32, u32),
        /// The first image that differs from it.
        second: String,
        /// Its width and height.
        second_size: (u32, u32),
    },
    /// A size that cannot be.
    #[error("the size {0} is out of range: give `size` from 1 to {MAX_SIDE}")]
    Size(u32),
    /// A number of channels that cannot be.
    #[error("{0} channels cannot be: give `channels = 1` (grey) or `channels = 3` (colour)")]
    Channels(u32),
    /// Every image is held out of training.
    #[error(
        "nothing is left to train on: `{source_name}` has {count} images, and valid = {valid} and test = {test} hold them all out; \
         lower `valid` or `test`"
    )]
    AllHeldOut {
        /// The data set.
        source_name: String,
        /// Its images.
        count: usize,
        /// How many of them for validation.
        valid: usize,
        /// How many for the test.
        test: usize,
    },
    /// A setting that only images have.
    #[error("`{name}` are points, not images: leave out `{option}`")]
    NoImages {
        /// The distribution.
        name: &'static str,
        /// The setting.
        option: &'static str,
    },
    /// Nothing asked for.
    #[error("0 examples of `{0}` are nothing to train on: ask for at least 1")]
    NoCount(&'static str),
    /// More than can be held in memory.
    #[error(
        "`{source_name}` would take {gigabytes} GiB of memory, over the limit of 8: use smaller \
         images (`size = N`) or fewer"
    )]
    TooLarge {
        /// The source.
        source_name: String,
        /// What it would take.
        gigabytes: u64,
    },
    /// More than there is room for here.
    #[error(
        "`{source_name}` takes {megabytes} MiB of memory, which the system does not give: use smaller images (`size = N`) or fewer, or \
         close other programs"
    )]
    NoMemory {
        /// The source.
        source_name: String,
        /// What it takes.
        megabytes: u64,
    },
    /// A published set that has not been downloaded.
    #[error("`{name}` is not here: get it with `ganvas data get {set}`, or give the path of a copy; looked in {folder}")]
    NotHere {
        /// As given.
        name: String,
        /// The set that it is or is a part of.
        set: &'static str,
        /// Where it would lie.
        folder: String,
    },
    /// A published set that has been downloaded in part.
    #[error("`{name}` is not whole: {missing} is missing in {folder}, or not of its size; get the rest with `ganvas data get {set}`")]
    Parted {
        /// As given.
        name: String,
        /// The set that it is or is a part of.
        set: &'static str,
        /// Where it lies.
        folder: String,
        /// What is missing.
        missing: String,
    },
    /// A published set that is several.
    #[error("`{name}` is several sets: give one of {parts}")]
    WhichPart {
        /// As given.
        name: String,
        /// The names of the sets.
        parts: String,
    },
    /// A system that does not say where data go.
    #[error("the system names no folder for data: set GANVAS_DATA to one")]
    NoFolder,
    /// A file of MNIST's format that is damaged or something else.
    #[error("`{path}` is no usable idx file: {problem}")]
    Idx {
        /// The file.
        path: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// CIFAR batches that are damaged or something else.
    #[error("`{path}` is no usable batch of CIFAR: {problem}")]
    Cifar {
        /// The file.
        path: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// An array that is damaged or holds no images.
    #[error("`{path}` is no usable array of images: {problem}")]
    Array {
        /// The file.
        path: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Several that could be meant, none of them the obvious one.
    #[error("`{path}` holds several {what} ({found}): {remedy}")]
    Several {
        /// The folder or archive.
        path: String,
        /// What there are several of.
        what: &'static str,
        /// All of them.
        found: String,
        /// How to choose.
        remedy: &'static str,
    },
    /// Labels that cannot belong to the images.
    #[error(
        "`{images_path}` has {images} images but `{labels_path}` has {labels} labels: get both \
         files from the same place, or remove the labels"
    )]
    LabelCount {
        /// The images file.
        images_path: String,
        /// How many it holds.
        images: usize,
        /// The labels file.
        labels_path: String,
        /// How many it holds.
        labels: usize,
    },
    /// A way into an archive that leads to nothing.
    #[error("`{path}` holds nothing whose name begins with `{within}`")]
    NotInArchive {
        /// The archive.
        path: String,
        /// The way.
        within: String,
    },
    /// An archive that cannot be opened.
    #[error("`{path}` is no usable {kind} archive: {cause}")]
    Archive {
        /// The archive.
        path: String,
        /// What it should be.
        kind: &'static str,
        /// What is wrong and what to do.
        cause: String,
    },
}

/// Every file with its cause, a line each.
fn list(all: &[Unreadable]) -> String {
    all.iter().map(|bad| format!("\n  {}: {}", bad.name, bad.cause)).collect()
}
