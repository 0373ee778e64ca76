//! What belongs to the window alone: choices of how to look at a run, textures, and forms half filled in.

use super::{form::Form, loupe::Loupe, view::View};
use crate::{figure::Figure, train::Preview};
use egui::{ColorImage, TextureHandle, TextureOptions};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

/// Horizontal axis of the curves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Axis {
    /// Steps.
    Steps,
    /// Seconds of training.
    Seconds,
}

/// What is shown beside generated images.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Beside {
    /// Images of the training set.
    Real,
    /// The training image nearest to each generated one.
    Nearest,
}

/// Choices that the window remembers from one start to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// Dark theme.
    pub dark: bool,
    /// Smoothing of the curves, from 0 to below 1.
    pub smoothing: f32,
    /// Horizontal axis of the curves.
    pub axis: Axis,
    /// What is shown beside generated images.
    pub beside: Beside,
    /// Latent pad shown.
    pub pad: bool,
    /// Curves shown.
    pub curves: bool,
    /// Size of everything: 1 is 100 %.
    pub zoom: f32,
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered { dark: true, smoothing: 0.0, axis: Axis::Steps, beside: Beside::Real, pad: true, curves: true, zoom: 1.0 }
    }
}

/// State of the latent pad.
pub struct Pad {
    /// Seed of the corners.
    pub seed: u32,
    /// Place in the square, each from 0 to 1.
    pub place: [f32; 2],
    /// Wanders by itself.
    pub animated: bool,
    /// For the image of a seed and place, by the generator as of a preview.
    pub asking: Asking<(u32, [f32; 2], u64)>,
}

/// Asks the trainer's thread one question at a time, however often what is asked for changes.
pub struct Asking<T> {
    /// The last question, when it was asked, and the answers that had come by then.
    last: Option<(T, Instant, u64)>,
}

/// An answer that has not come by then is asked for again.
const PATIENCE: Duration = Duration::from_millis(500);

impl<T: PartialEq> Asking<T> {
    /// Nothing asked yet.
    pub fn new() -> Self {
        Asking { last: None }
    }

    /// Whether to ask `question` now, after so many answers to this and earlier ones; notes that it is asked.
    pub fn due(&mut self, question: T, answers: u64) -> bool {
        let due = match &self.last {
            None => true,
            Some((asked, since, before)) => *asked != question && (answers > *before || since.elapsed() > PATIENCE),
        };
        if due {
            self.last = Some((question, Instant::now(), answers));
        }
        due
    }
}

/// What a background task of the window came to.
pub enum Outcome {
    /// A folder was chosen: images to train on.
    Images(PathBuf),
    /// A folder was chosen: a run to open.
    Run(PathBuf),
    /// Something to tell.
    Told(String),
}

/// The window's own state.
pub struct Screen {
    /// Remembered choices.
    pub remembered: Remembered,
    /// The preview of the past that is looked at; the newest where none.
    pub past: Option<usize>,
    /// Latent pad.
    pub pad: Pad,
    /// For the neighbours of a preview, by its version.
    pub neighbours: Asking<u64>,
    /// The part of the sheets that is shown.
    pub loupe: Loupe,
    /// Help sheet open.
    pub help: bool,
    /// Form of a new run.
    pub form: Option<Form>,
    /// Learning rates as being edited: of D, of G.
    pub rates: Option<(f64, f64)>,
    /// Time between previews that are asked for.
    pub preview_every: Duration,
    /// When a preview was last asked for.
    pub preview_asked: Instant,
    /// Sends what background tasks come to.
    pub outcome: Sender<Outcome>,
    /// Receives it.
    pub outcomes: Receiver<Outcome>,
    /// A sheet of the past read from disk, with its step.
    pub loaded: Option<(u32, ColorImage)>,
    textures: HashMap<&'static str, (u64, TextureHandle)>,
}

impl Screen {
    /// With remembered choices.
    pub fn new(remembered: Remembered) -> Self {
        let (outcome, outcomes) = channel();
        let now = Instant::now();
        Screen {
            remembered,
            past: None,
            pad: Pad { seed: 1, place: [0.5, 0.5], animated: false, asking: Asking::new() },
            neighbours: Asking::new(),
            loupe: Loupe::default(),
            help: false,
            form: None,
            rates: None,
            preview_every: super::PREVIEW_EVERY,
            preview_asked: now,
            outcome,
            outcomes,
            loaded: None,
            textures: HashMap::new(),
        }
    }

    /// A texture with sharp pixels, made anew when `version` changes.
    pub fn texture(&mut self, ctx: &egui::Context, name: &'static str, version: u64, image: impl FnOnce() -> ColorImage) -> TextureHandle {
        self.made(ctx, name, version, image, TextureOptions::NEAREST)
    }

    /// As [`Screen::texture`], smooth between pixels.
    pub fn smooth_texture(
        &mut self,
        ctx: &egui::Context,
        name: &'static str,
        version: u64,
        image: impl FnOnce() -> ColorImage,
    ) -> TextureHandle {
        self.made(ctx, name, version, image, TextureOptions::LINEAR)
    }

    fn made(
        &mut self,
        ctx: &egui::Context,
        name: &'static str,
        version: u64,
        image: impl FnOnce() -> ColorImage,
        options: TextureOptions,
    ) -> TextureHandle {
        match self.textures.get_mut(name) {
            Some((known, texture)) if *known == version => texture.clone(),
            Some((known, texture)) => {
                texture.set(image(), options);
                *known = version;
                texture.clone()
            }
            None => {
                let texture = ctx.load_texture(name, image(), options);
                self.textures.insert(name, (version, texture.clone()));
                texture
            }
        }
    }

    /// The figure that is looked at, where the data are points, and its version for textures.
    pub fn looked_at_figure<'a>(&self, view: &'a View) -> Option<(&'a Figure, u64)> {
        match self.past.and_then(|i| view.history.get(i)) {
            Some(past) => past.figure.as_ref().map(|figure| (figure, 1 << 62 | u64::from(past.step))),
            None => view.figure.as_ref().map(|figure| (figure, view.preview_count)),
        }
    }

    /// The preview that is looked at, and its version for textures.
    pub fn looked_at<'a>(&self, view: &'a View) -> Option<(&'a Preview, u64)> {
        match self.past.and_then(|i| view.history.get(i)) {
            Some(past) => past.preview.as_ref().map(|preview| (preview, 1 << 63 | u64::from(past.step))),
            None => view.preview.as_ref().map(|preview| (preview, view.preview_count)),
        }
    }
}
