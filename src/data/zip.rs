//! The source for zip archives of images.

use super::files::{self, Listing};
use super::picture::{Reading, Unreadable};
use super::{DataError, Request, short_name};
use ::zip::ZipArchive;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A file that begins like a zip archive or is called one.
pub(super) fn recognises(request: &Request) -> bool {
    let path = Path::new(&request.source);
    let mut start = [0; 4];
    let begins =
        File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok_and(|()| [*b"PK\x03\x04", *b"PK\x05\x06"].contains(&start));
    let called = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    path.is_file() && (begins || called)
}

/// Reads the images in the archive.
pub(super) fn read(request: &Request) -> Result<Reading, DataError> {
    let path = Path::new(&request.source);
    let file = File::open(path).map_err(|error| DataError::Read { path: request.source.clone(), cause: error.to_string() })?;
    let broken = |error: ::zip::result::ZipError| DataError::Zip { path: request.source.clone(), cause: error.to_string() };
    let archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    let listing = list(&archive);
    // One reader at a time takes a file out; decoding it, the bulk of the work, goes on beside.
    let archive = Mutex::new(archive);
    files::read(short_name(path), listing, request, |&index| {
        let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
        let file = archive.by_index(index).map_err(|error| error.to_string())?;
        files::read_whole(file).map_err(|error| error.to_string())
    })
}

fn list<R: Read + std::io::Seek>(archive: &ZipArchive<R>) -> Listing<usize> {
    let mut listing = Listing { files: Vec::new(), unreadable: Vec::new() };
    for (index, name) in archive.file_names().enumerate() {
        match name {
            // Some programs on Windows write `\`.
            Ok(name) if !name.ends_with(['/', '\\']) => {
                listing.files.push((name.replace('\\', "/"), index));
            }
            Ok(_) => {}
            Err(error) => listing.unreadable.push(Unreadable { name: format!("file {index}"), cause: error.to_string() }),
        }
    }
    listing
}
