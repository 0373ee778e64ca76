//! A run at work: its trainer and its directory, made anew or gone on with.

use super::{Command, Event, Opener, Preview, RunDir, TrainError, Trainer, diagnosis::Watch, run_dir, tuning};
use crate::{
    config::Config,
    data::{self, Cached, DISTRIBUTIONS, DataError, DataSet, Distribution, Loaded, PUBLISHED, Request},
    engine::{
        DeviceKind, EngineError,
        devices::{self, Choice, Wanted},
        gpu::ProductLoop,
    },
    layers::Extent,
    models::{self, GanSpec, Network, Player, Schedule},
    plan::{Storage, amount},
    random::stream,
    shell::quoted,
};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

/// Any error, in words for a person.
pub type AnyError = Box<dyn Error + Send + Sync>;

pub use super::link::Say;

/// What may be different when a run goes on.
#[derive(Clone, Default, Debug)]
pub struct ResumeOptions {
    /// Total steps.
    pub steps: Option<u32>,
    /// Device.
    pub device: Option<Wanted>,
    /// Where the same images lie now.
    pub data: Option<String>,
    /// Whether a run that has done all its steps is of use: to be looked at, not to be trained.
    pub finished: bool,
}

/// Topic of how far reading is: of no interest once the next line comes.
pub const READING: &str = "reading";

/// Topic of what a person must hear, whatever the output: it goes to `log.txt` too.
pub const WARNING: &str = "warning";

/// Time between lines on how far reading is.
const SAY_EVERY: Duration = Duration::from_secs(2);

/// Points of the data set in `reals.png`, at most.
pub const REALS_DRAWN: usize = 4096;

/// A trainer whose events go to its run directory.
pub struct Session {
    /// The trainer.
    pub trainer: Trainer,
    /// Its directory.
    pub run: RunDir,
    /// For `log.txt`.
    watch: Watch,
}

/// A trainer for a new run, and the name of its directory; nothing is written, but for what tuning finds and decoded images where `keep`.
///
/// # Errors
/// Whatever is wrong with configuration, data or device.
pub fn prepare(mut config: Config, keep: bool, say: Say) -> Result<(Trainer, String), AnyError> {
    let choice = device(&config, say)?;
    let (split, size) = load_fitting(&config, true, keep, say).map_err(or_another)?;
    let data = Arc::new(split.train);
    if let Some(why) = config.choose_preset(data.shape().into())? {
        say("preset", why);
    }
    config.size = config.size.or(size);
    if Distribution::named(&config.data).is_none() && config.data != "builtin" {
        // The data are found again from any folder, and wherever downloaded sets lie by then.
        let place = data::located(&config.data)?;
        config.data = std::path::absolute(&place).map_or(place, |path| path.to_string_lossy().into_owned());
    }
    // A preset that brings its data has their name.
    let name = if data.name == config.preset { data.name.clone() } else { format!("{}-{}", data.name, config.preset) };
    let product = tuning::tuned(&choice, &config, &data, keep, say)?;
    let trainer = Trainer::new(config, data, None, opener(choice, product))?;
    describe(&trainer, say);
    Ok((trainer, name))
}

/// The configured device.
fn device(config: &Config, say: Say) -> Result<Choice, AnyError> {
    let choice = devices::choose(&config.device)?;
    say("device", choice.why.clone());
    Ok(choice)
}

fn opener(choice: Choice, product: Option<&'static ProductLoop>) -> Opener {
    Opener { binding: choice.binding(), memory: choice.memory(), open: Box::new(move |plan| devices::open_with(&choice, plan, product)) }
}

/// The configured images, in their parts.
///
/// # Errors
/// What is wrong with them, or that nothing is left to train on.
pub fn load(config: &Config, say: Say) -> Result<data::Split, AnyError> {
    Ok(load_fitting(config, false, true, say)?.0)
}

/// As [`load`]; where `fit` says so, large images without a size are brought to one, which is given too. Without `keep` the cache is read only.
fn load_fitting(config: &Config, fit: bool, keep: bool, say: Say) -> Result<(data::Split, Option<u32>), AnyError> {
    let start = Instant::now();
    let mut request = Request { fit, ..Request::of(config) };
    if let Some(cache) = request.cache.as_mut().filter(|_| !keep) {
        cache.most = 0;
    }
    let test_too = request.test_too;
    let Loaded { set: data, notes, size, cached } = read(&request, say)?;
    for note in notes {
        say(WARNING, note);
    }
    let colour = if data.channels == 1 { "grey" } else { "colour" };
    let classes = if data.classes.is_empty() { String::new() } else { format!(", {} classes", data.classes.len()) };
    let DataSet { name, count, width, height, .. } = &data;
    let how = match cached {
        Cached::No => String::new(),
        Cached::Kept(file) => {
            let folder = file.parent().unwrap_or(&file).display();
            format!(", and kept decoded for the next time in {folder}; `cache = false` goes without")
        }
        Cached::Taken(_) => ", decoded by an earlier run; `cache = false` reads them anew".into(),
    };
    let place = data::located(&config.data)?;
    let from = if place == config.data { String::new() } else { format!(", from {place}") };
    let how = format!("({:.1} s{how}{from})", start.elapsed().as_secs_f64());
    match data.distribution() {
        Some(Distribution { help, .. }) => say("data", format!("{name}: {count} points, {help} {how}")),
        None => say("data", format!("{name}: {count} images, {width}x{height} {colour}{classes} {how}")),
    }
    let split = data::split(data, config.valid, config.test)?;
    if test_too {
        say("split", format!("by index: {} to train on, {} for validation, {} for the test", split.train.count, config.valid, config.test));
    }
    let missed = split.classes_missed();
    if !missed.is_empty() {
        let list = missed.join(", ");
        say(
            "note",
            format!("the held-out images have none of class {list}: images are split by index, and these data lie in order of class"),
        );
    }
    Ok((split, size))
}

/// Loads data and says, where that takes long, how far it is.
fn read(request: &Request, say: Say) -> Result<Loaded, DataError> {
    let (done, total, start) = (AtomicUsize::new(0), AtomicUsize::new(0), Instant::now());
    let progress = |now: usize, of: usize| {
        done.fetch_max(now, Ordering::Relaxed);
        total.store(of, Ordering::Relaxed);
    };
    let (told, heard) = mpsc::channel();
    std::thread::scope(|scope| {
        let (request, progress) = (request, &progress);
        // Whoever does not wait for the result has panicked.
        scope.spawn(move || told.send(data::load_telling(request, progress)).is_ok());
        loop {
            match heard.recv_timeout(SAY_EVERY) {
                Ok(loaded) => return loaded,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let (done, total) = (done.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
                    if total > 0 {
                        let seconds = start.elapsed().as_secs_f64() * (total - done) as f64 / done.max(1) as f64;
                        let full = 24 * done / total;
                        say(READING, format!("{}{} {done} of {total} files, {seconds:.0} s left", "━".repeat(full), "╌".repeat(24 - full)));
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(DataError::Read { path: request.source.clone(), cause: "reading it failed unexpectedly".into() });
                }
            }
        }
    })
}

/// Adds what there is instead to an error that says that the data asked for are not there.
pub fn or_another(error: AnyError) -> AnyError {
    let Some(DataError::Missing(_)) = error.downcast_ref() else { return error };
    let known = DISTRIBUTIONS.each_ref().map(|distribution| distribution.name).join(", ");
    let published = PUBLISHED.each_ref().map(|set| set.name).join(", ");
    format!(
        "{error}: check the path, or use `data = \"builtin\"` for the digits that ganvas draws itself, a set from `ganvas data get` ({published}), \
         or a known distribution ({known})"
    )
    .into()
}

/// Whether the networks of `config` can be made for `count` images that hold `image` each.
///
/// # Errors
/// What training would say.
pub fn fits(config: &Config, image: impl Into<Extent>, count: usize) -> Result<(), AnyError> {
    models::networks(&GanSpec::new(config, image, count))?;
    Ok(())
}

/// Networks and settings in two lines.
fn describe(trainer: &Trainer, say: Say) {
    let gan = trainer.gan();
    let count = |player: &Player| player.network.parameter_count();
    let (g, d) = (count(&gan.generator), count(&gan.discriminator));
    let memory = amount(trainer.engine().memory_bytes(), "B");
    say("networks", format!("G {g} parameters, D {d} parameters; {memory} on the device"));
    if let Some(batches) = gan.source.staged {
        let data = trainer.data();
        let bytes = amount(size_of_val(data.bytes()) + size_of_val(data.reals()), "B");
        let (all, items) = (data.count, data::items(&data.name));
        say("feeding", format!("the {all} {items} ({bytes}) are not on the device, which is sent {batches} batches at a time"));
    }
    let c = trainer.config();
    let terms = [("R1", c.r1), ("R2", c.r2), ("gradient penalty", c.gradient_penalty), ("weights clipped to", c.weight_clip)];
    let penalty: String = terms.iter().filter(|(_, weight)| *weight > 0.0).map(|(name, weight)| format!(", {name} {weight}")).collect();
    let (steps, batch, loss, optimizer) = (c.steps, c.batch, c.loss.name, c.optimizer.name);
    let schedule = if c.schedule == Schedule::Simultaneous { ", simultaneous updates" } else { "" };
    let storage = if c.storage == Storage::F32 { String::new() } else { format!(", values stored in {}", c.storage.name()) };
    let augmentation = c.augmentation().map(|text| format!(", {text}")).unwrap_or_default();
    let rates = format!("lr G {} D {}", c.lr_g, c.lr_d);
    say("training", format!("{steps} steps of batch {batch}, {loss} loss{penalty}{schedule}{augmentation}, {optimizer} {rates}{storage}"));
}

impl Session {
    /// A new run in a new directory.
    ///
    /// # Errors
    /// Whatever is wrong with configuration, data, device or directory; nothing has been written then.
    pub fn create(config: Config, say: Say) -> Result<Session, AnyError> {
        let mut warnings = Vec::new();
        let (trainer, name) = prepare(config, true, &mut |topic, text| {
            warnings.extend((topic == WARNING).then(|| text.clone()));
            say(topic, text);
        })?;
        let mut run = RunDir::create(trainer.config(), &name)?;
        for warning in &warnings {
            run.log(&format!("warning: {warning}"))?;
        }
        // As many points as the figure of a check draws.
        let shown = if trainer.data().distribution().is_some() { REALS_DRAWN } else { trainer.config().samples };
        if let Err(error) = run.write_reals(trainer.data(), shown) {
            run.discard();
            return Err(error.into());
        }
        Session::started(trainer, run, say)
    }

    /// Goes on with the run in `path`, exactly where its newest checkpoint left it.
    ///
    /// # Errors
    /// Whatever keeps it from going on; nothing has been changed then.
    pub fn resume(path: &Path, options: &ResumeOptions, say: Say) -> Result<Session, AnyError> {
        if path.is_file() {
            return Err(format!("{} is a file; give the run directory", path.display()).into());
        }
        let newest = run_dir::newest_checkpoint(path)?;
        let mut config = run_dir::read_config(path)?;
        let checkpoint = run_dir::read_checkpoint(&newest)?;
        let differences = checkpoint.config.differences(&config);
        if !differences.is_empty() {
            let line = |(key, then, now): &(String, String, String)| format!("\n  {key}: {then} in the checkpoint, {now} in config.toml");
            let lines: String = differences.iter().map(line).collect();
            let hint = "restore these values in config.toml, or start a new run from it";
            return Err(format!("the checkpoint {} is of another configuration:{lines}\n{hint}", newest.display()).into());
        }
        config.steps = options.steps.unwrap_or(config.steps);
        config.validate()?;
        if let Some(device) = &options.device {
            config.device.clone_from(device);
        }
        if let Some(data) = &options.data {
            config.data.clone_from(data);
        }
        if checkpoint.step >= config.steps && !options.finished {
            let (step, run) = (checkpoint.step, path.display());
            let more = step.saturating_mul(2);
            let again = quoted(path);
            return Err(format!("{run} has done its {step} steps already; go on with: ganvas resume {again} --steps {more}").into());
        }
        // Taken before anything is changed: a second process must not get in between.
        let mut run = RunDir::open(path.into(), config.keep_checkpoints)?;
        let choice = device(&config, say)?;
        let split = load(&config, say).map_err(|error| match error.downcast_ref() {
            Some(DataError::Missing(_)) => {
                let moved = format!("ganvas resume {} --data PATH", quoted(path));
                format!("{error}, where the images of this run lay; if they lie elsewhere now: {moved}").into()
            }
            _ => error,
        })?;
        let data = Arc::new(split.train);
        let product = match tuning::recorded(&choice, &checkpoint.variant) {
            Some(recorded) => Some(recorded),
            None => tuning::tuned(&choice, &config, &data, true, say)?,
        };
        let mut trainer = Trainer::new(config, data, Some(&checkpoint), opener(choice, product))?;
        describe(&trainer, say);
        say("resume", format!("from step {} of {}", checkpoint.step, newest.display()));
        let variant = trainer.engine().variant();
        if variant != checkpoint.variant {
            let then = &checkpoint.variant;
            let text = format!("computed by '{then}' so far, by '{variant}' from here: training goes on, but not bit for bit");
            say("note", text.clone());
            run.log(&text)?;
        }
        trainer.continue_clock(run.rewind_metrics(checkpoint.step)?);
        run.write_config(trainer.config())?;
        Session::started(trainer, run, say)
    }

    fn started(trainer: Trainer, mut run: RunDir, say: Say) -> Result<Session, AnyError> {
        say("run", run.path().display().to_string());
        let engine = trainer.engine();
        run.log(&format!("training on {} ({}) from step {}", engine.info(), engine.variant(), trainer.step()))?;
        let watch = Watch::new(trainer.config(), run.read_metrics());
        Ok(Session { trainer, run, watch })
    }

    /// Works for about `budget`; what happened, each with the file that it gave.
    ///
    /// # Errors
    /// What stopped the run, with what is kept and how to go on. The session is of no use afterwards.
    pub fn tick(&mut self, budget: Duration) -> Result<Vec<(Event, Option<PathBuf>)>, AnyError> {
        self.work(budget).map_err(|error| self.failed(error))
    }

    fn work(&mut self, budget: Duration) -> Result<Vec<(Event, Option<PathBuf>)>, AnyError> {
        let mut noted = Vec::new();
        for event in self.trainer.tick(budget)? {
            if let Event::Metrics(metrics) = &event
                && let Some(sentence) = self.watch.look(metrics)
            {
                self.run.log(&format!("warning: step {}: {sentence}", metrics.step))?;
            }
            let written = self.run.consume(&event)?;
            noted.push((event, written));
        }
        Ok(noted)
    }

    /// Passes a command on. A setting that makes no sense is refused with `Ok(Some(reason))` and changes nothing.
    ///
    /// # Errors
    /// As [`Session::tick`].
    pub fn command(&mut self, command: Command) -> Result<Option<String>, AnyError> {
        match self.trainer.command(command) {
            Ok(()) => Ok(None),
            Err(error @ TrainError::Config(_)) => Ok(Some(error.to_string())),
            Err(error) => Err(self.failed(error.into())),
        }
    }

    /// Adds to an error what is kept and how to go on, and logs it.
    fn failed(&mut self, error: AnyError) -> AnyError {
        let failed = self.way_on(error);
        // The log may be what failed; the error at hand matters more.
        let _ = self.run.log(&format!("failed: {failed}"));
        failed
    }

    fn way_on(&self, error: AnyError) -> AnyError {
        let path = self.run.path();
        let kept = run_dir::newest_checkpoint(path);
        let run = quoted(path);
        let way_on = match error.downcast_ref::<TrainError>() {
            // Going on from the checkpoint would end at the same step.
            Some(TrainError::NonFinite { .. }) => {
                let config = self.trainer.config();
                let lr = config.lr_g.min(config.lr_d) / 10.0;
                // Above 65,504 there is only infinity in f16.
                let storage = if config.storage == Storage::F16 { " --storage f32" } else { "" };
                let config = quoted(path.join("config.toml"));
                format!("try for example: ganvas --no-window --config {config} --lr {lr:e}{storage}")
            }
            Some(TrainError::Engine(EngineError::DeviceLost { .. })) if self.trainer.engine().info().kind != DeviceKind::CpuEngine => {
                format!("go on with: ganvas resume {run} (or with --device cpu)")
            }
            _ => format!("go on with: ganvas resume {run}"),
        };
        match kept {
            Ok(kept) => format!("{error}\nkept: {}; {way_on}", kept.display()).into(),
            Err(_) if way_on.starts_with("try") => {
                format!("{error}\nno checkpoint had been written yet in {}; {way_on}", path.display()).into()
            }
            Err(_) => format!("{error}\nno checkpoint had been written yet in {}", path.display()).into(),
        }
    }
}

/// What is wrong with a configuration, by key, as far as can be told without loading data or opening a device.
pub fn problems(config: &Config) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let distribution = Distribution::named(&config.data);
    if config.data != "builtin"
        && distribution.is_none()
        && let Err(error) = data::is_there(&config.data)
    {
        problems.push(("data".into(), error.to_string()));
    }
    let side = config.size.unwrap_or(28) as usize;
    let image = match distribution {
        Some(distribution) => Extent::values(distribution.dimensions),
        None => [config.channels.unwrap_or(1) as usize, side, side].into(),
    };
    for (key, list) in [("generator", &config.generator), ("discriminator", &config.discriminator)] {
        if let Err(error) = Network::check_list(key, list, image) {
            problems.push((key.into(), error.to_string()));
        }
    }
    // The size of images that are taken as they are is not known yet: whether layers fit it is found out when they are loaded.
    let known = config.data == "builtin" || distribution.is_some();
    if let (true, Err(error)) = (problems.is_empty() && known, models::networks(&GanSpec::new(config, image, config.data_count))) {
        problems.push((error.net().into(), error.to_string()));
    }
    problems
}

/// Latents of `config`'s kind for a seed `[count, latent]`, such as those of `ganvas sample --seed`.
pub fn latents(config: &Config, seed: u32, count: usize) -> Vec<f32> {
    config.latent_distribution.draw(seed, 0, stream::LATENT_SAMPLE, count, config.latent)
}

/// The first images of the data set, as many as a preview has.
pub fn reals(trainer: &Trainer) -> Preview {
    let data = trainer.data();
    let count = trainer.config().samples.min(data.count);
    Preview {
        step: 0,
        images: Arc::new(data.bytes().iter().take(count * data.pixels()).copied().collect()),
        points: Arc::new(data.reals().iter().take(count * data.pixels()).copied().collect()),
        shape: [count, data.channels, data.height, data.width],
        verdicts: Arc::new(Vec::new()),
        kept: false,
    }
}
