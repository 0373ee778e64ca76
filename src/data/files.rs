//! Where files lie: in a folder and all folders below it, in an archive, or one by itself. What is plainly no data is passed over and counted.

use super::left_out::{LeftOut, Reason};
use super::sniff::{self, HEAD, Kind};
use super::{DataError, MAX_BYTES, Unreadable, short_name};
use ::zip::{ZipArchive, result::ZipError};
use flate2::read::MultiGzDecoder;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use walkdir::WalkDir;

/// The largest picture file to read: 256 MiB.
pub(super) const MAX_PICTURE: u64 = 256 << 20;

/// The files of a source.
pub(super) struct Files {
    /// What was asked for.
    pub source: String,
    /// A short name for the data.
    pub name: String,
    /// In one order everywhere, whatever the file system or the archive has.
    pub entries: Vec<Entry>,
    /// The entry that was asked for, where it was one file and not a folder or archive.
    pub chosen: Option<usize>,
    pub left_out: LeftOut,
    /// What should be data, but cannot be looked at.
    pub unreadable: Vec<Unreadable>,
    store: Store,
}

/// A file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Relative to the source, with `/` between folders.
    pub name: String,
    pub kind: Kind,
    at: usize,
}

enum Store {
    Folder(Vec<PathBuf>),
    Zip(Box<Mutex<ZipArchive<BufReader<File>>>>),
    Tar(Mutex<Box<dyn Bytes>>, Vec<Span>),
}

/// A tar archive's bytes, unpacked: the file itself, or what it unpacks to.
trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

/// Where a file lies in a tar archive: its first byte and its length.
type Span = (u64, u64);

/// A packed tar archive that unpacks to more than this lies in a temporary file, not in memory: 256 MiB.
const UNPACKED_IN_MEMORY: usize = 256 << 20;

/// A file that was found, before anyone has looked into it.
struct Found {
    name: String,
    at: usize,
}

impl Files {
    /// The files at a path.
    ///
    /// # Errors
    /// [`DataError`] where there is nothing, or it cannot be read at all.
    pub(super) fn open(source: &str) -> Result<Files, DataError> {
        let (archive, within) = split(Path::new(source));
        let path = archive.as_path();
        let failed = |error: io::Error| DataError::Read { path: source.into(), cause: error.to_string() };
        if !path.try_exists().map_err(failed)? {
            return Err(DataError::Missing(source.to_owned()));
        }
        // Reading a pipe would wait for ever.
        if !path.is_dir() && !path.is_file() {
            return Err(DataError::Unrecognised(source.to_owned()));
        }
        let mut left_out = LeftOut::default();
        let mut unreadable = Vec::new();
        let (found, store) = if path.is_dir() {
            folder(path, usize::MAX, &mut left_out, &mut unreadable)?
        } else {
            let start = head(Box::new(File::open(path).map_err(failed)?)).map_err(failed)?;
            let name = path.to_string_lossy();
            match sniff::kind(&name, &start) {
                Kind::Zip if !ends(&name, ".npz") => zip(path)?,
                Kind::Tar => tar(path)?,
                _ if ends(&name, ".zip") => return Err(not_zip(path, "it does not begin like one")),
                _ => folder(
                    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
                    1,
                    &mut left_out,
                    &mut unreadable,
                )?,
            }
        };
        let mut files = Files {
            source: source.into(),
            name: short_name(Path::new(source)),
            entries: Vec::new(),
            chosen: None,
            left_out,
            unreadable,
            store,
        };
        // What lies around one file is of use only where it belongs to that file.
        let alone = path.is_file() && matches!(files.store, Store::Folder(_));
        if alone {
            (files.left_out, files.unreadable) = (LeftOut::default(), Vec::new());
        }
        if !within.is_empty() && !files.in_archive() {
            return Err(DataError::Missing(source.to_owned()));
        }
        let mut found = found;
        found.retain(|file| file.name.starts_with(&within));
        if !within.is_empty() && found.is_empty() {
            return Err(DataError::NotInArchive { path: path.display().to_string(), within });
        }
        files.look(found, alone)?;
        if alone {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let chosen = files.entries.iter().position(|entry| entry.name == name);
            files.chosen = Some(chosen.ok_or_else(|| DataError::Unrecognised(source.to_owned()))?);
        }
        Ok(files)
    }

    /// Passes over what is no data and looks into the rest.
    fn look(&mut self, mut found: Vec<Found>, alone: bool) -> Result<(), DataError> {
        let runs = runs(&found);
        for run in &runs {
            self.left_out.add(Reason::Run, if run.is_empty() { &self.name } else { run.trim_end_matches('/') });
        }
        found.retain(|file| !runs.iter().any(|run| file.name.starts_with(run.as_str())));
        found.sort_by(|a, b| a.name.split('/').cmp(b.name.split('/')));
        for Found { name, at } in found {
            let passed_over = if is_hidden(&name) {
                Some(Reason::Hidden)
            } else if is_temporary(&name) {
                Some(Reason::Temporary)
            } else {
                None
            };
            if let Some(reason) = passed_over.filter(|_| !alone) {
                self.left_out.add(reason, &name);
                continue;
            }
            let kind = match self.head(at) {
                Ok(head) => sniff::kind(&name, &head),
                Err(cause) => match sniff::kind(&name, &[]) {
                    Kind::Other => Kind::Other,
                    // An archive's packing may be at fault; decoding says it again, for each file.
                    kind if !matches!(self.store, Store::Folder(_)) => kind,
                    _ => {
                        self.unreadable.push(Unreadable { name, cause });
                        continue;
                    }
                },
            };
            match kind {
                Kind::Own if !alone => self.left_out.add(Reason::Own, &name),
                Kind::Foreign(what) if !alone => self.left_out.add(Reason::Foreign(what), &name),
                _ => self.entries.push(Entry { name, kind, at }),
            }
        }
        Ok(())
    }

    /// The first bytes of a file, unpacked.
    fn head(&self, at: usize) -> Result<Vec<u8>, String> {
        match &self.store {
            Store::Folder(paths) => File::open(&paths[at]).and_then(|file| head(Box::new(file))).map_err(|error| error.to_string()),
            Store::Zip(archive) => {
                let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
                let file = archive.by_index(at).map_err(|error| in_words(&error))?;
                head(Box::new(file)).map_err(|error| error.to_string())
            }
            Store::Tar(bytes, spans) => {
                let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                span(&mut bytes, spans[at]).and_then(|file| head(Box::new(file))).map_err(|error| error.to_string())
            }
        }
    }

    /// All bytes of a file as it lies there, at most `limit`; else the cause in words.
    pub(super) fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, String> {
        match &self.store {
            Store::Folder(paths) => {
                let file = File::open(&paths[entry.at]).map_err(|error| error.to_string())?;
                whole(file, limit).map_err(|error| error.to_string())
            }
            // One reader at a time takes a file out; decoding it, the bulk of the work, goes on beside.
            Store::Zip(archive) => {
                let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
                let file = archive.by_index(entry.at).map_err(|error| in_words(&error))?;
                whole(file, limit).map_err(|error| match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                    Some(inner) => in_words(inner),
                    None => error.to_string(),
                })
            }
            Store::Tar(bytes, spans) => {
                let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                span(&mut bytes, spans[entry.at]).and_then(|file| whole(file, limit)).map_err(|error| error.to_string())
            }
        }
    }

    /// All bytes of a file, unpacked where it is packed by gzip, at most `limit`.
    pub(super) fn unpacked(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, String> {
        let bytes = self.read(entry, limit)?;
        if !bytes.starts_with(&GZIP) {
            return Ok(bytes);
        }
        whole(MultiGzDecoder::new(&bytes[..]), limit).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends early; download it again".to_owned(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                format!("its gzip packing is damaged ({error}); download it again")
            }
            _ => error.to_string(),
        })
    }

    /// How a person calls an entry: its path.
    pub(super) fn path(&self, entry: &Entry) -> String {
        match &self.store {
            Store::Folder(paths) => paths[entry.at].display().to_string(),
            _ => format!("{} in {}", entry.name, self.source),
        }
    }

    /// Whether an entry can be given a path of its own.
    pub(super) fn in_archive(&self) -> bool {
        !matches!(self.store, Store::Folder(_))
    }

    /// The archives in a folder, by their paths.
    pub(super) fn archives(&self) -> Vec<String> {
        let archive = |entry: &&Entry| entry.kind == Kind::Tar || entry.kind == Kind::Zip && !ends(&entry.name, ".npz");
        match self.store {
            Store::Folder(_) => self.entries.iter().filter(archive).map(|entry| self.path(entry)).collect(),
            _ => Vec::new(),
        }
    }

    /// All that can be told of the files without reading them, in an order of its own; nothing where that would not tell whether they change.
    pub(super) fn listing(&self) -> Option<String> {
        let beside = |i: usize, entry: &Entry| {
            let other = matches!(entry.kind, Kind::Picture(_) | Kind::Broken | Kind::Other) && !entry.name.ends_with(".txt");
            self.chosen.is_none_or(|chosen| chosen == i) || !other
        };
        let mut text = self.left_out.to_string();
        match &self.store {
            Store::Folder(paths) => {
                for (_, entry) in self.entries.iter().enumerate().filter(|(i, entry)| beside(*i, entry)) {
                    writeln!(text, "{} {}", entry.name, unchanged(&paths[entry.at])?).ok()?;
                }
            }
            _ => text += &unchanged(&split(Path::new(&self.source)).0)?,
        }
        self.unreadable.is_empty().then_some(text)
    }

    /// The folder of the files, where it is one that was asked for.
    pub(super) fn is_folder(&self) -> bool {
        matches!(self.store, Store::Folder(_)) && self.chosen.is_none()
    }

    /// Counts all entries of a kind as left out.
    pub(super) fn count_beside(&mut self, beside: impl Fn(&Entry) -> bool) {
        for entry in self.entries.iter().filter(|entry| beside(entry)) {
            let reason = if entry.kind == Kind::Other { Reason::Other } else { Reason::Beside };
            self.left_out.add(reason, &entry.name);
        }
    }
}

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file that changed less than this before it is looked at may change again without showing it: some systems tell time by 2 s.
const SETTLED: Duration = Duration::from_secs(3);

/// What changes with a file: its size and times, and where the system has them its number and the time of its last change of any kind. Nothing
/// for a file that was just written.
fn unchanged(path: &Path) -> Option<String> {
    let facts = std::fs::metadata(path).ok()?;
    let modified = facts.modified().ok()?;
    if SystemTime::now().duration_since(modified).ok()? < SETTLED {
        return None;
    }
    let modified = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    #[cfg(unix)]
    let more = {
        use std::os::unix::fs::MetadataExt as _;
        (facts.ino(), facts.ctime(), facts.ctime_nsec())
    };
    #[cfg(not(unix))]
    let more = ();
    Some(format!("{} {modified} {more:?}", facts.len()))
}

/// The archive of a path that leads into one, and the way in it, with `/`; the path itself and nothing where there is something at it.
fn split(path: &Path) -> (PathBuf, String) {
    let archive = path.ancestors().skip(1).find(|above| above.is_file()).filter(|_| !path.exists());
    match archive.and_then(|archive| Some((archive, path.strip_prefix(archive).ok()?))) {
        Some((archive, within)) => (archive.to_owned(), relative(Path::new(""), within)),
        None => (path.to_owned(), String::new()),
    }
}

/// A file in a tar archive.
fn span<'a>(bytes: &'a mut Box<dyn Bytes>, (start, length): Span) -> io::Result<impl Read + 'a> {
    bytes.seek(SeekFrom::Start(start))?;
    Ok(bytes.take(length))
}

/// The first bytes of what a reader gives, unpacked where it is packed by gzip.
fn head(mut file: Box<dyn Read + '_>) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut start)?;
    if !start.starts_with(&GZIP) {
        return Ok(start);
    }
    let mut unpacked = Vec::new();
    // Damaged packing is reported when the file is read; what comes before the damage may tell what it is.
    let _ = MultiGzDecoder::new(Cursor::new(start).chain(file)).take(HEAD as u64).read_to_end(&mut unpacked);
    Ok(unpacked)
}

/// All bytes, unless they are absurdly many. Memory grows with what is there, not with what a header claims.
pub(super) fn whole(file: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {} MiB, the most that is read of one file", limit >> 20)));
    }
    Ok(bytes)
}

fn ends(name: &str, ending: &str) -> bool {
    name.to_lowercase().ends_with(ending)
}

type Listed = (Vec<Found>, Store);

fn folder(root: &Path, depth: usize, left_out: &mut LeftOut, unreadable: &mut Vec<Unreadable>) -> Result<Listed, DataError> {
    let (mut found, mut paths) = (Vec::new(), Vec::new());
    let mut walk = WalkDir::new(root).follow_links(true).max_depth(depth).into_iter();
    while let Some(entry) = walk.next() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {
                let name = relative(root, entry.path());
                if entry.depth() > 0 && is_hidden(&name) {
                    left_out.add(Reason::Hidden, &name);
                    walk.skip_current_dir();
                }
            }
            Ok(entry) if entry.file_type().is_file() => {
                found.push(Found { name: relative(root, entry.path()), at: paths.len() });
                paths.push(entry.into_path());
            }
            // A pipe, a socket: nothing to be read.
            Ok(entry) => left_out.add(Reason::Other, &relative(root, entry.path())),
            // A link back to a folder above: all below it is seen already.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) if error.depth() == 0 => {
                return Err(DataError::Read { path: root.display().to_string(), cause: cause(&error) });
            }
            Err(error) => {
                let path = error.path().unwrap_or(root);
                let name = relative(root, path);
                match error.io_error().map(io::Error::kind) {
                    _ if is_hidden(&name) => left_out.add(Reason::Hidden, &name),
                    Some(io::ErrorKind::NotFound) => left_out.add(Reason::DeadLink, &name),
                    Some(io::ErrorKind::PermissionDenied) if path.is_dir() || !is_picture(&name) => left_out.add(Reason::Locked, &name),
                    _ => unreadable.push(Unreadable { name, cause: cause(&error) }),
                }
            }
        }
    }
    unreadable.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((found, Store::Folder(paths)))
}

fn is_picture(name: &str) -> bool {
    sniff::kind(name, &[]) == Kind::Broken
}

fn zip(path: &Path) -> Result<Listed, DataError> {
    let file = File::open(path).map_err(|error| DataError::Read { path: path.display().to_string(), cause: error.to_string() })?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| not_zip(path, &in_words(&error)))?;
    let mut found = Vec::new();
    for (at, name) in archive.file_names().enumerate() {
        match name {
            // Some programs on Windows write `\`.
            Ok(name) if !name.ends_with(['/', '\\']) => found.push(Found { name: name.replace('\\', "/"), at }),
            Ok(_) => {}
            Err(_) => found.push(Found { name: format!("file {at}"), at }),
        }
    }
    Ok((found, Store::Zip(Box::new(Mutex::new(archive)))))
}

fn not_zip(path: &Path, cause: &str) -> DataError {
    DataError::Archive { path: path.display().to_string(), kind: "zip", cause: cause.to_owned() }
}

/// What is wrong with an archive or a file in it, and what helps against just that.
fn in_words(error: &ZipError) -> String {
    match error {
        ZipError::CompressionMethodNotSupported(method) => {
            let name = match method {
                9 => "Deflate64",
                12 => "bzip2",
                14 => "LZMA",
                93 => "Zstandard",
                95 => "xz",
                96 => "JPEG",
                98 => "PPMd",
                99 => "AES encryption",
                _ => "an unusual method",
            };
            format!(
                "it is packed by {name} (method {method}), which ganvas does not unpack; unpack the archive and give its folder, or pack it anew by Deflate"
            )
        }
        ZipError::UnsupportedArchive(what) if *what == ZipError::PASSWORD_REQUIRED => {
            "it is encrypted; unpack the archive with its password and give the folder".into()
        }
        ZipError::UnsupportedArchive(what) => format!("{what}; unpack the archive with another program and give its folder"),
        error => format!("{error}; download or pack it anew"),
    }
}

fn tar(path: &Path) -> Result<Listed, DataError> {
    let name = path.display().to_string();
    let failed =
        |error: io::Error| DataError::Archive { path: name.clone(), kind: "tar", cause: format!("{error}; download or pack it anew") };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let packed = io::BufRead::fill_buf(&mut file).map_err(failed)?.starts_with(&GZIP);
    let bytes: Box<dyn Bytes> = if packed {
        let mut unpacked = tempfile::SpooledTempFile::new(UNPACKED_IN_MEMORY);
        let count = io::copy(&mut MultiGzDecoder::new(file).take(MAX_BYTES + 1), &mut unpacked).map_err(failed)?;
        if count > MAX_BYTES {
            return Err(failed(io::Error::other(format!("it unpacks to more than {} GiB", MAX_BYTES >> 30))));
        }
        unpacked.rewind().map_err(failed)?;
        Box::new(unpacked)
    } else {
        Box::new(file)
    };
    let mut bytes = bytes;
    let end = bytes.seek(SeekFrom::End(0)).and_then(|end| bytes.rewind().map(|()| end)).map_err(failed)?;
    let mut archive = ::tar::Archive::new(bytes);
    let (mut found, mut spans) = (Vec::new(), Vec::new());
    for entry in archive.entries_with_seek().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        let (start, length) = (entry.raw_file_position(), entry.size());
        if start.saturating_add(length) > end {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        }
        found.push(Found { name, at: spans.len() });
        spans.push((start, length));
    }
    Ok((found, Store::Tar(Mutex::new(archive.into_inner()), spans)))
}

/// The run folders among the files, each with a `/` behind it: by what they hold, so that one under another name is known too.
fn runs(found: &[Found]) -> Vec<String> {
    let names: BTreeSet<&str> = found.iter().map(|file| file.name.as_str()).collect();
    let whole = |folder: &&str| ["config.toml", "log.txt"].iter().all(|file| names.contains(format!("{folder}{file}").as_str()));
    let folders = names.iter().filter_map(|name| name.strip_suffix("metrics.jsonl")).filter(|f| f.is_empty() || f.ends_with('/'));
    folders.filter(whole).map(str::to_owned).collect()
}

/// Whether the file or a folder above it is hidden, is what macOS adds to archives, or belongs to the system.
fn is_hidden(name: &str) -> bool {
    let system = ["__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir", "Thumbs.db", "desktop.ini"];
    name.split('/').any(|part| part.starts_with('.') && part != "." && part != ".." || system.contains(&part))
}

/// Whether the file is what an editor or a download left.
fn is_temporary(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let endings = ["~", ".part", ".crdownload", ".download", ".tmp", ".swp", ".bak"];
    name.starts_with("~$") || name.starts_with('#') && name.ends_with('#') || endings.iter().any(|end| name.to_lowercase().ends_with(end))
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
