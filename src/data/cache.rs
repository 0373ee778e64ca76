//! Images that took long to decode are kept, so that the next run on them begins at once.
//!
//! A file of the cache belongs to what was listed (paths, sizes, times), to how it was to be read and to the reader's version, and is believed
//! only if its hash is right.

use super::{DataSet, Loaded, Request, Source, Values};
use crate::disk;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{self, BufReader, ErrorKind, Read, Write},
    path::PathBuf,
    time::{Duration, SystemTime},
};

/// Counts up whenever the same files would be read into other values.
const READER: u32 = 1;

/// How a file of the cache begins; its hash follows, of all that comes behind.
const MARK: &[u8; 16] = b"ganvas cache v1\n";

/// The ending of its name.
const ENDING: &str = "images";

/// The longest head that is read.
const MAX_HEAD: u64 = 256 << 20;

/// What was half written when its process was killed is removed after this long.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where decoded images are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// The folder, which is made where it is missing.
    pub folder: PathBuf,
    /// Sets that are read faster than this are not kept.
    pub after: Duration,
    /// The most bytes to keep. What was used last stays; a set of more than half of it is not kept.
    pub most: u64,
}

/// What the cache had to do with a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cached {
    /// Nothing.
    No,
    /// It is kept there now, in this file.
    Kept(PathBuf),
    /// It comes from this file.
    Taken(PathBuf),
}

/// All of a set but its values and labels, which follow it in the file.
#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    name: String,
    classes: Vec<String>,
    labelled: bool,
    count: usize,
    channels: usize,
    height: usize,
    width: usize,
    notes: Vec<String>,
    size: Option<u32>,
}

/// What a set is kept under; nothing for sources that are made, not read, and for files that may be changing.
pub(super) fn key(source: &Source, request: &Request) -> Option<String> {
    let Source::Files(files, layout) = source else { return None };
    let Request { size, fit, channels, test_too, background, rescale, frames, transpose, skip_unreadable, .. } = request;
    let how = (size, fit, channels, test_too, background, rescale, frames, transpose, skip_unreadable);
    let place = std::path::absolute(&files.source).ok()?;
    let version = env!("CARGO_PKG_VERSION");
    let text = format!("{READER} {version} {} {how:?} {}\n{}", layout.name, place.display(), files.listing()?);
    Some(hex(&Sha256::digest(text)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Cache {
    /// The user's: 4 GiB at most, for sets that take more than a second, in `GANVAS_CACHE` or the system's folder for caches. None where
    /// there is no such folder.
    pub fn usual() -> Option<Cache> {
        let given = std::env::var_os("GANVAS_CACHE").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let folder = given.or_else(|| Some(directories::ProjectDirs::from("", "", "ganvas")?.cache_dir().join("images")))?;
        Some(Cache { folder, after: Duration::from_secs(1), most: 4 << 30 })
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.{ENDING}"))
    }

    /// What is kept under a key.
    ///
    /// # Errors
    /// What is wrong with the file, which is removed.
    pub(super) fn get(&self, key: &str) -> Result<Option<Loaded>, String> {
        let path = self.path(key);
        // What keeps it from being opened is said when it is to be written.
        let Ok(file) = File::open(&path) else { return Ok(None) };
        match read(&file, key) {
            Ok(loaded) => {
                // The file system need not keep the time of reading; what was used last is told by this.
                let _ = file.set_modified(SystemTime::now());
                Ok(Some(Loaded { cached: Cached::Taken(path), ..loaded }))
            }
            Err(error) => {
                let _ = fs::remove_file(&path);
                Err(format!("the cache {} was damaged ({error}): removed, and the images read again", path.display()))
            }
        }
    }

    /// Keeps a set, and makes room for it.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub(super) fn put(&self, key: &str, loaded: &Loaded) -> Result<Cached, String> {
        let Values::Bytes(pixels) = &loaded.set.values else { return Ok(Cached::No) };
        if pixels.len() as u64 > self.most / 2 {
            return Ok(Cached::No);
        }
        let path = self.path(key);
        let failed = |error: &dyn std::fmt::Display| format!("the decoded images are not kept for the next time: {error}");
        fs::create_dir_all(&self.folder).map_err(|error| failed(&format!("cannot make the folder {}: {error}", self.folder.display())))?;
        self.make_room(pixels.len() as u64);
        disk::write_whole_with(&path, |file| write(file, key, loaded, pixels)).map_err(|error| failed(&error))?;
        Ok(Cached::Kept(path))
    }

    /// Removes what was not used for longest until `bytes` more are within the bound.
    fn make_room(&self, bytes: u64) {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(facts) = entry.metadata() else { continue };
            let used = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if path.extension().is_some_and(|ending| ending == ENDING) {
                files.push((used, facts.len(), path));
            } else if disk::is_partial(&path) && used.elapsed().is_ok_and(|age| age > ABANDONED) {
                let _ = fs::remove_file(&path);
            }
        }
        files.sort();
        let mut total: u64 = bytes + files.iter().map(|(_, bytes, _)| bytes).sum::<u64>();
        for (_, bytes, path) in files {
            if total <= self.most {
                break;
            }
            if fs::remove_file(path).is_ok() {
                total -= bytes;
            }
        }
    }
}

fn write(file: &mut File, key: &str, loaded: &Loaded, pixels: &[u8]) -> io::Result<()> {
    let DataSet { name, classes, labels, count, channels, height, width, .. } = &loaded.set;
    let head = Head {
        key: key.to_owned(),
        name: name.clone(),
        classes: classes.clone(),
        labelled: labels.is_some(),
        count: *count,
        channels: *channels,
        height: *height,
        width: *width,
        notes: loaded.notes.clone(),
        size: loaded.size,
    };
    let head = serde_json::to_vec(&head)?;
    let labels: Vec<u8> = labels.iter().flatten().flat_map(|label| label.to_le_bytes()).collect();
    let length = (head.len() as u64).to_le_bytes();
    let parts: [&[u8]; 4] = [&length, &head, &labels, pixels];
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    file.write_all(MARK)?;
    file.write_all(&hash.finalize())?;
    parts.iter().try_for_each(|part| file.write_all(part))
}

/// Reads a file of the cache. Nothing is allocated that its length does not bear out.
fn read(file: &File, key: &str) -> io::Result<Loaded> {
    let wrong = || io::Error::from(ErrorKind::InvalidData);
    let total = file.metadata()?.len();
    let mut file = BufReader::new(file);
    let mut start = [0; MARK.len() + 32];
    file.read_exact(&mut start)?;
    if !start.starts_with(MARK) {
        return Err(wrong());
    }
    let mut hash = Sha256::new();
    let mut take = |bytes: u64| -> io::Result<Vec<u8>> {
        let mut part = vec![0; usize::try_from(bytes).map_err(|_| wrong())?];
        file.read_exact(&mut part)?;
        hash.update(&part);
        Ok(part)
    };
    let length = take(8)?.try_into().map_or(u64::MAX, u64::from_le_bytes);
    if length > total.min(MAX_HEAD) {
        return Err(wrong());
    }
    let head: Head = serde_json::from_slice(&take(length)?)?;
    let rest = total.checked_sub(start.len() as u64 + 8 + length).ok_or_else(wrong)?;
    let each = [head.channels, head.height, head.width].iter().try_fold(1u64, |n, side| n.checked_mul(*side as u64));
    let label = if head.labelled { 4 } else { 0 };
    if head.key != key || each.and_then(|each| each.checked_add(label)?.checked_mul(head.count as u64)) != Some(rest) {
        return Err(wrong());
    }
    let labels = take(label * head.count as u64)?;
    let pixels = take(rest - labels.len() as u64)?;
    if hash.finalize()[..] != start[MARK.len()..] {
        return Err(wrong());
    }
    let labels = head.labelled.then(|| labels.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect());
    let Head { name, classes, count, channels, height, width, notes, size, .. } = head;
    let set = DataSet { name, values: Values::Bytes(pixels), labels, classes, count, channels, height, width };
    Ok(Loaded { set, notes, size, cached: Cached::No })
}
