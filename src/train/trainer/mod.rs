//! The trainer: a state machine around an engine. It touches no files and knows of no window.

mod commands;
mod error;
mod feed;
mod results;
mod room;
mod work;

pub use error::TrainError;
pub use results::{sigmoids, to_bytes};

use super::{Checkpoint, DataIdentity, Event, diversity::Diversity};
use crate::{
    config::{Config, OutputBias},
    data::{DataSet, Values},
    engine::{Engine, EngineError},
    figure,
    layers::Extent,
    models::{self, Column, Gan, GanSpec},
    plan::{Plan, Tensor},
    random::stream,
};
use std::{collections::VecDeque, sync::Arc};

/// What a submission in flight was for.
enum Pending {
    /// Steps `first..last`, counted from 0.
    Steps { first: u32, last: u32 },
    /// One update of D alone, after `step` steps.
    UpdateD { step: u32 },
    /// A preview after `step` steps.
    Preview { step: u32, kept: bool },
    /// The image of one latent.
    Single { step: u32 },
    /// A checkpoint after `step` steps.
    Checkpoint { step: u32, updates_d: u32 },
}

/// Gives an engine for a plan; called again when the plan changes.
pub type Open = Box<dyn Fn(Plan) -> Result<Box<dyn Engine>, EngineError> + Send>;

/// A device to be.
pub struct Opener {
    /// Opens it with a plan.
    pub open: Open,
    /// The most bytes that one of its kernels can bind in one piece.
    pub binding: usize,
    /// Bytes that there are for a plan; `usize::MAX` where nobody knows.
    pub memory: usize,
}

/// Trains a GAN on an engine.
pub struct Trainer {
    config: Config,
    data: Arc<DataSet>,
    identity: DataIdentity,
    diversity: Diversity,
    open: Opener,
    gan: Gan,
    engine: Box<dyn Engine>,
    /// Steps submitted.
    submitted: u32,
    /// Steps known to be done.
    done: u32,
    updates_d: u32,
    /// Batches up to this one are on the device, where it is fed with them.
    staged: u64,
    /// D has been updated alone since the last step, so that the ring's row of the next step has its numbers.
    d_updated: bool,
    paused: bool,
    stopping: bool,
    ended: bool,
    /// The step of the newest checkpoint, and updates of D by then.
    saved: (u32, u32),
    /// Settings were changed since the newest checkpoint.
    changed: bool,
    /// Events of commands, given out with the next tick.
    told: Vec<Event>,
    /// What went wrong after the events of the last tick.
    failed: Option<TrainError>,
    pending: VecDeque<Pending>,
    seconds_per_step: Option<f64>,
    /// Seconds that the device has trained, with those of earlier parts of the run.
    seconds: f64,
    /// Step and seconds of the last line of metrics.
    last_line: (u32, f64),
}

impl Trainer {
    /// A trainer with fresh weights, or with those of `resume`. `open` gives the engine for a plan. Steps are resolved from epochs.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn new(mut config: Config, data: Arc<DataSet>, resume: Option<&Checkpoint>, open: Opener) -> Result<Trainer, TrainError> {
        let name = data.name.clone();
        if config.batch > data.count {
            return Err(TrainError::BatchTooLarge { batch: config.batch, name, count: data.count });
        }
        if let Some(epochs) = config.epochs.take() {
            let batches = u64::from(epochs) * (data.count / config.batch) as u64;
            config.steps = batches.div_ceil(u64::from(config.k)).min(u64::from(u32::MAX / config.k)) as u32;
        }
        let identity = DataIdentity::of(&data);
        if let Some(checkpoint) = resume.filter(|checkpoint| checkpoint.data.hash != identity.hash) {
            return Err(TrainError::OtherData { expected: Box::new(checkpoint.data.clone()), found: Box::new(identity) });
        }
        let mut gan = Gan::build(&feed::spec(&config, &data, open.binding)?)?;
        room::check(&gan.plan, &config, &data, &open)?;
        let engine = (open.open)(std::mem::take(&mut gan.plan)).map_err(|error| room::explained(error, &config, &data, &open))?;
        let diversity = Diversity::of(&data, (gan.source.low, gan.source.high));
        let mut trainer = Trainer {
            config,
            data,
            identity,
            diversity,
            open,
            gan,
            engine,
            submitted: 0,
            done: 0,
            updates_d: 0,
            staged: 0,
            d_updated: false,
            paused: false,
            stopping: false,
            ended: false,
            saved: (0, 0),
            changed: false,
            told: Vec::new(),
            failed: None,
            pending: VecDeque::new(),
            seconds_per_step: None,
            seconds: 0.0,
            last_line: (0, 0.0),
        };
        trainer.upload_inputs()?;
        match resume {
            Some(checkpoint) => trainer.restore(checkpoint)?,
            None => {
                trainer.initialize()?;
                trainer.request_preview(true)?;
            }
        }
        Ok(trainer)
    }

    /// What does not change during a run.
    fn upload_inputs(&mut self) -> Result<(), TrainError> {
        let data = &self.data;
        match &data.values {
            // What is staged is written as it is needed.
            _ if self.gan.source.staged.is_some() => self.staged = 0,
            Values::Bytes(bytes) => {
                let word = |chunk: &[u8]| u32::from_le_bytes(std::array::from_fn(|i| chunk.get(i).copied().unwrap_or(0)));
                let words: Vec<u32> = bytes.chunks(4).map(word).collect();
                self.engine.upload_words(&self.gan.source.data, &words)?;
            }
            Values::Reals(reals) => self.engine.upload(&self.gan.source.data, reals)?,
        }
        if let (Some(landscape), Some(distribution)) = (&self.gan.landscape, data.distribution()) {
            self.engine.upload(&landscape.places, &figure::grid(distribution))?;
        }
        self.upload_dials()?;
        let data = &self.data;
        let spec = GanSpec::new(&self.config, data.shape(), data.count);
        self.engine.upload(&self.gan.preview.z, &spec.preview_latents())?;
        Ok(())
    }

    fn upload_dials(&mut self) -> Result<(), TrainError> {
        Ok(self.engine.upload(&self.gan.dials, &[self.config.lr_d as f32, self.config.lr_g as f32])?)
    }

    fn initialize(&mut self) -> Result<(), TrainError> {
        let players = [(&self.gan.generator, stream::INIT_G), (&self.gan.discriminator, stream::INIT_D)];
        for (player, first_stream) in players {
            for (tensor, values) in player.initial_values(self.config.seed, first_stream) {
                self.engine.upload(tensor, &values)?;
            }
        }
        let generator = &self.gan.generator;
        if let Some(ema) = &self.gan.ema {
            for (tensor, (_, values)) in ema.tensors().zip(generator.initial_values(self.config.seed, stream::INIT_G)) {
                self.engine.upload(tensor, &values)?;
            }
        }
        if self.config.output_bias == OutputBias::DataMean
            && let Some(values) = models::output_bias(&generator.network, &Extent::from(self.data.shape()).interleaved(&self.data.means()))
        {
            for set in [Some(&generator.weights), self.gan.ema.as_ref()].into_iter().flatten() {
                if let Some(bias) = generator.network.output_bias(set) {
                    self.engine.upload(bias, &values)?;
                }
            }
        }
        Ok(())
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let tensors: Vec<Tensor> = self.gan.checkpoint_tensors().into_iter().cloned().collect();
        let mut lines = checkpoint.mismatches(tensors.iter().map(|t| (&*t.name, t.shape.as_slice())));
        let unused = checkpoint.tensors.keys().filter(|name| tensors.iter().all(|t| *t.name != ***name));
        lines.extend(unused.map(|name| format!("{name} is in the checkpoint, the network has no such tensor")));
        if !lines.is_empty() {
            return Err(TrainError::OtherNetwork { lines });
        }
        for tensor in &tensors {
            if let Some((_, values)) = checkpoint.tensors.get(&*tensor.name) {
                self.engine.upload(tensor, values)?;
            }
        }
        self.engine.upload_words(&self.gan.state.counters, &[checkpoint.updates_d, checkpoint.step])?;
        self.updates_d = checkpoint.updates_d;
        self.saved = (checkpoint.step, checkpoint.updates_d);
        (self.submitted, self.done, self.last_line.0) = (checkpoint.step, checkpoint.step, checkpoint.step);
        Ok(())
    }

    /// Counts training time on from that of an earlier part of the run.
    pub fn continue_clock(&mut self, seconds: f64) {
        self.seconds = seconds;
        self.last_line.1 = seconds;
    }

    /// The resolved configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The engine, for what it can tell about itself.
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// What the model's numbers are.
    pub fn columns(&self) -> &[Column] {
        &self.gan.columns
    }

    /// The networks and their tensors.
    pub fn gan(&self) -> &Gan {
        &self.gan
    }

    /// Ends the training, and gives what it trained with; what is under way on the engine has been waited for.
    ///
    /// # Errors
    /// [`TrainError::Engine`].
    pub fn into_parts(mut self) -> Result<(Config, Gan, Box<dyn Engine>), TrainError> {
        while self.engine.collect(true)?.is_some() {}
        Ok((self.config, self.gan, self.engine))
    }

    /// Steps done.
    pub fn step(&self) -> u32 {
        self.done
    }

    /// True when nothing is left to do.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The images it trains on.
    pub fn data(&self) -> &Arc<DataSet> {
        &self.data
    }

    /// True while it waits for [`Command::Run`], or has done all its steps.
    pub fn idle(&self) -> bool {
        self.pending.is_empty() && self.told.is_empty() && (self.paused || self.ended) && !self.stopping
    }

    /// True where training has gone on since the newest checkpoint.
    pub fn unsaved(&self) -> bool {
        self.changed || self.saved != (self.submitted, self.updates_d)
    }
}
