//! What the window shows: one view, folded from what the trainer's thread tells. Panels only read it.

use crate::figure::Figure;
use crate::train::{
    Event, Metrics, Neighbours, Note, Preview, RunInfo,
    diagnosis::{Diagnosis, State, diagnose},
};
use std::{path::PathBuf, sync::Arc, time::Instant};

/// What the run is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Nothing there yet, or a new run is being prepared.
    Preparing,
    /// Training.
    Running,
    /// Waiting.
    Paused,
    /// All steps done.
    Finished,
    /// Could not be prepared: reason.
    Refused(String),
    /// Stopped by an error: reason, what was kept, what to do.
    Failed(String),
}

/// A preview of this run's past.
#[derive(Clone, Debug)]
pub struct Past {
    /// Steps done then.
    pub step: u32,
    /// Where it is on disk; the images themselves while they are in memory.
    pub path: Option<PathBuf>,
    /// Images.
    pub preview: Option<Preview>,
    /// In place of images, where the data are points.
    pub figure: Option<Figure>,
}

/// Everything that is shown.
pub struct View {
    /// What the run is doing.
    pub phase: Phase,
    /// Lines about what is being prepared.
    pub preparing: Vec<(&'static str, String)>,
    /// The run, once it is ready.
    pub info: Option<RunInfo>,
    /// Names of devices.
    pub devices: Vec<String>,
    /// Steps done.
    pub step: u32,
    /// Steps per second.
    pub speed: f64,
    /// Lines of metrics.
    pub metrics: Vec<Metrics>,
    /// The newest images.
    pub preview: Option<Preview>,
    /// In place of images, where the data are points.
    pub figure: Option<Figure>,
    /// Counts previews and figures, so that textures are made anew only for new ones.
    pub preview_count: u64,
    /// Earlier previews of the run that were kept.
    pub history: Vec<Past>,
    /// The image of the latent pad.
    pub generated: Option<Preview>,
    /// Counts those.
    pub generated_count: u64,
    /// Training images nearest to generated ones, the newest answer.
    pub neighbours: Option<Neighbours>,
    /// Counts those.
    pub neighbours_count: u64,
    /// Step of the newest checkpoint of this run.
    pub saved: Option<u32>,
    /// Something to know, and since when.
    pub notice: Option<(String, Instant)>,
    /// The trainer's thread has ended.
    pub gone: bool,
}

/// Previews held in memory; older ones are read from disk when looked at.
const IN_MEMORY: usize = 64;

impl Default for View {
    fn default() -> Self {
        View {
            phase: Phase::Preparing,
            preparing: Vec::new(),
            info: None,
            devices: Vec::new(),
            step: 0,
            speed: 0.0,
            metrics: Vec::new(),
            preview: None,
            figure: None,
            preview_count: 0,
            history: Vec::new(),
            generated: None,
            generated_count: 0,
            neighbours: None,
            neighbours_count: 0,
            saved: None,
            notice: None,
            gone: false,
        }
    }
}

impl View {
    /// Takes in what was told.
    pub fn fold(&mut self, note: Note) {
        match note {
            Note::Preparing(topic, text) => {
                if self.phase != Phase::Preparing {
                    self.prepare();
                }
                self.preparing.push((topic, text));
            }
            Note::Devices(names) => self.devices = names,
            Note::Ready(info) => self.ready(*info),
            Note::Event(event, written) => self.event(event, written),
            Note::Neighbours(neighbours) => {
                self.neighbours = Some(neighbours);
                self.neighbours_count += 1;
            }
            Note::Refused(reason) => self.phase = Phase::Refused(reason),
            Note::Failed(reason) => self.phase = Phase::Failed(reason),
            Note::Notice(text) => self.notify(text),
            Note::Gone => self.gone = true,
        }
    }

    /// Empties the view for another run.
    pub fn prepare(&mut self) {
        let devices = std::mem::take(&mut self.devices);
        let View { preview_count, generated_count, neighbours_count, .. } = *self;
        *self = View { devices, preview_count, generated_count, neighbours_count, ..View::default() };
    }

    /// Shows a line for some seconds.
    pub fn notify(&mut self, text: String) {
        self.notice = Some((text, Instant::now()));
    }

    fn ready(&mut self, info: RunInfo) {
        self.phase = if info.paused { Phase::Paused } else { Phase::Running };
        self.step = info.step;
        self.saved = (info.step > 0).then_some(info.step);
        self.metrics.clone_from(&info.metrics);
        self.history =
            info.history.iter().map(|(step, path)| Past { step: *step, path: Some(path.clone()), preview: None, figure: None }).collect();
        // An answer about the run before may have come meanwhile.
        self.neighbours = None;
        self.info = Some(info);
    }

    fn event(&mut self, event: Event, written: Option<PathBuf>) {
        match event {
            Event::Progress { step, steps_per_second } => {
                self.step = step;
                // Smoothed: single submissions are noisy.
                self.speed = if self.speed == 0.0 { steps_per_second } else { 0.9 * self.speed + 0.1 * steps_per_second };
            }
            Event::Metrics(metrics) | Event::UpdatedD(metrics) => {
                self.metrics.retain(|m| m.step < metrics.step);
                self.metrics.push(metrics);
            }
            Event::Columns(columns) => {
                if let Some(info) = &mut self.info {
                    info.columns = columns;
                }
            }
            Event::Changed { step, key, value, config } => {
                if let Some(info) = &mut self.info {
                    info.config = *config;
                }
                if key == "steps" && self.phase == Phase::Finished {
                    self.phase = Phase::Running;
                }
                self.notify(format!("{key} = {value} from step {step} on"));
            }
            Event::Preview(preview) => {
                self.step = self.step.max(preview.step);
                if preview.kept {
                    self.remember(Past { step: preview.step, path: written, preview: Some(preview.clone()), figure: None });
                }
                self.preview = Some(preview);
                self.preview_count += 1;
            }
            Event::Figure(figure) => {
                self.step = self.step.max(figure.step);
                if figure.kept {
                    self.remember(Past { step: figure.step, path: written, preview: None, figure: Some(figure.clone()) });
                }
                self.figure = Some(figure);
                self.preview_count += 1;
            }
            Event::Generated(image) => {
                self.generated = Some(image);
                self.generated_count += 1;
            }
            Event::Checkpoint(checkpoint) => {
                self.saved = Some(checkpoint.step);
                self.step = self.step.max(checkpoint.step);
            }
            Event::Finished { step } => {
                self.step = step;
                self.phase = Phase::Finished;
            }
            Event::Stopped { step } => self.step = step,
        }
    }

    fn remember(&mut self, past: Past) {
        self.history.retain(|other| other.step != past.step);
        self.history.push(past);
        let forget = self.history.len().saturating_sub(IN_MEMORY);
        for old in self.history[..forget].iter_mut().filter(|old| old.path.is_some()) {
            (old.preview, old.figure) = (None, None);
        }
    }

    /// What the numbers look like.
    pub fn diagnosis(&self) -> Diagnosis {
        if let Phase::Failed(_) | Phase::Refused(_) = self.phase {
            return Diagnosis { state: State::Starting, sentence: "Not training: see above what happened.".into() };
        }
        let Some(info) = &self.info else {
            return Diagnosis { state: State::Starting, sentence: "Preparing: training has not begun.".into() };
        };
        diagnose(&self.metrics, &info.config)
    }

    /// True where training has gone on since the newest checkpoint.
    pub fn unsaved(&self) -> bool {
        self.step > self.saved.unwrap_or(0)
    }
}

/// Images of a preview as the pixels of a grid with a gap of one pixel, and the number of columns.
pub fn grid(preview: &Preview, gap: [u8; 3]) -> (egui::ColorImage, usize) {
    let [count, channels, height, width] = preview.shape;
    let columns = (count as f64).sqrt().ceil().max(1.0) as usize;
    let rows = count.div_ceil(columns);
    let size = [columns * (width + 1) - 1, (rows * (height + 1)).max(2) - 1];
    let background = egui::Color32::from_rgb(gap[0], gap[1], gap[2]);
    let mut image = egui::ColorImage::filled(size, background);
    let plane = height * width;
    for (i, pixels) in preview.images.chunks_exact(channels * plane).enumerate() {
        let (left, top) = (i % columns * (width + 1), i / columns * (height + 1));
        for p in 0..plane {
            let value = |channel: usize| pixels[(channel % channels) * plane + p];
            image[(left + p % width, top + p / width)] = egui::Color32::from_rgb(value(0), value(1), value(2));
        }
    }
    (image, columns)
}

/// A preview that shares `from`'s shape, of one image alone.
pub fn one_of(from: &Preview, index: usize) -> Preview {
    let [_, channels, height, width] = from.shape;
    let pixels = channels * height * width;
    Preview {
        images: Arc::new(from.images[index * pixels..(index + 1) * pixels].to_vec()),
        shape: [1, channels, height, width],
        verdicts: Arc::new(from.verdicts.get(index).copied().into_iter().collect()),
        points: Arc::default(),
        step: from.step,
        kept: false,
    }
}
