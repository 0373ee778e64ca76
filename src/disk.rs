//! Files that are written whole or not at all.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

/// Why a file was not written. Nothing is left of the attempt, and a file that was there before is
/// as it was.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{path}`: {cause}{}", remedy(cause.kind()))]
pub struct WriteError {
    /// The file.
    pub path: String,
    /// What went wrong.
    pub cause: io::Error,
}

/// What to do about an error of the file system, to be put behind it; empty where its own words say all there is.
pub fn remedy(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind;
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => "; make room on the disk, or write elsewhere",
        ErrorKind::PermissionDenied => "; check that you may write there, or write elsewhere",
        ErrorKind::ReadOnlyFilesystem => "; write elsewhere",
        ErrorKind::NotFound => "; make that folder first, or write elsewhere",
        _ => "",
    }
}

/// Writes `bytes` to `path`, whole or not at all: to a temporary file beside it, synced to the
/// disk, then renamed over what was there. The folder must exist.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_whole_with(path, |file| file.write_all(bytes))
}

/// As [`write_whole`], for what is not in one piece.
pub(crate) fn write_whole_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), WriteError> {
    replace(path, write).map_err(|error| failed(path, error))
}

/// How the names of temporary files begin and end.
const PARTIAL: (&str, &str) = (".ganvas-", ".part");

/// Whether the file is one that [`write_whole`] had not finished when its process was killed.
pub fn is_partial(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PARTIAL.0) && name.ends_with(PARTIAL.1))
}

pub(crate) fn failed(path: &Path, cause: io::Error) -> WriteError {
    WriteError { path: path.display().to_string(), cause }
}

fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no folder `{}`", folder.display())));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(PARTIAL.0).suffix(PARTIAL.1);
    // Temporary files are for their owner alone; this one is to be like any other.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    // Through the file itself: the other way, errors name the temporary file, which is gone when they are read.
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path);
    Ok(())
}

/// Brings the name of a file to the disk: a rename is there only once its folder is. Not every system can do this.
pub(crate) fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}

/// The folder that a file lies in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
