//! The source for MNIST's idx format, as MNIST, Fashion-MNIST, KMNIST and EMNIST come.

use super::picture::{Picture, Reading};
use super::{DataError, MAX_BYTES, MAX_SIDE, Request, check_room, short_name};
use flate2::read::MultiGzDecoder;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A folder with an idx images file (itself or in its `raw`, where torchvision puts them), or a
/// file that is one by name or content.
pub(super) fn recognises(request: &Request) -> bool {
    let path = Path::new(&request.source);
    if path.is_dir() {
        return !find_images(path).1.is_empty();
    }
    let mut start = [0; 4];
    let content = open(path).and_then(|mut file| file.read_exact(&mut start));
    path.is_file() && (file_name(path).contains("idx") || content.is_ok() && start[..3] == [0, 0, 8])
}

/// Reads the images, and the labels that lie beside them.
pub(super) fn read(request: &Request) -> Result<Reading, DataError> {
    let path = Path::new(&request.source);
    let images_path = if path.is_dir() { choose(path)? } else { path.to_owned() };
    let mut files = vec![read_file(&images_path, request)?];
    if let (true, true, Some(test)) = (request.test_too, path.is_dir(), test_beside(&images_path)) {
        files.push(read_file(&test, request)?);
    }
    // Classes without images (EMNIST's letters begin at 1) are no classes.
    let used: Vec<u8> = BTreeSet::from_iter(files.iter().flat_map(|file| file.labels.iter().flatten().copied())).into_iter().collect();
    let classes = if files.iter().all(|file| file.labels.is_some()) { used.iter().map(u8::to_string).collect() } else { Vec::new() };
    let about = files.iter().map(|file| file.about.as_str()).collect::<Vec<_>>().join("; then ");
    let mut pictures = Vec::new();
    for file in files {
        let first = pictures.len();
        pictures.extend(file.pictures);
        for (picture, value) in pictures[first..].iter_mut().zip(file.labels.iter().flatten().filter(|_| !classes.is_empty())) {
            picture.class = used.binary_search(value).ok().map(|class| class as u32);
        }
    }
    Ok(Reading { name: data_name(path, &images_path), about, pictures, classes, unreadable: Vec::new(), ignored: 0 })
}

/// What an images file and the labels beside it hold.
struct IdxFile {
    about: String,
    pictures: Vec<Picture>,
    labels: Option<Vec<u8>>,
}

fn read_file(images_path: &Path, request: &Request) -> Result<IdxFile, DataError> {
    let (shape, mut values) = read_idx::<3>(images_path)?;
    let [count, mut height, mut width] = shape;
    let pixels = height * width;
    let kept = request.size.map_or(pixels as u64, |n| u64::from(n).pow(2));
    check_room(&request.source, count as u64, kept)?;

    // EMNIST stores its images on their side; upright is what anyone wants.
    let transposed = file_name(images_path).starts_with("emnist-");
    if transposed {
        values.par_chunks_mut(pixels).for_each(|image| transpose(image, height, width));
        (height, width) = (width, height);
    }
    let pictures: Vec<Picture> = values
        .par_chunks(pixels)
        .enumerate()
        .map(|(i, values)| {
            let size = (width as u32, height as u32);
            Picture::grey(format!("image {i}"), size, values, request.size)
        })
        .collect();

    let labels_path = find_labels(images_path);
    let mut labels = None;
    if let Some(labels_path) = &labels_path {
        let ([found], values) = read_idx::<1>(labels_path)?;
        if found != count {
            return Err(DataError::LabelCount {
                images_path: images_path.display().to_string(),
                images: count,
                labels_path: labels_path.display().to_string(),
                labels: found,
            });
        }
        labels = Some(values);
    }
    let labels_name = labels_path.as_deref().map_or("none".to_owned(), file_name);
    let turned = if transposed { ", set upright" } else { "" };
    let about = format!("images: {}{turned}; labels: {labels_name}", file_name(images_path));
    Ok(IdxFile { about, pictures, labels })
}

/// The test set's images file, of the same name but for `train`; `None` where there is none.
fn test_beside(train: &Path) -> Option<PathBuf> {
    let name = file_name(train);
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let names = ["t10k", "test"].into_iter().map(|part| plain.replacen("train", part, 1)).filter(|other| other != plain);
    names.flat_map(|name| [name.clone(), format!("{name}.gz")]).map(|name| train.with_file_name(name)).find(|path| path.is_file())
}

/// A folder's own name (that of the folder above for `raw`); for a file, its name without what all
/// such files share.
fn data_name(path: &Path, images_path: &Path) -> String {
    if !path.is_dir() {
        let name = file_name(images_path);
        let end = name.find("-images").unwrap_or(name.len());
        return short_name(Path::new(name[..end].trim_end_matches(".gz")));
    }
    match path.canonicalize() {
        Ok(full) if full.ends_with("raw") => short_name(full.parent().unwrap_or(&full)),
        _ => short_name(path),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The folder that holds idx image files, `path` or `path/raw`, and their names in order; where a
/// file lies there both plain and as .gz, only the plain one.
fn find_images(path: &Path) -> (PathBuf, Vec<String>) {
    let list = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names: BTreeSet<String> = entries
            .map(|entry| file_name(&entry.path()))
            .filter(|name| {
                let name = name.strip_suffix(".gz").unwrap_or(name);
                !name.starts_with('.') && name.contains("images") && name.ends_with("idx3-ubyte")
            })
            .collect();
        let doubled = |name: &String| name.strip_suffix(".gz").is_some_and(|plain| names.contains(plain));
        names.iter().filter(|name| !doubled(name)).cloned().collect()
    };
    let own = list(path);
    let raw = path.join("raw");
    match list(&raw) {
        below if own.is_empty() && !below.is_empty() => (raw, below),
        _ => (path.to_owned(), own),
    }
}

/// The images file to use of a folder: that of the training set, else that of the test set.
fn choose(path: &Path) -> Result<PathBuf, DataError> {
    let (folder, names) = find_images(path);
    for part in ["train", "t10k", "test", ""] {
        let found: Vec<&String> = names.iter().filter(|name| name.contains(part)).collect();
        match found[..] {
            [] => {}
            [one] => return Ok(folder.join(one)),
            _ => break,
        }
    }
    Err(DataError::SeveralIdx { path: folder.display().to_string(), files: names.join(", ") })
}

/// The labels file that belongs to an images file.
fn find_labels(images_path: &Path) -> Option<PathBuf> {
    let name = file_name(images_path);
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    if !plain.contains("images") {
        return None;
    }
    let labels = plain.replace("images", "labels").replace("idx3", "idx1");
    [labels.clone(), format!("{labels}.gz")].map(|name| images_path.with_file_name(name)).into_iter().find(|path| path.is_file())
}

/// A file's content, unpacked if it begins like gzip, whatever its name.
fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(File::open(path)?);
    Ok(if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Reads an idx file of bytes in `N` dimensions: its shape and its values.
fn read_idx<const N: usize>(path: &Path) -> Result<([usize; N], Vec<u8>), DataError> {
    let problem = |problem: String| DataError::Idx { path: path.display().to_string(), problem };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => problem("it ends early; download it again".to_owned()),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            problem(format!("its gzip packing is damaged ({error}); download it again"))
        }
        _ => DataError::Read { path: path.display().to_string(), cause: error.to_string() },
    };
    let mut file = open(path).map_err(failed)?;
    let mut word = || -> Result<u32, DataError> {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes).map_err(failed)?;
        Ok(u32::from_be_bytes(bytes))
    };
    let (magic, wanted) = (word()?, 0x0800 + N as u32);
    if magic != wanted {
        let kind = match magic {
            0x0801 => "it holds labels; give the images file",
            0x0803 => "it holds images where labels belong; put the labels file in its place",
            _ => "give a file of MNIST's kind, or download it again",
        };
        return Err(problem(format!("it begins with {magic:#010x} instead of {wanted:#010x}: {kind}")));
    }
    let mut shape = [0; N];
    for side in &mut shape {
        *side = word()?;
    }
    if shape[0] == 0 {
        return Err(problem("it holds nothing; download it again".to_owned()));
    }
    if shape[1..].iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
        return Err(problem(format!(
            "its header claims images of {:?} pixels, of which each side must be from 1 to \
             {MAX_SIDE}; download it again",
            &shape[1..]
        )));
    }
    // The values are read as they come: a wrong header must not reserve memory.
    let expected = shape.iter().fold(1, |n: u64, &side| n.saturating_mul(side.into()));
    let mut values = Vec::new();
    file.take(expected.min(MAX_BYTES) + 1).read_to_end(&mut values).map_err(failed)?;
    check_room(&path.display().to_string(), 1, values.len() as u64)?;
    match values.len() as u64 {
        found if found < expected => Err(problem(format!("it ends early, {found} of {expected} values are there; download it again"))),
        found if found > expected => {
            Err(problem(format!("it goes on after the {expected} values that its header claims; download it again")))
        }
        _ => Ok((shape.map(|side| side as usize), values)),
    }
}

/// Turns rows of the image into columns.
fn transpose(image: &mut [u8], height: usize, width: usize) {
    let source = image.to_vec();
    for y in 0..height {
        for x in 0..width {
            image[x * height + y] = source[y * width + x];
        }
    }
}
