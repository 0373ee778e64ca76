//! What the trainer is told and what it says. Everything that shows or keeps a run (terminal, run directory, window) consumes these
//! events, and everything that steers one sends these commands.

use super::{Checkpoint, Metrics};
use crate::{
    config::Config,
    figure::Figure,
    models::{Column, Loss},
};
use std::{path::PathBuf, sync::Arc};

/// Told what is being prepared, as a topic and a text.
pub type Say<'a> = &'a mut dyn FnMut(&'static str, String);

/// Which net a single update is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Single {
    /// One update of D.
    D,
    /// One update of G, which is a step.
    G,
    /// One whole step: k updates of D, one of G.
    Both,
}

/// A wish of whoever steers a run.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Train on.
    Run,
    /// Train no further for now.
    Pause,
    /// One update, then pause.
    Update(Single),
    /// Learning rates from the next step on.
    Rates {
        /// Of D.
        d: f64,
        /// Of G.
        g: f64,
    },
    /// Updates of D per step from the next step on.
    K(u32),
    /// Loss from the next step on.
    Loss(&'static Loss),
    /// Total number of steps; more than it has done make a finished run go on.
    Steps(u32),
    /// Save a checkpoint now.
    Save,
    /// Generate the preview now, to be looked at.
    Preview,
    /// Generate the image of a latent.
    Generate(Vec<f32>),
    /// Save and end.
    Stop,
}

/// Something happened in the trainer.
#[derive(Clone, Debug)]
pub enum Event {
    /// The steps up to this one are done; comes after every submission.
    Progress {
        /// Steps done.
        step: u32,
        /// Steps per second of the last submission.
        steps_per_second: f64,
    },
    /// A line of metrics.
    Metrics(Metrics),
    /// One update of D alone was made by hand; its numbers.
    UpdatedD(Metrics),
    /// A setting was changed while training.
    Changed {
        /// Step from which on it counts.
        step: u32,
        /// Key of the configuration.
        key: &'static str,
        /// Its new value, for people.
        value: String,
        /// All settings as they are now.
        config: Box<Config>,
    },
    /// The model's numbers have other goals from now on.
    Columns(Vec<Column>),
    /// Generated images from the run's fixed latents.
    Preview(Preview),
    /// In place of images, where the data are points.
    Figure(Figure),
    /// The answer to [`Command::Generate`]: one image, or a point.
    Generated(Preview),
    /// All that is needed to go on from here.
    Checkpoint(Arc<Checkpoint>),
    /// The last step is done and saved.
    Finished {
        /// Steps done.
        step: u32,
    },
    /// Stopped when asked to, after saving.
    Stopped {
        /// Steps done.
        step: u32,
    },
}

/// Generated images.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Steps done.
    pub step: u32,
    /// Images as bytes `[count, channels, height, width]`; none where the data are points.
    pub images: Arc<Vec<u8>>,
    /// `[count, channels, height, width]`
    pub shape: [usize; 4],
    /// In place of images, where the data are points: their values `[count, dimensions]`.
    pub points: Arc<Vec<f32>>,
    /// D(G(z)) per image: how likely D holds it for real.
    pub verdicts: Arc<Vec<f32>>,
    /// One of the sheets that a run keeps, every `sample_every` steps; others are only to be looked at.
    pub kept: bool,
}

/// A wish of the window.
#[derive(Debug)]
pub enum Wish {
    /// Save and leave the run at hand, then train a new one.
    New(Box<Config>),
    /// Save and leave the run at hand, then open one from disk, paused where it is.
    Open(PathBuf),
    /// For the run at hand.
    Command(Command),
    /// The training images nearest to these, which are of the run at hand.
    Neighbours(Preview),
    /// Save and end.
    Quit,
}

/// What the window is told.
#[derive(Debug)]
pub enum Note {
    /// A line about what is being prepared, as a topic and a text.
    Preparing(&'static str, String),
    /// Names that `--device` takes here.
    Devices(Vec<String>),
    /// A run is ready.
    Ready(Box<RunInfo>),
    /// The trainer said something; the file that it gave, if any.
    Event(Event, Option<PathBuf>),
    /// The answer to [`Wish::Neighbours`]; of several that nobody has looked at the newest.
    Neighbours(Neighbours),
    /// A new or opened run could not be prepared; the run at hand, if any, has ended.
    Refused(String),
    /// The run stopped for this reason; what was kept and what to do.
    Failed(String),
    /// Something to know, and nothing wrong.
    Notice(String),
    /// The worker has ended.
    Gone,
}

/// A run as the window shows it.
#[derive(Clone, Debug)]
pub struct RunInfo {
    /// The resolved configuration.
    pub config: Config,
    /// Directory.
    pub path: PathBuf,
    /// Device with kind, backend and driver.
    pub device: String,
    /// Bytes of device memory in use.
    pub memory_bytes: usize,
    /// Parameters of G and of D.
    pub parameters: (usize, usize),
    /// Name and number of the images.
    pub data: (String, usize),
    /// Real images.
    pub reals: Preview,
    /// What the model's numbers are.
    pub columns: Vec<Column>,
    /// Latents of the previews `[samples, latent]`.
    pub latents: Vec<f32>,
    /// Steps done.
    pub step: u32,
    /// Lines of metrics from earlier parts of the run.
    pub metrics: Vec<Metrics>,
    /// Sample sheets on disk with their steps, oldest first.
    pub history: Vec<(u32, PathBuf)>,
    /// True where it waits to be run.
    pub paused: bool,
}

/// The nearest training images of a preview.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// The images whose neighbours these are.
    pub of: Preview,
    /// The training image nearest to each of them, in their order.
    pub images: Preview,
    /// Where each lies in the training set.
    pub indices: Vec<usize>,
    /// How far each is: L2 over all values of an image, each in [0, 1].
    pub distances: Vec<f32>,
}
