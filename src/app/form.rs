//! A new run, as a person types it in, and what is wrong with it.

use super::View;
use crate::{
    config::{
        Config, ConfigError, Sources,
        names::{self, Named},
        preset_for, resolve,
    },
    data::{Distribution, items},
    ops::augment::Augments,
    train::session::problems,
};
use std::path::Path;

/// The fields as text.
#[derive(Clone, PartialEq, Default, Debug)]
#[allow(missing_docs, reason = "named as the keys of the configuration")]
pub struct Text {
    pub preset: String,
    pub data: String,
    pub device: String,
    pub loss: String,
    pub generator: String,
    pub discriminator: String,
    pub size: String,
    pub channels: String,
    pub latent: String,
    pub batch: String,
    pub steps: String,
    pub lr_g: String,
    pub lr_d: String,
    pub r1: String,
    pub k: String,
    pub ema: String,
    pub seed: String,
    pub optimizer: String,
    pub flip: bool,
    pub augment: Augments,
    pub ada: bool,
}

/// The form.
pub struct Form {
    /// What is typed.
    pub text: Text,
    /// What is wrong, by key of the configuration; `other` for what has no field.
    pub errors: Vec<(String, String)>,
    /// What the fields do not show.
    base: Config,
    /// The data that networks and settings were chosen for.
    chosen_for: String,
    /// The text that was checked last, and what it makes.
    checked: Option<(Text, Option<Config>)>,
}

impl Form {
    /// With the values of the run at hand, or of the default preset.
    pub fn new(view: &View) -> Form {
        let config = view.info.as_ref().map(|info| info.config.clone());
        Form::of(config.or_else(|| resolve(&Sources::default()).ok()).unwrap_or_default())
    }

    /// With other images, at their own size.
    pub fn with_data(view: &View, path: &Path) -> Form {
        let mut form = Form::new(view);
        form.text.size.clear();
        form.text.channels.clear();
        form.use_data(path.display().to_string());
        form
    }

    fn of(c: Config) -> Form {
        let optional = |value: Option<u32>| value.map(|v| v.to_string()).unwrap_or_default();
        let text = Text {
            preset: c.preset.clone(),
            data: c.data.clone(),
            device: c.device.to_string(),
            loss: c.loss.name.into(),
            generator: c.generator.join("\n"),
            discriminator: c.discriminator.join("\n"),
            size: optional(c.size),
            channels: optional(c.channels),
            latent: c.latent.to_string(),
            batch: c.batch.to_string(),
            steps: c.steps.to_string(),
            lr_g: c.lr_g.to_string(),
            lr_d: c.lr_d.to_string(),
            r1: c.r1.to_string(),
            k: c.k.to_string(),
            ema: c.ema.to_string(),
            seed: c.seed.to_string(),
            optimizer: c.optimizer.name.into(),
            flip: c.flip,
            augment: c.augment,
            ada: c.ada,
        };
        Form { text, errors: Vec::new(), chosen_for: c.data.clone(), base: c, checked: None }
    }

    /// Takes other data; where those before called for another preset, with its networks and settings, as `--data` does.
    pub fn use_data(&mut self, name: String) {
        self.text.data = name;
        self.follow_data();
    }

    /// After the data was typed in: nothing happens before the name is that of something.
    pub fn follow_data(&mut self) {
        let data = self.text.data.trim().to_owned();
        let known = data == "builtin" || Distribution::named(&data).is_some();
        if data == self.chosen_for || !(known || Path::new(&data).exists()) {
            return;
        }
        let preset = preset_for(&data);
        if preset != preset_for(&self.chosen_for) {
            self.use_preset(preset);
            // How many there are and how many are shown belongs to points as it does to images.
            if let Ok(config) = resolve(&Sources { set: &[format!("preset={preset}")], ..Sources::default() }) {
                (self.base.data_count, self.base.samples) = (config.data_count, config.samples);
            }
        }
        if items(&data) == "points" {
            self.text.size.clear();
            self.text.channels.clear();
        }
        self.chosen_for = data;
    }

    /// Takes a preset's networks and settings; data, device and seed stay, unless the preset brings data.
    pub fn use_preset(&mut self, name: &str) {
        let set = [format!("preset={name}")];
        if let Ok(config) = resolve(&Sources { set: &set, ..Sources::default() }) {
            // What the fields do not show belongs to the preset too, but for what says where the run goes, how it is watched and
            // how it uses memory.
            let brings_data = config.data != Config::default().data;
            let kept = self.base.clone();
            self.base = Config {
                out: kept.out,
                data_count: if brings_data { config.data_count } else { kept.data_count },
                data_seed: kept.data_seed,
                checkpoint_every: kept.checkpoint_every,
                keep_checkpoints: kept.keep_checkpoints,
                sample_every: kept.sample_every,
                samples: kept.samples,
                metrics_every: kept.metrics_every,
                storage: kept.storage,
                ..config.clone()
            };
            self.checked = None;
            let Text { data, device, size, channels, seed, .. } = self.text.clone();
            let data = if brings_data { config.data.clone() } else { data };
            self.text = Text { data, device, size, channels, seed, ..Form::of(config).text };
        }
    }

    /// What is wrong with a field.
    pub fn error(&self, key: &str) -> Option<&str> {
        self.errors.iter().find(|(of, _)| of == key).map(|(_, text)| text.as_str())
    }

    /// The configuration, where everything makes sense; else the errors are there to be shown.
    pub fn check(&mut self) -> Option<Config> {
        if let Some((text, config)) = &self.checked
            && *text == self.text
        {
            return config.clone();
        }
        self.errors.clear();
        let config = self.parse();
        let config = config.filter(|config| {
            self.errors.extend(problems(config));
            self.errors.is_empty()
        });
        self.checked = Some((self.text.clone(), config.clone()));
        config
    }

    fn parse(&mut self) -> Option<Config> {
        let t = self.text.clone();
        let mut c = self.base.clone();
        let lines =
            |text: &str| text.lines().flat_map(|line| line.split(',')).map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
        (c.preset, c.data) = (t.preset, t.data.trim().into());
        (c.generator, c.discriminator) = (lines(&t.generator), lines(&t.discriminator));
        (c.flip, c.augment, c.ada) = (t.flip, t.augment, t.ada);
        c.epochs = None;
        let errors = &mut self.errors;
        named(errors, "device", &t.device, &mut c.device);
        named(errors, "loss", &t.loss, &mut c.loss);
        named(errors, "optimizer", &t.optimizer, &mut c.optimizer);
        c.size = optional(errors, "size", &t.size);
        c.channels = optional(errors, "channels", &t.channels);
        take(errors, "latent", &t.latent, &mut c.latent);
        take(errors, "batch", &t.batch, &mut c.batch);
        take(errors, "steps", &t.steps, &mut c.steps);
        take(errors, "lr_g", &t.lr_g, &mut c.lr_g);
        take(errors, "lr_d", &t.lr_d, &mut c.lr_d);
        take(errors, "r1", &t.r1, &mut c.r1);
        take(errors, "k", &t.k, &mut c.k);
        take(errors, "ema", &t.ema, &mut c.ema);
        take(errors, "seed", &t.seed, &mut c.seed);
        if let Err(error) = c.validate() {
            let key = if let ConfigError::Range { key, .. } = &error { key } else { "other" };
            errors.push((key.into(), error.to_string()));
        }
        errors.is_empty().then_some(c)
    }
}

/// Reads a number, or says that it is none.
fn take<T: std::str::FromStr>(errors: &mut Vec<(String, String)>, key: &str, text: &str, to: &mut T) {
    match text.trim().parse() {
        Ok(value) => *to = value,
        Err(_) => errors.push((key.into(), format!("'{}' is not such a number", text.trim()))),
    }
}

/// Reads a name, or says that it stands for nothing.
fn named<T: Named>(errors: &mut Vec<(String, String)>, key: &str, text: &str, to: &mut T) {
    match names::parse(text.trim()) {
        Ok(value) => *to = value,
        Err(error) => errors.push((key.into(), format!("{key} = '{}': {error}", text.trim()))),
    }
}

/// Reads a number that may be left out.
fn optional(errors: &mut Vec<(String, String)>, key: &str, text: &str) -> Option<u32> {
    let mut value = 0;
    if text.trim().is_empty() {
        return None;
    }
    take(errors, key, text, &mut value);
    Some(value)
}
