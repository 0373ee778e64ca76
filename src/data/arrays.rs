//! The layout of numpy: `.npy` and `.npz` files with an array of images and, beside it, one of labels.

use super::files::{Entry, Files, whole};
use super::npy::Array;
use super::picture::{Drawn, Pictures, Reading, Shape};
use super::sniff::Kind;
use super::{DataError, MAX_BYTES, MAX_SIDE, Progress, Request, check_room};
use ::zip::ZipArchive;
use std::collections::BTreeSet;
use std::io::Cursor;

fn is_array(entry: &Entry) -> bool {
    let name = entry.name.to_lowercase();
    entry.kind == Kind::Npy || entry.kind == Kind::Zip && name.ends_with(".npz")
}

/// Arrays; the file itself where one was asked for.
pub(super) fn finds(files: &Files) -> bool {
    match files.chosen {
        Some(chosen) => is_array(&files.entries[chosen]),
        None => files.entries.iter().any(is_array),
    }
}

/// More files than this that may hold images are not all read to find the one.
const MANY: usize = 8;

/// Whether a file is one of labels by its name.
fn is_labels(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    ["label", "target", "y_"].iter().any(|word| name.contains(word))
}

/// An array of a file, by its bytes.
struct Member {
    /// File and name, such as `mnist.npz: x_train`.
    name: String,
    bytes: Vec<u8>,
}

/// How the values of an array of images lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lay {
    count: usize,
    height: usize,
    width: usize,
    channels: usize,
    /// Whether an image's channels lie side by side.
    last: bool,
}

/// Reads the images and the labels that belong to them.
pub(super) fn read(mut files: Files, request: &Request, _: Progress) -> Result<Reading, DataError> {
    let arrays = || files.entries.iter().filter(|entry| is_array(entry));
    // Each is read as a whole, so many are not even begun with.
    let many: Vec<String> = arrays().filter(|entry| !is_labels(&entry.name)).map(|entry| files.path(entry)).collect();
    if files.chosen.is_none() && many.len() > MANY {
        return Err(DataError::Several {
            path: files.source.clone(),
            what: "files of arrays",
            found: many.join(", "),
            remedy: "give the one to use",
        });
    }
    let mut members = Vec::new();
    let mut failed = None;
    let wanted = |i: usize, entry: &Entry| files.chosen.is_none_or(|chosen| chosen == i || is_labels(&entry.name));
    for (i, entry) in files.entries.iter().enumerate().filter(|(i, entry)| is_array(entry) && wanted(*i, entry)) {
        match open(&files, entry) {
            Ok(found) => members.extend(found),
            Err(problem) => {
                let error = DataError::Array { path: files.path(entry), problem };
                if files.chosen.is_none_or(|chosen| chosen == i) {
                    failed.get_or_insert(error);
                }
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let source = files.source.clone();
    let problem = |problem: String| DataError::Array { path: source.clone(), problem };
    let mut images: Vec<(usize, Lay)> = Vec::new();
    let mut shapes = Vec::new();
    for (i, member) in members.iter().enumerate() {
        let array = Array::parse(&member.bytes).map_err(|what| problem(format!("{}: {what}", member.name)))?;
        shapes.push(format!("{} {:?}", member.name, array.shape));
        if let Some(lay) = lay(&array.shape) {
            images.push((i, lay));
        }
    }
    if let Some(chosen) = files.chosen {
        let name = files.entries[chosen].name.clone();
        images.retain(|(i, _)| members[*i].name.split(": ").next() == Some(name.as_str()));
    }
    if images.is_empty() {
        return Err(problem(format!(
            "it has no array of images, such as [count, height, width] or [count, height, width, 3]; there is: {}",
            shapes.join(", ")
        )));
    }
    let (train, test) = choose(&members, &images).ok_or_else(|| DataError::Several {
        path: source.clone(),
        what: "arrays of images",
        found: images.iter().map(|(i, _)| shapes[*i].clone()).collect::<Vec<_>>().join(", "),
        remedy: "give the file of the one to use, or save it as a .npy of its own",
    })?;
    let mut notes = Vec::new();
    let mut parts = vec![convert(&members[train.0], train.1, request, &mut notes).map_err(problem)?];
    let mut labels = vec![labels(&members, train)];
    let mut about = format!("images: {}", shapes[train.0]);
    if let Some(test) = test.filter(|test| request.test_too && (test.1.height, test.1.width) == (train.1.height, train.1.width)) {
        parts.push(convert(&members[test.0], test.1, request, &mut notes).map_err(problem)?);
        labels.push(self::labels(&members, test));
        about += &format!("; then {}", shapes[test.0]);
    }
    let labelled = labels.iter().all(Option::is_some);
    let used: BTreeSet<i64> = labels.iter().flatten().flat_map(|(_, values)| values.iter().copied()).filter(|_| labelled).collect();
    // Ten thousand different numbers are no classes.
    let classes: Vec<i64> = if used.len() <= 1000 { used.into_iter().collect() } else { Vec::new() };
    let name = labels[0].as_ref().filter(|_| !classes.is_empty()).map_or("none", |(name, _)| name);
    about += &format!("; labels: {name}");
    notes.dedup();
    let mut pictures = Pictures::default();
    for (mut part, labels) in parts.into_iter().zip(&labels) {
        for (i, picture) in part.all.iter_mut().enumerate() {
            picture.class = labels.as_ref().and_then(|(_, values)| classes.binary_search(&values[i]).ok()).map(|class| class as u32);
        }
        if pictures.all.is_empty() {
            pictures = part;
        } else {
            pictures.append(part);
        }
    }
    if files.chosen.is_none() {
        files.count_beside(|entry| !is_array(entry));
    }
    let classes = classes.iter().map(i64::to_string).collect();
    Ok(Reading { name: files.name, about, pictures, classes, unreadable: Vec::new(), left_out: files.left_out, notes, size: None })
}

/// The arrays of a file.
fn open(files: &Files, entry: &Entry) -> Result<Vec<Member>, String> {
    let bytes = files.unpacked(entry, MAX_BYTES)?;
    if entry.kind == Kind::Npy {
        return Ok(vec![Member { name: entry.name.clone(), bytes }]);
    }
    let damaged = |error: &dyn std::fmt::Display| format!("it is damaged ({error}); download or save it again");
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).map_err(|error| damaged(&error))?;
    let (mut members, mut total) = (Vec::new(), 0u64);
    for i in 0..archive.len() {
        let file = archive.by_index(i).map_err(|error| damaged(&error))?;
        let name = file.name().map_err(|error| damaged(&error))?.into_owned();
        let Some(name) = name.strip_suffix(".npy") else { continue };
        let name = format!("{}: {name}", entry.name);
        let bytes = whole(file, MAX_BYTES - total.min(MAX_BYTES)).map_err(|error| damaged(&error))?;
        total += bytes.len() as u64;
        members.push(Member { name, bytes });
    }
    Ok(members)
}

/// The way images lie in an array of that shape; `None` where it is not one of images.
fn lay(shape: &[usize]) -> Option<Lay> {
    let side = |n: usize| (1..=MAX_SIDE as usize).contains(&n);
    let lay = match *shape {
        [count, height, width, channels @ (1 | 3)] => Lay { count, height, width, channels, last: true },
        [count, channels @ (1 | 3), height, width] => Lay { count, height, width, channels, last: false },
        [count, height, width] => Lay { count, height, width, channels: 1, last: false },
        // Flat: square, and grey unless only colour gives a square.
        [count, values] => {
            let root = |n: usize| Some(n.isqrt()).filter(|side| side * side == n && *side >= 4);
            match (root(values), values.is_multiple_of(3).then(|| root(values / 3)).flatten()) {
                (Some(side), _) => Lay { count, height: side, width: side, channels: 1, last: false },
                (None, Some(side)) => Lay { count, height: side, width: side, channels: 3, last: false },
                _ => return None,
            }
        }
        _ => return None,
    };
    (lay.count > 0 && side(lay.height) && side(lay.width)).then_some(lay)
}

/// A member, and how images lie in it.
type Placed = (usize, Lay);

/// The array to train on, and that of the test set; `None` where it is not clear.
fn choose(members: &[Member], images: &[(usize, Lay)]) -> Option<(Placed, Option<Placed>)> {
    let named = |words: &[&str]| -> Vec<(usize, Lay)> {
        let has = |i: usize| words.iter().any(|word| members[i].name.to_lowercase().contains(word));
        images.iter().copied().filter(|(i, _)| has(*i)).collect()
    };
    let test = named(&["test"]);
    let test = if let [one] = test[..] { Some(one) } else { None };
    match (&named(&["train"])[..], images) {
        ([one], _) => Some((*one, test.filter(|test| test.0 != one.0))),
        ([], [one]) => Some((*one, None)),
        _ => None,
    }
}

/// The labels that belong to an array of images: whole numbers, as many as there are images, of the most similar name.
fn labels(members: &[Member], (images, lay): (usize, Lay)) -> Option<(&str, Vec<i64>)> {
    let plain = |name: &str| {
        let mut name = name.to_lowercase();
        for word in ["images", "image", "imgs", "img", "labels", "label", "targets", "target", "arr_0"] {
            name = name.replace(word, "");
        }
        name.replace("x_", "").replace("y_", "")
    };
    let mut found = Vec::new();
    for (i, member) in members.iter().enumerate().filter(|(i, _)| *i != images) {
        let Ok(array) = Array::parse(&member.bytes) else { continue };
        if array.is_integer() && array.shape.first() == Some(&lay.count) && array.len() == lay.count {
            found.push((plain(&member.name) == plain(&members[images].name), i, array));
        }
    }
    let alike = found.iter().filter(|(alike, ..)| *alike).count();
    let (_, i, array) = match (found.len(), alike) {
        (1, _) => found.pop()?,
        (_, 1) => found.into_iter().find(|(alike, ..)| *alike)?,
        _ => return None,
    };
    Some((&members[i].name, (0..array.len()).map(|at| array.value(at) as i64).collect()))
}

/// The images of an array as pictures; what was assumed about the range goes to `notes`.
fn convert(member: &Member, lay: Lay, request: &Request, notes: &mut Vec<String>) -> Result<Pictures, String> {
    let name = &member.name;
    let array = Array::parse(&member.bytes)?;
    if !array.row_major {
        return Err(format!("{name} is in column-major order; save it with numpy.ascontiguousarray"));
    }
    let Lay { count, height, width, channels, last } = lay;
    let pixels = height * width * channels;
    let kept = request.size.map_or(pixels as u64, |n| u64::from(n).pow(2) * channels as u64);
    check_room(&request.source, count as u64, kept).map_err(|error| error.to_string())?;
    let (low, high) = array.bounds().ok_or_else(|| format!("{name} has values that are no finite numbers"))?;
    let range = if request.rescale && low < high {
        (low, high)
    } else if array.is_integer() && low >= 0.0 && high <= 255.0 {
        (0.0, 255.0)
    } else if !array.is_integer() && low >= 0.0 && high <= 1.0 {
        (0.0, 1.0)
    } else if !array.is_integer() && low >= -1.0 && high <= 1.0 {
        (-1.0, 1.0)
    } else if low >= 0.0 && high <= 255.0 {
        (0.0, 255.0)
    } else {
        return Err(format!(
            "{name} has values from {low} to {high}, which is neither 0 to 255, 0 to 1 nor -1 to 1; `rescale = true` takes them as the whole range"
        ));
    };
    if array.as_bytes().is_none() || range != (0.0, 255.0) {
        notes.push(format!("values from {} to {} were taken as black to white", range.0, range.1));
    }
    let shape = Shape::of(request);
    let plain = array.as_bytes().filter(|_| range == (0.0, 255.0));
    let to_byte = |value: f64| ((value - range.0) / (range.1 - range.0) * 255.0).round().clamp(0.0, 255.0) as u8;
    let (out_height, out_width) = if request.transpose { (width, height) } else { (height, width) };
    let picture = |image: usize| {
        let start = image * pixels;
        let value = |c: usize, y: usize, x: usize| {
            let at = start + if last { (y * width + x) * channels + c } else { (c * height + y) * width + x };
            plain.map_or_else(|| to_byte(array.value(at)), |bytes| bytes[at])
        };
        let mut values = Vec::with_capacity(pixels);
        for c in 0..channels {
            for y in 0..out_height {
                values.extend((0..out_width).map(|x| if request.transpose { value(c, x, y) } else { value(c, y, x) }));
            }
        }
        Drawn::of_values(format!("image {image}"), (out_width as u32, out_height as u32), channels, &values, &shape)
    };
    let mut pictures = Pictures::default();
    pictures.reserve(&request.source, count as u64 * kept).map_err(|error| error.to_string())?;
    pictures.extend(count, kept as usize, picture);
    Ok(pictures)
}
