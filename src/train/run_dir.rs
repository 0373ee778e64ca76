//! The run directory: what is kept of a run on disk. A consumer of the trainer's events.

use super::{Checkpoint, CheckpointError, Event, Metrics};
use crate::{
    config::{Config, ConfigError},
    data::DataSet,
    disk::{self, WriteError},
    figure::{self, FigureError},
    sheet,
    shell::quoted,
};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

/// Why a run directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The folder of runs cannot be written.
    #[error("cannot create a run in {}: {error}; choose another folder as `out`", path.display())]
    Create {
        /// Folder of runs.
        path: PathBuf,
        /// Cause.
        error: std::io::Error,
    },
    /// Not a run.
    #[error("{} is no run directory ({what}); give one such as runs/0001-builtin-mlp", path.display())]
    NoRun {
        /// Path given.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// Nothing to go on from.
    #[error("the run {} has no checkpoint yet; start it anew with: ganvas --no-window --config {}", path.display(), quoted(path.join("config.toml")))]
    NoCheckpoint {
        /// Run.
        path: PathBuf,
    },
    /// Another process trains in it.
    #[error("another ganvas is training in {}; wait for it to end or stop it", path.display())]
    InUse {
        /// Run.
        path: PathBuf,
    },
    /// A file of the run cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file of the run cannot be written or read.
    #[error("cannot read or write {}: {error}{}", path.display(), disk::remedy(error.kind()))]
    File {
        /// File.
        path: PathBuf,
        /// Cause.
        error: std::io::Error,
    },
    /// A checkpoint cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// Its configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A checkpoint cannot be encoded.
    #[error("cannot encode the checkpoint: {0}")]
    Encode(#[from] safetensors::SafeTensorError),
}

/// A run directory that this process trains in.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    /// Locked as long as the run is open here; doubles as the log.
    log: File,
    metrics: File,
    start: Instant,
    keep_checkpoints: usize,
}

impl RunDir {
    /// Creates the next numbered directory, `runs/0001-NAME`, or nothing.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn create(config: &Config, name: &str) -> Result<RunDir, RunError> {
        let out = &config.out;
        let fail = |error| RunError::Create { path: out.clone(), error };
        fs::create_dir_all(out).map_err(fail)?;
        let number = |entry: fs::DirEntry| entry.file_name().to_str()?.split('-').next()?.parse().ok().filter(|n| *n < u32::MAX);
        let taken = fs::read_dir(out).map_err(fail)?.filter_map(|entry| number(entry.ok()?)).max().unwrap_or(0);
        let mut next = taken + 1;
        let path = loop {
            let path = out.join(format!("{next:04}-{name}"));
            match fs::create_dir(&path) {
                Ok(()) => break path,
                // Another process took the number in between.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => next += 1,
                Err(error) => return Err(fail(error)),
            }
        };
        let fill = || {
            for folder in ["samples", "checkpoints"] {
                fs::create_dir(path.join(folder)).map_err(fail)?;
            }
            let run = RunDir::open(path.clone(), config.keep_checkpoints)?;
            run.write_config(config)?;
            Ok(run)
        };
        fill().inspect_err(|_| discard(&path))
    }

    /// Removes the directory of a run that cannot even begin.
    pub fn discard(self) {
        let RunDir { path, .. } = self;
        discard(&path);
    }

    /// Opens a run to go on in it.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn open(path: PathBuf, keep_checkpoints: usize) -> Result<RunDir, RunError> {
        let append = |name: &str| {
            let path = path.join(name);
            OpenOptions::new().create(true).append(true).open(&path).map_err(|error| RunError::File { path, error })
        };
        let log = append("log.txt")?;
        match log.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RunError::InUse { path }),
            // Some file systems have no locks; training there is still fine.
            Err(TryLockError::Error(_)) => {}
        }
        remove_partial(&path);
        let metrics = append("metrics.jsonl")?;
        Ok(RunDir { path, log, metrics, start: Instant::now(), keep_checkpoints })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `config.toml`.
    ///
    /// # Errors
    /// [`RunError::Write`].
    pub fn write_config(&self, config: &Config) -> Result<(), RunError> {
        Ok(disk::write_whole(&self.path.join("config.toml"), config.to_toml().as_bytes())?)
    }

    /// Draws the first `count` images of the data set to `reals.png`; points as a figure.
    ///
    /// # Errors
    /// [`RunError::Write`], [`RunError::Figure`].
    pub fn write_reals(&self, data: &DataSet, count: usize) -> Result<(), RunError> {
        Ok(sheet::write_png(&self.path.join("reals.png"), &data_sheet(data, count)?)?)
    }

    /// Adds a line to `log.txt`.
    ///
    /// # Errors
    /// [`RunError::File`].
    pub fn log(&mut self, line: &str) -> Result<(), RunError> {
        let seconds = self.start.elapsed().as_secs_f64();
        let written = writeln!(self.log, "{seconds:9.1} s  {line}");
        written.map_err(|error| RunError::File { path: self.path.join("log.txt"), error })
    }

    /// Drops lines of metrics beyond `step`, left by a run that was killed after its last checkpoint; those steps are computed again.
    /// Gives the seconds of training up to `step`.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn rewind_metrics(&mut self, step: u32) -> Result<f64, RunError> {
        let path = self.path.join("metrics.jsonl");
        let text = fs::read_to_string(&path).map_err(|error| RunError::File { path: path.clone(), error })?;
        // A line cut off by the kill does not parse and is dropped too.
        let step_of = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["step"].as_u64();
        let kept: Vec<&str> = text.lines().filter(|line| step_of(line).is_some_and(|s| s <= u64::from(step))).collect();
        let lines: String = kept.iter().map(|line| format!("{line}\n")).collect();
        if lines != text {
            disk::write_whole(&path, lines.as_bytes())?;
            self.metrics = OpenOptions::new().append(true).open(&path).map_err(|error| RunError::File { path, error })?;
        }
        let last = kept.iter().rev().find_map(|line| serde_json::from_str::<Metrics>(line).ok());
        Ok(last.map_or(0.0, |metrics| metrics.seconds))
    }

    /// Writes what an event gives to write; the file, where there is one.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn consume(&mut self, event: &Event) -> Result<Option<PathBuf>, RunError> {
        match event {
            Event::Metrics(metrics) => self.write_line(&serde_json::to_string(metrics).unwrap_or_default()).map(|()| None),
            Event::Changed { step, key, value, .. } => {
                self.write_line(&serde_json::json!({ "step": step, "changed": { *key: value } }).to_string())?;
                self.log(&format!("{key} = {value} from step {step} on")).map(|()| None)
            }
            Event::Preview(preview) if preview.kept => {
                let path = self.path.join(format!("samples/step-{:06}.png", preview.step));
                sheet::write_png(&path, &preview_sheet(&preview.images, preview.shape))?;
                Ok(Some(path))
            }
            Event::Figure(figure) if figure.kept => {
                let path = self.path.join(format!("samples/step-{:06}.png", figure.step));
                sheet::write_png(&path, &figure::draw(figure)?)?;
                Ok(Some(path))
            }
            Event::Checkpoint(checkpoint) => {
                // What leads up to the checkpoint is on the disk before it is.
                self.metrics.sync_data().map_err(|error| RunError::File { path: self.path.join("metrics.jsonl"), error })?;
                let path = self.path.join(format!("checkpoints/step-{:06}.safetensors", checkpoint.step));
                // Settings may have been changed since the last one.
                let config = checkpoint.config.to_toml();
                if fs::read_to_string(self.path.join("config.toml")).is_ok_and(|written| written != config) {
                    self.write_config(&checkpoint.config)?;
                }
                disk::write_whole(&path, &checkpoint.to_bytes()?)?;
                self.prune()?;
                Ok(Some(path))
            }
            Event::Finished { step } => self.log(&format!("finished at step {step}")).map(|()| None),
            Event::Stopped { step } => self.log(&format!("stopped at step {step}")).map(|()| None),
            Event::Progress { .. }
            | Event::Columns(_)
            | Event::Preview(_)
            | Event::Figure(_)
            | Event::UpdatedD(_)
            | Event::Generated(_) => Ok(None),
        }
    }

    /// Adds a line to `metrics.jsonl`.
    fn write_line(&mut self, line: &str) -> Result<(), RunError> {
        let written = writeln!(self.metrics, "{line}");
        written.map_err(|error| RunError::File { path: self.path.join("metrics.jsonl"), error })
    }

    /// The metrics written so far; none where they cannot be read.
    pub fn read_metrics(&self) -> Vec<Metrics> {
        let text = fs::read_to_string(self.path.join("metrics.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The sample sheets written so far with their steps, oldest first.
    pub fn samples(&self) -> Vec<(u32, PathBuf)> {
        let step = |path: &Path| path.file_name()?.to_str()?.strip_prefix("step-")?.strip_suffix(".png")?.parse().ok();
        let entries = fs::read_dir(self.path.join("samples")).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut samples: Vec<(u32, PathBuf)> = entries.filter_map(|path| Some((step(&path)?, path))).collect();
        samples.sort();
        samples
    }

    /// Removes all but the newest checkpoints.
    fn prune(&self) -> Result<(), RunError> {
        let mut checkpoints = checkpoints(&self.path)?;
        while checkpoints.len() > self.keep_checkpoints {
            let (_, path) = checkpoints.remove(0);
            fs::remove_file(&path).map_err(|error| RunError::File { path, error })?;
        }
        Ok(())
    }
}

/// Removes the directory of a run that could not be created. Where this fails too, the first error matters more.
fn discard(path: &Path) {
    let _ = fs::remove_dir_all(path);
}

/// Removes what a killed process has half written. It is in no one's way, so a file that stays is no error.
fn remove_partial(run: &Path) {
    let entries = [run.into(), run.join("checkpoints"), run.join("samples")].into_iter().filter_map(|folder| fs::read_dir(folder).ok());
    for path in entries.flatten().filter_map(|entry| Some(entry.ok()?.path())).filter(|path| disk::is_partial(path)) {
        let _ = fs::remove_file(path);
    }
}

/// Checkpoints of a run with their steps, oldest first.
fn checkpoints(run: &Path) -> Result<Vec<(u32, PathBuf)>, RunError> {
    let folder = run.join("checkpoints");
    let entries = fs::read_dir(&folder).map_err(|_| RunError::NoRun { path: run.into(), what: "it has no checkpoints folder" })?;
    let step = |path: &Path| path.file_name()?.to_str()?.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok();
    let mut found: Vec<(u32, PathBuf)> =
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter_map(|path| Some((step(&path)?, path))).collect();
    found.sort();
    Ok(found)
}

/// The newest checkpoint of a run, or the one that `path` is itself.
///
/// # Errors
/// [`RunError`] that says what is missing.
pub fn newest_checkpoint(path: &Path) -> Result<PathBuf, RunError> {
    if path.is_file() {
        return Ok(path.into());
    }
    if !path.join("config.toml").is_file() {
        let what = if path.exists() { "it has no config.toml" } else { "there is no such folder" };
        return Err(RunError::NoRun { path: path.into(), what });
    }
    let (_, newest) = checkpoints(path)?.pop().ok_or_else(|| RunError::NoCheckpoint { path: path.into() })?;
    Ok(newest)
}

/// The first `count` images of a data set as a sheet; points as a figure.
///
/// # Errors
/// [`FigureError`].
pub fn data_sheet(data: &DataSet, count: usize) -> Result<image::DynamicImage, FigureError> {
    let count = count.min(data.count);
    match data.distribution() {
        Some(distribution) => figure::draw_reals(distribution, &data.reals()[..count * data.pixels()]),
        None => Ok(preview_sheet(&data.bytes()[..count * data.pixels()], [count, data.channels, data.height, data.width])),
    }
}

/// Images in a grid as near to square as their number allows; small ones are enlarged.
pub fn preview_sheet(images: &[u8], [count, channels, height, width]: [usize; 4]) -> image::DynamicImage {
    let columns = (count as f64).sqrt().ceil() as usize;
    sheet::sheet(images, count, channels, height, width, columns, sheet::scale(width))
}

/// Reads `config.toml` of a run.
///
/// # Errors
/// [`RunError`].
pub fn read_config(run: &Path) -> Result<Config, RunError> {
    let path = run.join("config.toml");
    let text = fs::read_to_string(&path).map_err(|_| RunError::NoRun { path: run.into(), what: "it has no config.toml" })?;
    Ok(Config::from_toml(&text, &path.display().to_string())?)
}

/// Reads the checkpoint at `path`.
///
/// # Errors
/// [`RunError`].
pub fn read_checkpoint(path: &Path) -> Result<Checkpoint, RunError> {
    Ok(Checkpoint::read(path)?)
}
