//! The trainer: a state machine around an engine. It touches no files and knows of no window.

use super::{Checkpoint, Command, DataIdentity, Event, Preview, Single, diversity::Diversity, metrics::Ring};
use crate::{
    config::{Config, ConfigError},
    data::{DataSet, Distribution, Values},
    engine::{Done, Engine, EngineError, Work},
    figure::{self, Figure},
    models::{self, Gan, GanSpec, ModelError, RING_ROWS, UnknownName},
    ops::statistics::PER_UPDATE,
    plan::{Plan, SequenceId, Tensor},
    random::stream,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// Why training cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A name in the configuration stands for nothing.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// The networks do not come out.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A setting makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Too few images.
    #[error("batch = {batch} is larger than the data set {name} with {count} images; choose a batch of at most {count}")]
    BatchTooLarge {
        /// Images per batch.
        batch: usize,
        /// Data set.
        name: String,
        /// Its images.
        count: usize,
    },
    /// Too many bytes for a 32-bit index.
    #[error("the data set {name} has {bytes} bytes of pixels, more than the 4 GiB that can be indexed; choose a smaller --size")]
    DataTooLarge {
        /// Data set.
        name: String,
        /// Its size.
        bytes: usize,
    },
    /// The checkpoint is of another network.
    #[error("the checkpoint does not fit the network:\n  {}", lines.join("\n  "))]
    OtherNetwork {
        /// What differs.
        lines: Vec<String>,
    },
    /// The checkpoint is of other images.
    #[error(
        "the run was trained on {} ({} images, {:?}), but the data now is {} ({} images, {:?}) or its content differs; \
         give the same images to resume, or start a new run",
        expected.name, expected.count, expected.shape, found.name, found.count, found.shape
    )]
    OtherData {
        /// In the checkpoint.
        expected: Box<DataIdentity>,
        /// Now.
        found: Box<DataIdentity>,
    },
    /// NaN or infinity.
    #[error(
        "step {step}: the {what} is no longer a finite number, so training stopped there. \
         Try lower learning rates (--lr), a larger R1 penalty (--r1), or another --seed"
    )]
    NonFinite {
        /// The step, counted from 1.
        step: u32,
        /// Which number.
        what: &'static str,
    },
}

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
pub type Opener = Box<dyn Fn(Plan) -> Result<Box<dyn Engine>, EngineError> + Send>;

/// Submissions in flight: one runs while the next waits, so that the device does not idle.
const IN_FLIGHT: usize = 2;

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
        if data.bytes().len() > u32::MAX as usize {
            return Err(TrainError::DataTooLarge { name, bytes: data.bytes().len() });
        }
        if let Some(epochs) = config.epochs.take() {
            let batches = u64::from(epochs) * (data.count / config.batch) as u64;
            config.steps = batches.div_ceil(u64::from(config.k)).min(u64::from(u32::MAX / config.k)) as u32;
        }
        let identity = DataIdentity::of(&data);
        if let Some(checkpoint) = resume.filter(|checkpoint| checkpoint.data.hash != identity.hash) {
            return Err(TrainError::OtherData { expected: Box::new(checkpoint.data.clone()), found: Box::new(identity) });
        }
        let mut gan = Gan::build(&GanSpec::new(&config, data.pixels(), data.count)?)?;
        let engine = open(std::mem::take(&mut gan.plan))?;
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
        let spec = GanSpec::new(&self.config, data.pixels(), data.count)?;
        self.engine.upload(&self.gan.preview.z, &spec.preview_latents())?;
        Ok(())
    }

    fn upload_dials(&mut self) -> Result<(), TrainError> {
        Ok(self.engine.upload(&self.gan.dials, &[self.config.lr_d as f32, self.config.lr_g as f32])?)
    }

    fn initialize(&mut self) -> Result<(), TrainError> {
        let players = [(&self.gan.generator, stream::INIT_G), (&self.gan.discriminator, stream::INIT_D)];
        for (player, first_stream) in players {
            let values = player.network.initial_values(self.config.seed, first_stream);
            for (tensor, values) in player.weights.tensors().zip(&values) {
                self.engine.upload(tensor, values)?;
            }
            if let (Some(ema), "G") = (&self.gan.ema, player.network.tag) {
                for (tensor, values) in ema.tensors().zip(&values) {
                    self.engine.upload(tensor, values)?;
                }
            }
        }
        let generator = &self.gan.generator;
        if self.config.output_bias == "data_mean"
            && let Some(values) = models::output_bias(&generator.network, &self.data.means())
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

    /// Takes a command; what it gives comes with the next ticks.
    ///
    /// # Errors
    /// [`TrainError`]: with a configuration or name that makes no sense the trainer is as before, with a failed device of no use.
    pub fn command(&mut self, command: Command) -> Result<(), TrainError> {
        match command {
            Command::Run => self.paused = false,
            Command::Pause => self.paused = true,
            Command::Update(single) => {
                self.paused = true;
                if !self.ended {
                    self.update(single)?;
                }
            }
            Command::Rates { d, g } => {
                self.change(|config| (config.lr_d, config.lr_g) = (d, g))?;
                self.upload_dials()?;
                self.told("lr_d", d.to_string());
                self.told("lr_g", g.to_string());
            }
            Command::K(k) => {
                self.change(|config| config.k = k)?;
                self.told("k", k.to_string());
            }
            Command::Loss(loss) => self.change_loss(loss)?,
            Command::Steps(steps) => {
                let steps = steps.max(self.submitted);
                self.change(|config| config.steps = steps)?;
                self.ended &= self.submitted >= steps;
                self.told("steps", steps.to_string());
            }
            Command::Save => {
                if self.unsaved() {
                    self.request_checkpoint()?;
                }
            }
            Command::Preview => self.request_preview(false)?,
            Command::Generate(latent) => {
                self.engine.upload(&self.gan.single.z, &latent)?;
                let reads = vec![self.gan.single.images.clone(), self.gan.single.logits.clone()];
                self.engine.submit(&Work { runs: vec![self.gan.sequences.single], times: 1, reads, ..Work::default() })?;
                self.pending.push_back(Pending::Single { step: self.submitted });
            }
            Command::Stop => self.stopping = true,
        }
        Ok(())
    }

    fn told(&mut self, key: &'static str, value: String) {
        self.changed = true;
        self.told.push(Event::Changed { step: self.submitted, key, value });
    }

    /// Changes the configuration, if the result makes sense.
    fn change(&mut self, change: impl FnOnce(&mut Config)) -> Result<(), TrainError> {
        let mut config = self.config.clone();
        change(&mut config);
        config.validate()?;
        self.config = config;
        Ok(())
    }

    /// Another loss is another plan: all values move to a new engine.
    fn change_loss(&mut self, loss: String) -> Result<(), TrainError> {
        let mut config = self.config.clone();
        config.loss.clone_from(&loss);
        let mut gan = Gan::build(&GanSpec::new(&config, self.data.pixels(), self.data.count)?)?;
        let mut events = Vec::new();
        self.request_checkpoint()?;
        let mut snapshot = None;
        while let Some(done) = self.engine.collect(true)? {
            self.finished(done, &mut events)?;
        }
        for event in events {
            match event {
                Event::Checkpoint(checkpoint) => snapshot = Some(checkpoint),
                other => self.told.push(other),
            }
        }
        let Some(snapshot) = snapshot else { return Ok(()) };
        self.engine = (self.open)(std::mem::take(&mut gan.plan))?;
        (self.gan, self.config) = (gan, config);
        let (saved, seconds_per_step) = (self.saved, self.seconds_per_step);
        self.upload_inputs()?;
        self.restore(&snapshot)?;
        (self.saved, self.seconds_per_step) = (saved, seconds_per_step);
        self.told("loss", loss);
        Ok(())
    }

    /// One update by hand, with a fresh preview.
    fn update(&mut self, single: Single) -> Result<(), TrainError> {
        let sequences = self.gan.sequences;
        let (runs, updates_d) = match single {
            Single::D => (vec![sequences.draw_d, sequences.update_d], 1),
            Single::G => (vec![sequences.draw_g, sequences.update_g], 0),
            Single::Both => (self.gan.step(self.config.k), self.config.k),
        };
        if single == Single::G {
            self.carry_statistics_of_d()?;
        }
        let (step, is_step) = (self.submitted, single != Single::D);
        self.updates_d += updates_d;
        self.d_updated = !is_step;
        if is_step {
            self.start_steps(runs, 1)?;
        } else {
            self.engine.submit(&Work { runs, times: 1, reads: vec![self.gan.state.ring.clone()], ..Work::default() })?;
            self.pending.push_back(Pending::UpdateD { step });
        }
        self.request_preview(false)?;
        if is_step && self.submitted == self.config.steps {
            self.request_checkpoint()?;
        }
        Ok(())
    }

    /// A step without an update of D keeps the statistics of D's last update, instead of what the ring held 512 steps ago.
    fn carry_statistics_of_d(&mut self) -> Result<(), TrainError> {
        let row = |step: u32| step as usize % RING_ROWS * 2 * PER_UPDATE;
        if !self.d_updated && self.submitted > 0 {
            let mut ring = self.engine.download(&self.gan.state.ring)?;
            let from = row(self.submitted - 1);
            ring.copy_within(from..from + PER_UPDATE, row(self.submitted));
            self.engine.upload(&self.gan.state.ring, &ring)?;
        }
        Ok(())
    }

    /// Works for about `budget`: submits steps that take about that long and gives the events of what has finished.
    ///
    /// # Errors
    /// [`TrainError`]; the trainer is of no use afterwards.
    pub fn tick(&mut self, budget: Duration) -> Result<Vec<Event>, TrainError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut events = std::mem::take(&mut self.told);
        match self.advance(budget, &mut events) {
            // What was right before comes first: it may hold a checkpoint.
            Err(error) if !events.is_empty() => self.failed = Some(error),
            result => result?,
        }
        Ok(events)
    }

    fn advance(&mut self, budget: Duration, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let halted = self.stopping || self.paused || self.ended;
        while self.pending.len() < IN_FLIGHT && self.submitted < self.config.steps && !halted {
            self.submit_steps(budget)?;
        }
        let wait = self.pending.len() >= IN_FLIGHT || self.submitted >= self.config.steps || halted;
        while let Some(done) = self.engine.collect(wait && events.is_empty() && !self.pending.is_empty())? {
            self.finished(done, events)?;
        }
        if self.pending.is_empty() && !self.ended && (self.stopping || self.submitted >= self.config.steps) {
            self.end(events)?;
        }
        Ok(())
    }

    /// Submits the next steps, up to where something else is due, and then that.
    fn submit_steps(&mut self, budget: Duration) -> Result<(), TrainError> {
        let first = self.submitted;
        let to_next = |every: u32| every - first % every;
        let affordable = match (self.config.steps_per_submit, self.seconds_per_step) {
            (0, Some(seconds)) => (budget.as_secs_f64() / seconds.max(1e-9)).clamp(1.0, RING_ROWS as f64) as u32,
            (0, None) => 1,
            (fixed, _) => fixed,
        };
        let left = self.config.steps - first;
        let dues = [self.config.metrics_every, self.config.checkpoint_every, self.config.sample_every];
        let steps = dues.into_iter().map(to_next).fold(affordable.min(left), u32::min);
        self.updates_d += steps * self.config.k;
        self.d_updated = false;
        self.start_steps(self.gan.step(self.config.k), steps)?;
        let end = self.submitted == self.config.steps;
        if end || self.submitted.is_multiple_of(self.config.sample_every) {
            self.request_preview(true)?;
        }
        if end || self.submitted.is_multiple_of(self.config.checkpoint_every) {
            self.request_checkpoint()?;
        }
        Ok(())
    }

    /// Submits `steps` rounds of `runs`; where they end at a line of metrics, with the images for its collapse meter.
    fn start_steps(&mut self, runs: Vec<SequenceId>, steps: u32) -> Result<(), TrainError> {
        let first = self.submitted;
        self.submitted += steps;
        let mut work = Work { runs, times: steps, then: Vec::new(), reads: vec![self.gan.state.ring.clone()] };
        if self.submitted.is_multiple_of(self.config.metrics_every) || self.submitted == self.config.steps {
            work.then.push(self.gan.sequences.preview);
            work.reads.push(self.gan.preview.images.clone());
        }
        self.engine.submit(&work)?;
        self.pending.push_back(Pending::Steps { first, last: self.submitted });
        Ok(())
    }

    fn request_preview(&mut self, kept: bool) -> Result<(), TrainError> {
        let mut runs = vec![self.gan.sequences.preview];
        let mut reads = vec![self.gan.preview.images.clone(), self.gan.preview.logits.clone()];
        if let Some(landscape) = &self.gan.landscape {
            runs.push(landscape.run);
            reads.extend([landscape.pushes.clone(), landscape.logits.clone()]);
        }
        self.engine.submit(&Work { runs, times: 1, reads, ..Work::default() })?;
        self.pending.push_back(Pending::Preview { step: self.submitted, kept });
        Ok(())
    }

    fn request_checkpoint(&mut self) -> Result<(), TrainError> {
        let reads = self.gan.checkpoint_tensors().into_iter().cloned().collect();
        self.engine.submit(&Work { reads, ..Work::default() })?;
        self.pending.push_back(Pending::Checkpoint { step: self.submitted, updates_d: self.updates_d });
        Ok(())
    }

    fn finished(&mut self, done: Done, events: &mut Vec<Event>) -> Result<(), TrainError> {
        match self.pending.pop_front() {
            Some(Pending::Steps { first, last }) => self.steps_finished(first, last, &done, events),
            Some(Pending::UpdateD { step }) => self.update_d_finished(step, &done, events),
            Some(Pending::Preview { step, kept }) => {
                events.push(match self.data.distribution() {
                    Some(distribution) => Event::Figure(self.figure(distribution, step, done.reads, kept)?),
                    None => Event::Preview(self.preview(step, &done.reads, kept)),
                });
                Ok(())
            }
            Some(Pending::Single { step }) => {
                events.push(Event::Generated(self.preview(step, &done.reads, false)));
                Ok(())
            }
            Some(Pending::Checkpoint { step, updates_d }) => {
                self.saved = (step, updates_d);
                self.changed = false;
                events.push(Event::Checkpoint(Arc::new(self.checkpoint(step, updates_d, done.reads))));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn steps_finished(&mut self, first: u32, last: u32, done: &Done, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let ring = Ring(&done.reads[0]);
        let bad = ring.first_bad(first, last);
        let good = bad.map_or(last, |(step, _)| step);
        self.done = good;
        self.seconds += done.seconds;
        let seconds_per_step = done.seconds / f64::from(last - first);
        self.seconds_per_step = Some(seconds_per_step);
        // Images came along where the submission ended at a line of metrics; none goes beyond one.
        if let (None, Some(images)) = (bad, done.reads.get(1)) {
            let mut metrics = ring.metrics(last, self.config.metrics_every);
            let data_updates = f64::from(self.updates_d) - f64::from(self.submitted - last) * f64::from(self.config.k);
            metrics.epoch = data_updates / (self.data.count / self.config.batch) as f64;
            metrics.seconds = self.seconds;
            metrics.diversity = self.diversity.share(images);
            let elapsed = (metrics.seconds - self.last_line.1).max(1e-9);
            metrics.steps_per_second = f64::from(last - self.last_line.0) / elapsed;
            self.last_line = (last, metrics.seconds);
            events.push(Event::Metrics(metrics));
        }
        events.push(Event::Progress { step: good, steps_per_second: 1.0 / seconds_per_step.max(1e-9) });
        match bad {
            Some((step, what)) => Err(TrainError::NonFinite { step: step + 1, what }),
            None => Ok(()),
        }
    }

    /// Numbers of an update of D alone, made by hand: D's of this step, G's of the step before.
    fn update_d_finished(&mut self, step: u32, done: &Done, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let ring = Ring(&done.reads[0]);
        if let Some((_, what)) = ring.first_bad(step, step + 1) {
            return Err(TrainError::NonFinite { step: step + 1, what });
        }
        let mut metrics = ring.metrics(step + 1, 1);
        metrics.seconds = self.seconds;
        metrics.epoch = f64::from(self.updates_d) / (self.data.count / self.config.batch) as f64;
        events.push(Event::UpdatedD(metrics));
        Ok(())
    }

    /// Images and logits as read back.
    fn preview(&self, step: u32, reads: &[Vec<f32>], kept: bool) -> Preview {
        let [channels, height, width] = self.identity.shape;
        let verdicts = Arc::new(sigmoids(&reads[1]));
        let (images, points) = match self.gan.source.points {
            true => (Vec::new(), reads[0].clone()),
            false => (to_bytes(&reads[0], (self.gan.source.low, self.gan.source.high)), Vec::new()),
        };
        let shape = [verdicts.len(), channels, height, width];
        Preview { step, images: Arc::new(images), points: Arc::new(points), shape, verdicts, kept }
    }

    /// Points, logits, pushes and D on the grid as read back.
    fn figure(&self, distribution: &'static Distribution, step: u32, reads: Vec<Vec<f32>>, kept: bool) -> Result<Figure, TrainError> {
        let spec = GanSpec::new(&self.config, self.data.pixels(), self.data.count)?;
        let shown = figure::REALS.min(self.data.count) * self.data.pixels();
        let [generated, logits, pushes, surface] = <[_; 4]>::try_from(reads).unwrap_or_default();
        Ok(Figure {
            step,
            kept,
            distribution,
            reals: Arc::new(self.data.reals()[..shown].to_vec()),
            latent: spec.latent,
            latents: Arc::new(spec.preview_latents()),
            generated: Arc::new(generated),
            verdicts: Arc::new(sigmoids(&logits)),
            pushes: Arc::new(pushes),
            surface: Arc::new(sigmoids(&surface)),
        })
    }

    fn checkpoint(&self, step: u32, updates_d: u32, reads: Vec<Vec<f32>>) -> Checkpoint {
        let tensors = self.gan.checkpoint_tensors().into_iter().zip(reads);
        Checkpoint {
            step,
            updates_d,
            variant: self.engine.variant(),
            data: self.identity.clone(),
            config: self.config.clone(),
            tensors: tensors.map(|(t, values)| (t.name.to_string(), (t.shape.clone(), values))).collect::<BTreeMap<_, _>>(),
        }
    }

    /// Ends the run, with a checkpoint of where it stands unless one was just made.
    fn end(&mut self, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let complete = self.done >= self.config.steps;
        if !complete && self.unsaved() {
            self.request_checkpoint()?;
            while let Some(done) = self.engine.collect(true)? {
                self.finished(done, events)?;
            }
        }
        events.push(if complete { Event::Finished { step: self.done } } else { Event::Stopped { step: self.done } });
        self.ended = true;
        Ok(())
    }
}

/// What D says, from its logits.
pub fn sigmoids(logits: &[f32]) -> Vec<f32> {
    logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect()
}

/// Values in `range` as bytes, always by the same mapping, so that a loss of contrast shows.
pub fn to_bytes(values: &[f32], (low, high): (f32, f32)) -> Vec<u8> {
    values.iter().map(|v| ((v - low) / (high - low) * 255.0).round().clamp(0.0, 255.0) as u8).collect()
}
