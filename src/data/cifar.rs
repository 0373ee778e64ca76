//! The layout of CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky 2009): batches of records, each a label (in CIFAR-100 two) and
//! 32 x 32 values of red, of green and of blue.

use super::files::{Entry, Files};
use super::picture::{Drawn, Pictures, Reading, Shape};
use super::sniff::Kind;
use super::{DataError, MAX_BYTES, Progress, Request, check_room};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// What a batch is by its name: its place in the order, whether it is for the test, and bytes of labels per record.
fn batch(name: &str) -> Option<(usize, bool, usize)> {
    let name = name.rsplit('/').next().unwrap_or(name);
    match name {
        "train.bin" => Some((0, false, 2)),
        "test.bin" => Some((9, true, 2)),
        "test_batch.bin" => Some((9, true, 1)),
        _ => {
            let number = name.strip_prefix("data_batch_")?.strip_suffix(".bin")?.parse().ok()?;
            (1..=8).contains(&number).then_some((number, false, 1))
        }
    }
}

fn batches(files: &Files) -> Vec<(&Entry, (usize, bool, usize))> {
    let mut found: Vec<_> = match files.chosen {
        Some(chosen) => files.entries[chosen..=chosen].iter().filter_map(|entry| Some((entry, batch(&entry.name)?))).collect(),
        None => {
            files.entries.iter().filter(|entry| entry.kind == Kind::Other).filter_map(|entry| Some((entry, batch(&entry.name)?))).collect()
        }
    };
    found.sort_by_key(|(_, (number, ..))| *number);
    found
}

/// Batches under their own names.
pub(super) fn finds(files: &Files) -> bool {
    !batches(files).is_empty()
}

/// Reads the training batches in order, behind them the test batch for those who hold images out; without training batches the test batch.
pub(super) fn read(mut files: Files, request: &Request, progress: Progress) -> Result<Reading, DataError> {
    let all = batches(&files);
    let labels = all[0].1.2;
    let mixed = all.iter().any(|(_, (.., other))| *other != labels);
    let doubled = all.windows(2).any(|pair| pair[0].1 == pair[1].1);
    if mixed || doubled {
        return Err(DataError::Several {
            path: files.source.clone(),
            what: "sets of CIFAR batches",
            found: all.iter().map(|(entry, _)| files.path(entry)).collect::<Vec<_>>().join(", "),
            remedy: "give the folder of the one to use",
        });
    }
    let train = all.iter().any(|(_, (_, test, _))| !test);
    let used: Vec<Entry> =
        all.iter().filter(|(_, (_, test, _))| !test || request.test_too || !train).map(|(entry, _)| (*entry).clone()).collect();
    let shape = Shape::of(request);
    let mut pictures = Pictures::default();
    for (done, entry) in used.iter().enumerate() {
        let problem = |problem: String| DataError::Cifar { path: files.path(entry), problem };
        let bytes = files.read(entry, MAX_BYTES).map_err(problem)?;
        let record = labels + PIXELS;
        if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
            let count = bytes.len() / record;
            return Err(problem(format!(
                "its {} bytes are not whole records of {record}, {count} of which are there; download it again",
                bytes.len()
            )));
        }
        let first = pictures.all.len();
        let each = request.size.map_or(PIXELS, |n| 3 * (n * n) as usize);
        check_room(&request.source, (bytes.len() / record) as u64, each as u64)?;
        pictures.extend(bytes.len() / record, each, |i| {
            let (label, values) = bytes[i * record..][..record].split_at(labels);
            let drawn = Drawn::of_values(format!("image {}", first + i), (SIDE as u32, SIDE as u32), 3, values, &shape);
            // CIFAR-100's second label is the fine one.
            drawn.in_class(label.last().map(|label| u32::from(*label)))
        });
        progress(done + 1, used.len());
    }
    let classes = if labels == 1 { 10 } else { 100 };
    let names = class_names(&files, classes);
    if let Some(bad) = pictures.all.iter().find(|picture| picture.class.is_some_and(|class| class as usize >= classes)) {
        let problem = format!("{} has the label {}, but there are {classes} classes; download it again", bad.name, bad.class.unwrap_or(0));
        return Err(DataError::Cifar { path: files.path(&used[0]), problem });
    }
    let about = format!("CIFAR-{classes}: {}", used.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", "));
    if files.chosen.is_none() {
        files.count_beside(|entry| batch(&entry.name).is_none() && !entry.name.ends_with(".txt"));
    }
    Ok(Reading {
        name: files.name,
        about,
        pictures,
        classes: names,
        unreadable: Vec::new(),
        left_out: files.left_out,
        notes: Vec::new(),
        size: None,
    })
}

/// The names that lie beside the batches, or numbers.
fn class_names(files: &Files, classes: usize) -> Vec<String> {
    let wanted = if classes == 10 { "batches.meta.txt" } else { "fine_label_names.txt" };
    let entry = files.entries.iter().find(|entry| entry.name.rsplit('/').next() == Some(wanted));
    let text = entry.and_then(|entry| files.read(entry, 1 << 20).ok()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let names: Vec<String> =
        text.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if names.len() == classes { names } else { (0..classes).map(|class| class.to_string()).collect() }
}
