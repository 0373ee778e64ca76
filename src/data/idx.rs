//! The layout of MNIST's idx files, as MNIST, Fashion-MNIST, KMNIST and EMNIST come: wherever they lie, packed or not, and under the names
//! that archives and browsers give them.

use super::decode::is_page;
use super::files::{Entry, Files};
use super::picture::{Drawn, Picture, Pictures, Reading, Shape, planar};
use super::sniff::Kind;
use super::{DataError, MAX_BYTES, MAX_SIDE, Progress, Request, check_room};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Idx files of images; the file itself where one was asked for.
pub(super) fn finds(files: &Files) -> bool {
    match files.chosen {
        Some(chosen) => matches!(files.entries[chosen].kind, Kind::Idx(_)),
        None => files.entries.iter().any(is_images),
    }
}

/// Whether the file holds images, by its content and, where that is damaged, by its name.
fn is_images(entry: &Entry) -> bool {
    match entry.kind {
        Kind::Idx(3 | 4) => true,
        Kind::Idx(0) => !key(&entry.name).contains("labels"),
        // Called images, but holding labels: to be named.
        Kind::Idx(_) => key(&entry.name).contains("images"),
        _ => false,
    }
}

/// Reads the images, and the labels that belong to them.
pub(super) fn read(mut files: Files, request: &Request, _: Progress) -> Result<Reading, DataError> {
    let train = match files.chosen {
        Some(chosen) => files.entries[chosen].clone(),
        None => choose(&files)?,
    };
    let mut parts = vec![read_part(&files, &train, request)?];
    if request.test_too
        && files.chosen.is_none()
        && let Some(test) = test_beside(&files, &train)
    {
        parts.push(read_part(&files, &test, request)?);
    }
    // Classes without images (EMNIST's letters begin at 1) are no classes.
    let used: Vec<u8> = BTreeSet::from_iter(parts.iter().flat_map(|part| part.labels.iter().flatten().copied())).into_iter().collect();
    let classes = if parts.iter().all(|part| part.labels.is_some()) { used.iter().map(u8::to_string).collect() } else { Vec::new() };
    let about = parts.iter().map(|part| part.about.as_str()).collect::<Vec<_>>().join("; then ");
    let mut pictures = Pictures::default();
    for mut part in parts {
        for (picture, value) in part.pictures.all.iter_mut().zip(part.labels.iter().flatten().filter(|_| !classes.is_empty())) {
            picture.class = used.binary_search(value).ok().map(|class| class as u32);
        }
        if pictures.all.is_empty() {
            pictures = part.pictures;
        } else {
            pictures.append(part.pictures);
        }
    }
    if files.chosen.is_none() {
        files.count_beside(|entry| !matches!(entry.kind, Kind::Idx(_)));
    }
    let name = name(&files, &train);
    Ok(Reading { name, about, pictures, classes, unreadable: Vec::new(), left_out: files.left_out, notes: Vec::new(), size: None })
}

/// What an images file and the labels that belong to it hold.
struct IdxPart {
    about: String,
    pictures: Pictures,
    labels: Option<Vec<u8>>,
}

fn read_part(files: &Files, images: &Entry, request: &Request) -> Result<IdxPart, DataError> {
    let (shape, mut values) = read_idx(files, images)?;
    let problem = |problem: String| DataError::Idx { path: files.path(images), problem };
    let (count, height, width, channels, last) = match shape[..] {
        [count, height, width] => (count, height, width, 1, false),
        [count, height, width, channels @ (1 | 3)] => (count, height, width, channels, true),
        [count, channels @ (1 | 3), height, width] => (count, height, width, channels, false),
        [_] => return Err(problem("it holds labels; give the images file".into())),
        _ => {
            return Err(problem(format!("its shape {shape:?} is not that of images: [count, height, width], or with 1 or 3 channels")));
        }
    };
    if [height, width].iter().any(|side| !(1..=MAX_SIDE as usize).contains(side)) {
        return Err(problem(format!(
            "its header claims images of {:?} pixels, of which each side must be from 1 to {MAX_SIDE}; download it again",
            [height, width]
        )));
    }
    let pixels = height * width * channels;
    let kept = request.size.map_or(pixels as u64, |n| u64::from(n).pow(2) * channels as u64);
    check_room(&request.source, count as u64, kept)?;

    // EMNIST stores its images on their side; upright is what anyone wants.
    let emnist = key(&images.name).starts_with("emnist-");
    let transposed = emnist || request.transpose;
    let shaped = Shape::of(request);
    let stretch = request.rescale.then(|| bounds(&values)).flatten();
    let size = if transposed { (height as u32, width as u32) } else { (width as u32, height as u32) };
    let name = |i: usize| format!("image {i}");
    // In their place, so that a large file is in memory once.
    values.par_chunks_exact_mut(pixels).for_each(|values| {
        if last && channels > 1 {
            let planar = planar(values, channels);
            values.copy_from_slice(&planar);
        }
        if transposed {
            values.chunks_exact_mut(height * width).for_each(|plane| plane.copy_from_slice(&transpose(plane, height, width)));
        }
        if let Some((low, high)) = stretch {
            let span = u32::from(high - low);
            values.iter_mut().for_each(|v| *v = ((u32::from(*v - low) * 255 + span / 2) / span) as u8);
        }
    });
    let pictures = if shaped.changes(size, channels) {
        let mut pictures = Pictures::default();
        pictures.reserve(&request.source, count as u64 * kept)?;
        pictures.extend(count, kept as usize, |i| Drawn::of_values(name(i), size, channels, &values[i * pixels..][..pixels], &shaped));
        pictures
    } else {
        let all = values.par_chunks_exact(pixels).enumerate().map(|(i, values)| Picture::of(name(i), size, channels, values)).collect();
        Pictures::of(all, values)
    };

    let labels_file = find_labels(files, images);
    let mut labels = None;
    if let Some(file) = &labels_file {
        let (shape, values) = read_idx(files, file)?;
        let path = files.path(file);
        if shape.len() != 1 {
            let problem = "it holds images where labels belong; put the labels file in its place".into();
            return Err(DataError::Idx { path, problem });
        }
        if shape[0] != count {
            return Err(DataError::LabelCount { images_path: files.path(images), images: count, labels_path: path, labels: shape[0] });
        }
        labels = Some(values);
    }
    let labels_name = labels_file.as_ref().map_or("none", |file| file_name(&file.name));
    let turned = match (emnist, transposed) {
        (true, _) => ", set upright",
        (_, true) => ", transposed",
        _ => "",
    };
    let about = format!("images: {}{turned}; labels: {labels_name}", file_name(&images.name));
    Ok(IdxPart { about, pictures, labels })
}

fn bounds(values: &[u8]) -> Option<(u8, u8)> {
    let (low, high) = (*values.iter().min()?, *values.iter().max()?);
    (low < high).then_some((low, high))
}

fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A name without what archives and browsers add: packing, ` (1)`, a dot in place of a dash.
fn key(name: &str) -> String {
    let mut name = file_name(name).to_lowercase();
    loop {
        let shorter = name.trim_end_matches(".gz").trim_end();
        let shorter = match shorter.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
            Some((rest, number)) if number.parse::<u32>().is_ok() => rest.trim_end(),
            _ => shorter,
        };
        if shorter.len() == name.len() {
            return name.replace('.', "-");
        }
        name = shorter.to_owned();
    }
}

/// The images file to use: that of the training set, else that of the test set. Copies of one file count once.
fn choose(files: &Files) -> Result<Entry, DataError> {
    let mut by_key: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in files.entries.iter().filter(|entry| is_images(entry)) {
        by_key.entry(key(&entry.name)).or_default().push(entry);
    }
    for part in ["train", "t10k", "test", ""] {
        let found: Vec<&Entry> =
            by_key.iter().filter(|(key, _)| key.contains(part)).flat_map(|(_, entries)| one_of_copies(files, entries)).collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one.clone()),
            _ => break,
        }
    }
    let paths: Vec<String> = files.entries.iter().filter(|entry| is_images(entry)).map(|entry| files.path(entry)).collect();
    Err(DataError::Several {
        path: files.source.clone(),
        what: "idx image files",
        found: paths.join(", "),
        remedy: if files.in_archive() {
            "unpack the archive and give the path of the one to use"
        } else {
            "give the path of the one to use"
        },
    })
}

/// Of files of one name those that differ in content.
fn one_of_copies<'a>(files: &Files, entries: &[&'a Entry]) -> Vec<&'a Entry> {
    // Plain before packed, and the one that lies highest.
    let mut sorted = entries.to_vec();
    sorted.sort_by_key(|entry| (entry.name.to_lowercase().ends_with(".gz"), entry.name.matches('/').count()));
    if sorted.len() < 2 {
        return sorted;
    }
    let mut seen = BTreeSet::new();
    sorted.retain(|entry| match files.unpacked(entry, MAX_BYTES) {
        Ok(bytes) => seen.insert(Sha256::digest(&bytes).to_vec()),
        // A damaged copy beside a whole one is of no use; alone it is named when it is read.
        Err(_) => false,
    });
    if sorted.is_empty() { entries[..1].to_vec() } else { sorted }
}

/// The test set's images file, of the same name but for `train`.
fn test_beside(files: &Files, train: &Entry) -> Option<Entry> {
    let name = key(&train.name);
    let wanted = ["t10k", "test"].map(|part| name.replacen("train", part, 1));
    let found = files.entries.iter().filter(|entry| matches!(entry.kind, Kind::Idx(_))).filter(|entry| {
        let key = key(&entry.name);
        key != name && wanted.contains(&key)
    });
    found.max_by_key(|entry| nearness(&entry.name, &train.name)).cloned()
}

/// The labels file that belongs to an images file: of its name but for `labels`, the nearest one.
fn find_labels(files: &Files, images: &Entry) -> Option<Entry> {
    let name = key(&images.name);
    if !name.contains("images") {
        return None;
    }
    let wanted = name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1");
    let found = files.entries.iter().filter(|entry| matches!(entry.kind, Kind::Idx(_)) && key(&entry.name) == wanted);
    found.max_by_key(|entry| nearness(&entry.name, &images.name)).cloned()
}

/// How near two files lie: the folders that they share, the fewest folders else, plain before packed.
fn nearness(a: &str, b: &str) -> (usize, std::cmp::Reverse<usize>, bool) {
    let folders =
        |name: &str| -> Vec<String> { name.rsplit_once('/').map_or("", |(folders, _)| folders).split('/').map(str::to_owned).collect() };
    let shared = folders(a).iter().zip(&folders(b)).take_while(|(a, b)| a == b).count();
    (shared, std::cmp::Reverse(folders(a).len()), !a.ends_with(".gz"))
}

/// A folder's own name (that of the folder above for `raw`); for a file, its name without what all such files share.
fn name(files: &Files, images: &Entry) -> String {
    if !files.is_folder() {
        if files.in_archive() {
            return files.name.clone();
        }
        let name = file_name(&images.name);
        let end = name.find("-images").unwrap_or(name.len());
        return super::short_name(Path::new(name[..end].trim_end_matches(".gz")));
    }
    let path = Path::new(&files.source);
    match path.canonicalize() {
        Ok(full) if full.ends_with("raw") => super::short_name(full.parent().unwrap_or(&full)),
        _ => files.name.clone(),
    }
}

/// Reads an idx file of bytes: its shape and its values.
fn read_idx(files: &Files, entry: &Entry) -> Result<(Vec<usize>, Vec<u8>), DataError> {
    let problem = |problem: String| DataError::Idx { path: files.path(entry), problem };
    let bytes = files.unpacked(entry, MAX_BYTES).map_err(problem)?;
    let (shape, start) = parse(&bytes).map_err(problem)?;
    let mut values = bytes;
    values.drain(..start);
    Ok((shape, values))
}

/// The shape that an idx file's header claims, which its length must bear out, and where its values begin; else what is wrong.
pub(super) fn parse(bytes: &[u8]) -> Result<(Vec<usize>, usize), String> {
    if is_page(bytes) {
        return Err("it is a web page, as a download gives that was refused; download it again".into());
    }
    const EARLY: &str = "it ends early; download it again";
    let word = |at: usize| bytes.get(at..at + 4).map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]])).ok_or(EARLY);
    let magic = word(0)?;
    let (kind, dimensions) = (magic >> 8, (magic & 0xff) as usize);
    let kinds = [(0x09, "signed bytes"), (0x0b, "16-bit integers"), (0x0c, "32-bit integers"), (0x0d, "floats"), (0x0e, "doubles")];
    match kinds.iter().find(|(number, _)| *number == kind) {
        Some((_, what)) => return Err(format!("it holds {what}, and bytes from 0 to 255 are read; save them as bytes, or as .npy")),
        None if kind != 0x08 || !(1..=4).contains(&dimensions) => {
            return Err(format!("it begins with {magic:#010x} instead of 0x00000803: give a file of MNIST's kind, or download it again"));
        }
        None => {}
    }
    let mut shape = Vec::new();
    for dimension in 0..dimensions {
        shape.push(word(4 + 4 * dimension)? as usize);
    }
    if shape[0] == 0 {
        return Err("it holds nothing; download it again".into());
    }
    let start = 4 + 4 * dimensions;
    let expected = shape.iter().fold(1u64, |n, side| n.saturating_mul(*side as u64));
    if shape.contains(&0) {
        return Err(format!("its header claims the shape {shape:?}, which is nothing; download it again"));
    }
    match (bytes.len() - start) as u64 {
        found if found < expected => Err(format!("it ends early, {found} of {expected} values are there; download it again")),
        found if found > expected => Err(format!("it goes on after the {expected} values that its header claims; download it again")),
        _ => Ok((shape, start)),
    }
}

/// Rows of a plane as columns.
fn transpose(plane: &[u8], height: usize, width: usize) -> Vec<u8> {
    (0..width).flat_map(|x| (0..height).map(move |y| plane[y * width + x])).collect()
}
