//! The source for folders of images.

use super::files::{self, Listing};
use super::picture::{Reading, Unreadable};
use super::{DataError, Request, short_name};
use std::fs::File;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Any folder.
pub(super) fn recognises(request: &Request) -> bool {
    Path::new(&request.source).is_dir()
}

/// Reads the images in the folder and in all folders below it.
pub(super) fn read(request: &Request) -> Result<Reading, DataError> {
    let root = Path::new(&request.source);
    let listing = list(root)?;
    files::read(short_name(root), listing, request, |path| File::open(path).and_then(files::read_whole).map_err(|error| error.to_string()))
}

fn list(root: &Path) -> Result<Listing<PathBuf>, DataError> {
    let mut listing = Listing { files: Vec::new(), unreadable: Vec::new() };
    for entry in WalkDir::new(root).follow_links(true) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let name = relative(root, entry.path());
                listing.files.push((name, entry.into_path()));
            }
            Ok(_) => {}
            // A link back to a folder above: all below it is seen already.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) if error.depth() == 0 => {
                return Err(DataError::Read { path: root.display().to_string(), cause: cause(&error) });
            }
            Err(error) => listing.unreadable.push(Unreadable { name: relative(root, error.path().unwrap_or(root)), cause: cause(&error) }),
        }
    }
    listing.unreadable.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(listing)
}

/// The system's words without walkdir's, which repeat the path.
fn cause(error: &walkdir::Error) -> String {
    match error.io_error() {
        Some(error) => error.to_string(),
        None => error.to_string(),
    }
}

/// The path below `root`, with `/` on every system.
fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).iter();
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
