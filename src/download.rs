//! Files from the internet: whole and checked by their SHA-256, or not there at all.
//!
//! What has come of a file lies beside its place, with [`PART`] behind its name, and the next try goes on from there. An address that fails
//! is tried again where that may help; then the next one is.

use crate::disk::{self, remedy};
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

/// What is behind the name of a file that has not come in whole.
pub const PART: &str = ".part";

/// How long an address may send nothing before it is given up, where nothing else is said.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Tries per address; a try that brought something counts for nothing.
const TRIES: u32 = 3;

/// The wait before the second try is this part of the patience: a second of half a minute. It doubles with each try.
const WAIT: u32 = 30;

/// A file that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where it is to be had, the best address first.
    pub urls: Vec<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in 64 hexadecimal digits.
    pub sha256: &'static str,
}

/// What is told while a file comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// So many of its bytes are here.
    Bytes(u64),
    /// What went wrong with an address, and what is done about it.
    Trouble(String),
}

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// Every address failed.
    #[error(
        "cannot download `{}`:{}\n  by hand: put the file of {bytes} bytes with the SHA-256 {sha256} at {}",
        path.file_name().unwrap_or_default().display(), lines(failures), path.display()
    )]
    Failed {
        /// Where it was to be.
        path: PathBuf,
        /// Each address, and why it failed.
        failures: Vec<(String, String)>,
        /// Its size.
        bytes: u64,
        /// Its SHA-256.
        sha256: &'static str,
    },
    /// Something else lies in its place.
    #[error("`{}` is there, but is not the file that it should be: {what}; move it away and try again", path.display())]
    Other {
        /// The place.
        path: PathBuf,
        /// In what it differs.
        what: String,
    },
    /// Another process is at it.
    #[error("another ganvas is downloading `{}` at this moment; wait for it", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The file system refuses.
    #[error("cannot write `{}`: {cause}{}", path.display(), remedy(cause.kind()))]
    Write {
        /// The file.
        path: PathBuf,
        /// What it says.
        cause: io::Error,
    },
}

fn lines(failures: &[(String, String)]) -> String {
    failures.iter().fold(String::new(), |mut text, (url, cause)| {
        let _ = write!(text, "\n  {url}: {cause}");
        text
    })
}

/// Brings a file to `path`, unless it is there already; the folder must exist.
///
/// # Errors
/// [`DownloadError`]; what has come so far is kept for the next time.
pub fn download(wanted: &Wanted, path: &Path, patience: Duration, tell: &mut dyn FnMut(Told)) -> Result<(), DownloadError> {
    let write = |cause| DownloadError::Write { path: path.to_owned(), cause };
    if let Ok(file) = File::open(path) {
        return match difference(file, wanted).map_err(write)? {
            None => Ok(()),
            Some(what) => Err(DownloadError::Other { path: path.to_owned(), what }),
        };
    }
    let part_path = PathBuf::from(format!("{}{PART}", path.display()));
    let file = OpenOptions::new().read(true).append(true).create(true).open(&part_path).map_err(write)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Err(DownloadError::Busy { path: path.to_owned() }),
        // A file system without locks has no second process to fear more than before.
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    let mut part = Part::of(file).map_err(write)?;
    if part.length > wanted.bytes {
        part.clear().map_err(write)?;
    }
    let mut failures = Vec::new();
    for url in &wanted.urls {
        match from(url, wanted, &mut part, patience, tell).map_err(write)? {
            None => {
                part.file.sync_all().map_err(write)?;
                drop(part);
                fs::rename(&part_path, path).map_err(write)?;
                disk::sync_folder(path);
                return Ok(());
            }
            Some(cause) => failures.push((url.clone(), cause)),
        }
    }
    let nothing = part.length == 0;
    drop(part);
    if nothing {
        let _ = fs::remove_file(&part_path);
    }
    Err(DownloadError::Failed { path: path.to_owned(), failures, bytes: wanted.bytes, sha256: wanted.sha256 })
}

/// In what a file differs from the one that is wanted; nothing where it is that.
fn difference(mut file: File, wanted: &Wanted) -> io::Result<Option<String>> {
    let bytes = file.metadata()?.len();
    if bytes != wanted.bytes {
        return Ok(Some(format!("it has {bytes} bytes in place of {}", wanted.bytes)));
    }
    let mut hash = Sha256::new();
    io::copy(&mut file, &mut hash)?;
    let hash = hex(hash);
    Ok((hash != wanted.sha256).then(|| format!("its SHA-256 is {hash}")))
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What has come of a file so far.
struct Part {
    file: File,
    length: u64,
    hash: Sha256,
}

impl Part {
    fn of(mut file: File) -> io::Result<Part> {
        let mut hash = Sha256::new();
        file.seek(SeekFrom::Start(0))?;
        let length = io::copy(&mut file, &mut hash)?;
        Ok(Part { file, length, hash })
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        (self.length, self.hash) = (0, Sha256::new());
        Ok(())
    }
}

/// How one request ended.
enum End {
    /// All has come that was sent.
    Sent,
    /// Another try may help.
    Again(String),
    /// No other try helps.
    Never(String),
}

/// Gets the file from one address, or says why not. An error is one of the file system.
fn from(url: &str, wanted: &Wanted, part: &mut Part, patience: Duration, tell: &mut dyn FnMut(Told)) -> io::Result<Option<String>> {
    let (mut tries, mut wait) = (0, patience / WAIT);
    loop {
        let before = part.length;
        let end = if before < wanted.bytes { request(url, wanted, part, patience, tell)? } else { End::Sent };
        let cause = match end {
            End::Sent if part.length == wanted.bytes => {
                let hash = hex(part.hash.clone());
                if hash == wanted.sha256 {
                    return Ok(None);
                }
                part.clear()?;
                // What lay there from before may be of another file.
                if before > 0 {
                    tell(Told::Trouble(format!("{url}: what had come before does not belong to it; beginning again")));
                    continue;
                }
                return Ok(Some(format!("it sends another file, whose SHA-256 is {hash}")));
            }
            End::Sent if part.length > wanted.bytes => {
                part.clear()?;
                return Ok(Some(format!("it sends more than the {} bytes of the file", wanted.bytes)));
            }
            End::Sent => format!("the connection ended after {} of {} bytes", part.length, wanted.bytes),
            End::Again(cause) => cause,
            End::Never(cause) => return Ok(Some(cause)),
        };
        if part.length > before {
            (tries, wait) = (0, patience / WAIT);
        }
        tries += 1;
        if tries == TRIES {
            return Ok(Some(cause));
        }
        tell(Told::Trouble(format!("{url}: {cause}; trying again in {:.1} s", wait.as_secs_f64())));
        std::thread::sleep(wait);
        wait *= 2;
    }
}

/// Asks for what is missing and adds it to `part`.
fn request(url: &str, wanted: &Wanted, part: &mut Part, patience: Duration, tell: &mut dyn FnMut(Told)) -> io::Result<End> {
    let from = part.length;
    let proxy = proxy_for(url);
    let failed = |error| Ok(failure(error, patience, proxy.as_ref()));
    let response = match ask(url, from, patience, proxy.as_ref()) {
        Ok(response) => response,
        Err(error) => return failed(error),
    };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let start = header("content-range").and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    let announced: Option<u64> = header("content-length").and_then(|length| length.parse().ok());
    let status = response.status().as_u16();
    let rest = match status {
        200 => wanted.bytes,
        206 if start == Some(from) => wanted.bytes - from,
        206 | 416 if from > 0 => {
            part.clear()?;
            return Ok(End::Again("it does not go on where the last try ended; beginning again".into()));
        }
        _ => return Ok(refused(status)),
    };
    // A page in place of the file, as networks that ask for a login send it, is not even begun with.
    if let Some(announced) = announced.filter(|announced| *announced != rest) {
        return Ok(End::Never(format!("it sends {announced} bytes in place of {rest}: another file, or a web page")));
    }
    // All of it comes, though only the rest was asked for.
    if status == 200 {
        part.clear()?;
    }
    let mut body = response.into_body().into_reader();
    let mut bytes = vec![0; 256 << 10];
    loop {
        match body.read(&mut bytes) {
            Ok(0) => return Ok(End::Sent),
            Ok(count) => part.add(&bytes[..count])?,
            Err(error) => return failed(error.into()),
        }
        if part.length > wanted.bytes {
            return Ok(End::Sent);
        }
        tell(Told::Bytes(part.length));
    }
}

/// Requests the file from byte `from` on.
fn ask(url: &str, from: u64, patience: Duration, proxy: Option<&Proxy>) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("ganvas/", env!("CARGO_PKG_VERSION")))
        .proxy(proxy.map(|proxy| ureq::Proxy::new(&proxy.address)).transpose()?)
        .timeout_resolve(Some(patience))
        .timeout_connect(Some(patience))
        .timeout_per_read(Some(patience))
        .build();
    let request = ureq::Agent::new_with_config(config).get(url);
    if from > 0 { request.header("Range", format!("bytes={from}-")).call() } else { request.call() }
}

fn refused(status: u16) -> End {
    let words = match status {
        401 | 403 => " (refused)",
        404 | 410 => " (it is not there)",
        408 | 429 => " (asked too often)",
        500.. => " (the server is in trouble)",
        _ => "",
    };
    let text = format!("HTTP status {status}{words}");
    if matches!(status, 408 | 429 | 500..) { End::Again(text) } else { End::Never(text) }
}

fn failure(error: ureq::Error, patience: Duration, proxy: Option<&Proxy>) -> End {
    let through = proxy.map(Proxy::words).unwrap_or_default();
    match error {
        ureq::Error::HostNotFound => End::Again(format!("the host is not found: is there a connection to the internet?{through}")),
        ureq::Error::Timeout(_) => End::Again(format!("nothing came for {} s{through}", patience.as_secs_f64())),
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => End::Again(format!("the connection broke{through}")),
            _ => End::Again(format!("{error}{through}")),
        },
        error @ ureq::Error::ConnectionFailed => End::Again(format!("{error}{through}")),
        error => End::Never(format!("{error}{through}")),
    }
}

/// A proxy of the environment.
struct Proxy {
    /// The variable that names it.
    variable: &'static str,
    address: String,
}

impl Proxy {
    /// For messages, without its password.
    fn words(&self) -> String {
        let host = self.address.rsplit('@').next().unwrap_or_default();
        format!(" (through the proxy {host} of {})", self.variable)
    }
}

/// The proxy for an address: `HTTPS_PROXY` or `HTTP_PROXY` as its scheme is, else `ALL_PROXY`, in capitals or small; none for hosts of
/// `NO_PROXY`, a list of names that stand for all below them too, or `*`.
fn proxy_for(url: &str) -> Option<Proxy> {
    let set = |name: &'static str| std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?']).next()?.rsplit('@').next()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).to_lowercase();
    let excepted = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default().to_lowercase();
    let covers = |name: &str| {
        let name = name.trim_start_matches('*').trim_start_matches('.');
        name.is_empty() || host == name || host.ends_with(&format!(".{name}"))
    };
    if excepted.split([',', ' ']).filter(|name| !name.is_empty()).any(covers) {
        return None;
    }
    let names = if scheme == "https" { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let names = names.into_iter().chain(["ALL_PROXY", "all_proxy"]);
    names.into_iter().find_map(|variable| Some(Proxy { variable, address: set(variable)? }))
}
