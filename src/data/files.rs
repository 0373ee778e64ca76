//! What folders and archives have in common: lists of files, some of them images.

use super::picture::{Picture, Reading, Unreadable};
use super::{DataError, Request, check_room};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::io::{self, Read};

/// The endings of image files, in lower case.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "gif", "bmp", "webp"];

/// The largest file to read: 256 MiB.
const MAX_FILE: u64 = 256 << 20;

/// The files of a folder or archive.
pub(super) struct Listing<Handle> {
    /// Names relative to the source, with `/` between folders, and what opens the file.
    pub files: Vec<(String, Handle)>,
    /// What could not be listed.
    pub unreadable: Vec<Unreadable>,
}

/// Reads the images of a listing; `open` gives a file's bytes or the cause in words.
pub(super) fn read<Handle: Sync>(
    name: String,
    mut listing: Listing<Handle>,
    request: &Request,
    open: impl Fn(&Handle) -> Result<Vec<u8>, String> + Sync,
) -> Result<Reading, DataError> {
    listing.files.retain(|(name, _)| !is_hidden(name));
    let all = listing.files.len();
    listing.files.retain(|(name, _)| is_image(name));
    let ignored = all - listing.files.len();
    if listing.files.is_empty() && listing.unreadable.is_empty() {
        return Err(DataError::Empty {
            path: request.source.clone(),
            ignored,
            looked_for: ENDINGS.map(|ending| format!(".{ending}")).join(", "),
        });
    }
    // One order everywhere, whatever the file system or the archive has.
    listing.files.sort_by(|a, b| a.0.split('/').cmp(b.0.split('/')));
    let names: Vec<&str> = listing.files.iter().map(|(name, _)| &**name).collect();
    let (classes, labels) = classes(&names);

    let decode = |i: usize| {
        let (name, handle) = &listing.files[i];
        open(handle)
            .and_then(|bytes| Picture::decode(name, &bytes, request.size, request.channels))
            .map(|picture| Picture { class: labels.get(i).copied(), ..picture })
            .map_err(|cause| Unreadable { name: name.clone(), cause })
    };
    // The first picture that can be read sets the size; those of another keep no pixels, so that
    // a mixed folder of photographs does not fill the memory before it is refused.
    let mut results = Vec::with_capacity(names.len());
    while results.len() < names.len() && !results.last().is_some_and(Result::is_ok) {
        results.push(decode(results.len()));
    }
    if let Some(Ok(first)) = results.last() {
        check_room(&request.source, all as u64, first.pixels.len() as u64)?;
        let size = first.size;
        let rest = (results.len()..names.len()).into_par_iter().map(|i| {
            decode(i).map(|mut picture| {
                if picture.size != size {
                    picture.pixels = Vec::new();
                }
                picture
            })
        });
        results.extend(rest.collect::<Vec<_>>());
    }
    let mut unreadable = listing.unreadable;
    let mut pictures = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(picture) => pictures.push(picture),
            Err(bad) => unreadable.push(bad),
        }
    }
    Ok(Reading {
        name,
        about: match classes.len() {
            0 => "images without classes".to_owned(),
            n => format!("images in {n} classes, one per folder"),
        },
        pictures,
        classes,
        unreadable,
        ignored,
    })
}

/// All bytes of a file, unless it is absurdly large.
pub(super) fn read_whole(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::Error::other("the file is larger than 256 MiB"));
    }
    Ok(bytes)
}

fn is_image(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&&*ending.to_lowercase()))
}

/// Whether the file or a folder above it is hidden, or is what macOS adds to archives.
fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// The classes and each file's index into them: the top folders, if every file lies in one. A
/// folder that holds everything is no class, so the folders in it are looked at instead. No
/// classes: both empty.
fn classes(names: &[&str]) -> (Vec<String>, Vec<u32>) {
    let mut names = names.to_vec();
    loop {
        let split: Option<Vec<(&str, &str)>> = names.iter().map(|name| name.split_once('/')).collect();
        let Some(split) = split else {
            return (Vec::new(), Vec::new());
        };
        let tops: BTreeSet<&str> = split.iter().map(|(top, _)| *top).collect();
        match tops.len() {
            0 => return (Vec::new(), Vec::new()),
            1 => names = split.into_iter().map(|(_, rest)| rest).collect(),
            _ => {
                let classes = in_order(tops);
                let find = |top| classes.iter().position(|class| *class == top);
                let labels = split.iter().map(|(top, _)| find(*top).unwrap_or(0) as u32);
                let labels = labels.collect();
                return (classes.into_iter().map(str::to_owned).collect(), labels);
            }
        }
    }
}

/// Names in order: by value if all are numbers, so that 10 comes after 9.
fn in_order(names: BTreeSet<&str>) -> Vec<&str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    if names.iter().all(|name| name.parse::<u64>().is_ok()) {
        names.sort_by_key(|name| name.parse::<u64>().unwrap_or(0));
    }
    names
}
