//! What a run is: every setting, where its value comes from, and whether it makes sense.
//!
//! Values come in layers, each over the ones before: defaults, preset, `--config` file, `--set`, flags.

mod auto;
mod choices;
mod flags;
mod layers;
pub mod names;
mod spec;

pub use choices::{OPTIMIZERS, OptimizerKind, OutputBias, Ramp};
pub use flags::Flags;
pub use layers::{Given, Sources, resolve};

use crate::{
    data::{Background, Distribution, Frames},
    engine::devices::Wanted,
    models::{Init, LOSSES, Loss, Schedule},
    ops::{LatentDistribution, augment::Augments},
    plan::Storage,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Every setting of a run. Written out as `config.toml`, it is enough to repeat the run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Preset that the other values started from.
    pub preset: String,
    /// `builtin`, the name of a known distribution, or the path of a folder or file.
    pub data: String,
    /// Images of the built-in set, or points of a known distribution.
    pub data_count: usize,
    /// Seed of the built-in set or the points: the same for every run, so that runs of several seeds see the same data.
    pub data_seed: u32,
    /// Images held out for validation: by index those before the test set.
    pub valid: usize,
    /// Images held out for the test: the last by index.
    pub test: usize,
    /// Height and width of images; none takes them as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// 1 for grey, 3 for colour; none takes images as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// What transparent parts of images show: `auto`, `black`, `white` or `#rrggbb`.
    #[serde(with = "names")]
    pub background: Background,
    /// Stretches values over the whole range, from the lowest to the highest of the set.
    pub rescale: bool,
    /// Which frames of animations are images: `first` or `all`.
    #[serde(with = "names")]
    pub frames: Frames,
    /// Rows and columns of idx files and arrays change places.
    pub transpose: bool,
    /// Images that cannot be read are left out instead of being an error.
    pub skip_unreadable: bool,
    /// Images that take long to decode are kept for the next time.
    pub cache: bool,
    /// `auto`, `cpu`, `gpu`, or a device's number or part of its name.
    #[serde(with = "names")]
    pub device: Wanted,
    /// Seed of weights, latents, order of images and dropout.
    pub seed: u32,
    /// Values per latent.
    pub latent: usize,
    /// `normal` or `uniform`.
    #[serde(with = "names")]
    pub latent_distribution: LatentDistribution,
    /// Layers of G.
    pub generator: Vec<String>,
    /// Layers of D.
    pub discriminator: Vec<String>,
    /// Name of a loss.
    #[serde(with = "names")]
    pub loss: &'static Loss,
    /// Factor on D's loss; the penalty is not scaled.
    pub loss_d_scale: f64,
    /// `alternating` or `simultaneous`.
    #[serde(with = "names")]
    pub schedule: Schedule,
    /// Weight gamma of the R1 penalty, on real images; 0 for none.
    pub r1: f64,
    /// Weight gamma of the R2 penalty, on generated images; 0 for none.
    pub r2: f64,
    /// Weight lambda of the gradient penalty between real and generated images; 0 for none.
    pub gradient_penalty: f64,
    /// Bound to which D's weights are clipped after each of its updates; 0 for none.
    pub weight_clip: f64,
    /// Left and right of real images change places with probability 1/2.
    pub flip: bool,
    /// What is done to all images, real and generated, before D sees them: `none`, or some of [`AUGMENTS`](crate::ops::augment::AUGMENTS).
    #[serde(with = "names")]
    pub augment: Augments,
    /// The probability of each of these adapts to how much D overfits; 1 without.
    pub ada: bool,
    /// The mean sign of D on real images at which it rests.
    pub ada_target: f64,
    /// `adam`, `sgd` or `rmsprop`.
    #[serde(with = "names")]
    pub optimizer: &'static OptimizerKind,
    /// Learning rate of G.
    pub lr_g: f64,
    /// Learning rate of D.
    pub lr_d: f64,
    /// Adam's decay of the mean.
    pub beta1: f64,
    /// Adam's decay of the squares.
    pub beta2: f64,
    /// RMSprop's decay of the squares.
    pub rmsprop_alpha: f64,
    /// SGD's momentum.
    pub momentum: f64,
    /// Change of the momentum: `none`, or `0.7 by epoch 250`, linearly from the first epoch on.
    #[serde(with = "names")]
    pub momentum_ramp: Ramp,
    /// What the learning rates are divided by with every update; 1 for constant rates.
    pub lr_decay: f64,
    /// Where they stop to shrink.
    pub lr_floor: f64,
    /// How G's parameters start: `pytorch`, `uniform BOUND` or `normal STD`.
    #[serde(with = "names")]
    pub init_g: Init,
    /// How D's parameters start.
    #[serde(with = "names")]
    pub init_d: Init,
    /// How G's output bias starts: `init` as `init_g` says, `data_mean` so that it alone gives the mean image.
    #[serde(with = "names")]
    pub output_bias: OutputBias,
    /// Decay of the average of G's weights; 0 for none.
    pub ema: f64,
    /// How latents, images and the outputs of layers rest in memory between kernels: `f32` or `f16`.
    #[serde(with = "names")]
    pub storage: Storage,
    /// The most MiB of the data set on the device; of a larger set it is sent the batches, in the same order. Changes no result.
    pub data_on_device: usize,
    /// Images per batch.
    pub batch: usize,
    /// Updates of D per update of G.
    pub k: u32,
    /// Steps: updates of G.
    pub steps: u32,
    /// Passes over the data, instead of steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
    /// Folder of runs.
    pub out: PathBuf,
    /// Steps between checkpoints; one more is written at the end.
    pub checkpoint_every: u32,
    /// Checkpoints that are kept, the newest.
    pub keep_checkpoints: usize,
    /// Steps between sample sheets.
    pub sample_every: u32,
    /// Images on a sample sheet, or generated points in a figure.
    pub samples: usize,
    /// Steps between lines of metrics, each the mean over these steps.
    pub metrics_every: u32,
    /// Steps per submission to the device; 0 adapts to its speed. Changes no result.
    pub steps_per_submit: u32,
    /// On a GPU, takes the fastest way of computing matrix products, tried at first use; the device's usual one without.
    pub tune: bool,
    /// What a person has set, as long as the preset is to be chosen by the data.
    #[serde(skip)]
    pub given: Option<Given>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            preset: "mlp".into(),
            data: "builtin".into(),
            data_count: 20_000,
            data_seed: 0,
            valid: 0,
            test: 0,
            size: None,
            channels: None,
            background: Background::Auto,
            rescale: false,
            frames: Frames::First,
            transpose: false,
            skip_unreadable: false,
            cache: true,
            device: Wanted::Auto,
            seed: 0,
            latent: 64,
            latent_distribution: LatentDistribution::Normal,
            generator: Vec::new(),
            discriminator: Vec::new(),
            loss: &LOSSES[0],
            loss_d_scale: 1.0,
            schedule: Schedule::Alternating,
            r1: 0.0,
            r2: 0.0,
            gradient_penalty: 0.0,
            weight_clip: 0.0,
            flip: false,
            augment: Augments::NONE,
            ada: false,
            ada_target: 0.6,
            optimizer: &OPTIMIZERS[0],
            lr_g: 1e-3,
            lr_d: 1e-3,
            beta1: 0.5,
            beta2: 0.999,
            rmsprop_alpha: 0.99,
            momentum: 0.5,
            momentum_ramp: Ramp::None,
            lr_decay: 1.0,
            lr_floor: 0.0,
            init_g: Init::PyTorch,
            init_d: Init::PyTorch,
            output_bias: OutputBias::Init,
            ema: 0.0,
            storage: Storage::F32,
            data_on_device: 512,
            batch: 128,
            k: 1,
            steps: 3000,
            epochs: None,
            out: "runs".into(),
            checkpoint_every: 500,
            keep_checkpoints: 3,
            sample_every: 250,
            samples: 64,
            metrics_every: 50,
            steps_per_submit: 0,
            tune: true,
            given: None,
        }
    }
}

/// Optional keys, which `Config::default()` does not show.
const OPTIONAL_KEYS: [&str; 3] = ["size", "channels", "epochs"];

/// Settings that may differ between a checkpoint and the run that goes on from it: none changes what the next step computes.
/// (That the images are the same is checked by their hash.)
pub const FREE_KEYS: [&str; 23] = [
    "preset",
    "data",
    "data_count",
    "data_seed",
    "size",
    "channels",
    "background",
    "rescale",
    "frames",
    "transpose",
    "skip_unreadable",
    "cache",
    "device",
    "steps",
    "epochs",
    "out",
    "checkpoint_every",
    "keep_checkpoints",
    "sample_every",
    "metrics_every",
    "steps_per_submit",
    "data_on_device",
    "tune",
];

/// A preset: settings by name.
pub struct Preset {
    /// Name in a configuration.
    pub name: &'static str,
    /// What it is, in a few words.
    pub help: &'static str,
    /// Settings, with a comment that says what it is.
    pub toml: &'static str,
}

/// All presets, the default first.
pub static PRESETS: [Preset; 17] = [
    Preset { name: "mlp", help: "learns readable digits within seconds", toml: include_str!("../presets/mlp.toml") },
    Preset { name: "textbook", help: "the same network with the usual settings", toml: include_str!("../presets/textbook.toml") },
    Preset { name: "conv", help: "convolutions, for pictures", toml: include_str!("../presets/conv.toml") },
    Preset { name: "dcgan", help: "DCGAN as published, for pictures of 64 x 64", toml: include_str!("../presets/dcgan.toml") },
    Preset { name: "resnet", help: "residual nets without normalisation (R3GAN), small", toml: include_str!("../presets/resnet.toml") },
    Preset { name: "resnet-base", help: "the same in the published size, for a GPU", toml: include_str!("../presets/resnet-base.toml") },
    Preset { name: "sngan", help: "spectral normalisation as published, for a GPU", toml: include_str!("../presets/sngan.toml") },
    Preset { name: "lsgan", help: "the least-squares loss", toml: include_str!("../presets/lsgan.toml") },
    Preset { name: "hinge", help: "the hinge loss", toml: include_str!("../presets/hinge.toml") },
    Preset { name: "wgan", help: "a Wasserstein GAN with clipped weights", toml: include_str!("../presets/wgan.toml") },
    Preset { name: "wgan-gp", help: "a Wasserstein GAN with gradient penalty", toml: include_str!("../presets/wgan-gp.toml") },
    Preset { name: "goodfellow-2014", help: "the original recipe", toml: include_str!("../presets/goodfellow-2014.toml") },
    Preset { name: "tfd", help: "the original recipe for faces of 48 x 48, for a GPU", toml: include_str!("../presets/tfd.toml") },
    Preset { name: "line", help: "points of one value", toml: include_str!("../presets/line.toml") },
    Preset { name: "plane", help: "points of two values", toml: include_str!("../presets/plane.toml") },
    Preset { name: "ring-8", help: "mode coverage as published, with its data", toml: include_str!("../presets/ring-8.toml") },
    Preset { name: "grid-25", help: "mode coverage as published, with its data", toml: include_str!("../presets/grid-25.toml") },
];

/// The preset that a run starts from when none is asked for, by what its data are. A person's own choice goes before.
pub fn preset_for(data: &str) -> &'static str {
    match Distribution::named(data) {
        None if data.is_empty() || data == "builtin" => PRESETS[0].name,
        None => "conv",
        Some(points) if points.dimensions == 1 => "line",
        Some(_) => "plane",
    }
}

/// True for the name of a setting; `lr` stands for two.
pub fn is_key(name: &str) -> bool {
    name == "lr" || layers::keys().iter().any(|key| key == name)
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the config file {}: {error}", path.display())]
    Read {
        /// Path given.
        path: PathBuf,
        /// Cause.
        error: std::io::Error,
    },
    /// Not TOML.
    #[error("{place} is not valid TOML: {message}")]
    Syntax {
        /// File or option.
        place: String,
        /// Parser's words.
        message: String,
    },
    /// A key that does not exist.
    #[error("unknown key '{key}' in {place}; did you mean '{nearest}'? (ganvas --print-config shows all keys)")]
    UnknownKey {
        /// As written.
        key: String,
        /// File or option.
        place: String,
        /// Most similar key.
        nearest: String,
    },
    /// A value of the wrong type.
    #[error("wrong value in {place}: {message}")]
    Type {
        /// File or option.
        place: String,
        /// Parser's words, with the key.
        message: String,
    },
    /// No such preset.
    #[error("unknown preset '{name}'; there are: {known}")]
    UnknownPreset {
        /// As written.
        name: String,
        /// Names.
        known: String,
    },
    /// A value that makes no sense.
    #[error("{key} = {value}: {rule}")]
    Range {
        /// Key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: String,
    },
}

impl Config {
    /// As TOML, every key; of `steps` and `epochs` the one that counts.
    pub fn to_toml(&self) -> String {
        // Serialising plain numbers, strings and lists cannot fail.
        let text = toml::to_string(self).unwrap_or_default();
        match self.epochs {
            None => text,
            // Given epochs take the place of steps.
            Some(_) => text.lines().filter(|line| !line.starts_with("steps =")).map(|line| format!("{line}\n")).collect(),
        }
    }

    /// Reads a resolved `config.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] that names `place`.
    pub fn from_toml(text: &str, place: &str) -> Result<Config, ConfigError> {
        // A key that is newer than the file has its default, which is what was done before there was a choice.
        let mut table = layers::to_table(&Config::default());
        table.extend(layers::parse_table(text, place)?);
        let config = layers::to_config(table, place)?;
        config.validate()?;
        Ok(config)
    }

    /// What is done to images before D sees them, in words; none where nothing is.
    pub fn augmentation(&self) -> Option<String> {
        let flip = self.flip.then(|| "real images mirrored".to_owned());
        let often = if self.ada { format!(" by ADA {}", self.ada_target) } else { String::new() };
        let augment = (!self.augment.is_empty()).then(|| format!("{}{often}", self.augment.text()));
        flip.into_iter().chain(augment).reduce(|a, b| format!("{a}, {b}"))
    }

    /// Keys whose values differ from `other`'s, with both values, but for [`FREE_KEYS`].
    pub fn differences(&self, other: &Config) -> Vec<(String, String, String)> {
        let (ours, theirs) = (layers::to_table(self), layers::to_table(other));
        let text = |value: Option<&toml::Value>| value.map_or("not set".to_owned(), ToString::to_string);
        layers::keys()
            .into_iter()
            .filter(|key| !FREE_KEYS.contains(&key.as_str()) && ours.get(key) != theirs.get(key))
            .map(|key| (text(ours.get(&key)), text(theirs.get(&key)), key))
            .map(|(ours, theirs, key)| (key, ours, theirs))
            .collect()
    }

    /// Checks what can be checked without data or device.
    ///
    /// # Errors
    /// [`ConfigError::Range`] that names the key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let fail = |key, value: &dyn ToString, rule: &str| Err(ConfigError::Range { key, value: value.to_string(), rule: rule.into() });
        if self.out == std::path::Path::new("-") {
            return fail("out", &"-", "runs are folders, which standard output cannot be; give a folder, such as runs");
        }
        for (key, value) in [("lr_g", self.lr_g), ("lr_d", self.lr_d)] {
            if !(value > 0.0 && value.is_finite()) {
                return fail(key, &value, "a learning rate must be a positive number, such as 0.001");
            }
        }
        for (key, value) in [
            ("beta1", self.beta1),
            ("beta2", self.beta2),
            ("rmsprop_alpha", self.rmsprop_alpha),
            ("momentum", self.momentum),
            ("ema", self.ema),
        ] {
            if !(0.0..1.0).contains(&value) {
                return fail(key, &value, "must be from 0 up to, not including, 1");
            }
        }
        if !(self.loss_d_scale > 0.0 && self.loss_d_scale.is_finite()) {
            return fail("loss_d_scale", &self.loss_d_scale, "must be a positive number, such as 1 or 0.5");
        }
        if !(1.0..=2.0).contains(&self.lr_decay) {
            return fail("lr_decay", &self.lr_decay, "must be from 1 (constant rates) to 2; 1.000004 divides the rates by that per update");
        }
        if !(self.lr_floor >= 0.0 && self.lr_floor.is_finite()) {
            return fail("lr_floor", &self.lr_floor, "must be 0 or a positive number, such as 0.000001");
        }
        if self.momentum_ramp != Ramp::None && !self.optimizer.momentum {
            let rule = format!("{} has no momentum to change; use optimizer = \"sgd\", or momentum_ramp = \"none\"", self.optimizer.name);
            return fail("momentum_ramp", &self.momentum_ramp.text(), &rule);
        }
        if self.schedule == Schedule::Simultaneous && self.k != 1 {
            let rule = "the simultaneous schedule updates both players once per step; use k = 1, or schedule = \"alternating\"";
            return fail("k", &self.k, rule);
        }
        let weights = [
            ("r1", self.r1, "must be 0 (no penalty) or a positive number, such as 0.2"),
            ("r2", self.r2, "must be 0 (no penalty) or a positive number, such as 0.2"),
            ("gradient_penalty", self.gradient_penalty, "must be 0 (no penalty) or a positive number, such as 10"),
            ("weight_clip", self.weight_clip, "must be 0 (no clipping) or a positive number, such as 0.01"),
        ];
        for (key, value, rule) in weights {
            if !(value >= 0.0 && value.is_finite()) {
                return fail(key, &value, rule);
            }
        }
        if !(self.ada_target > 0.0 && self.ada_target < 1.0) {
            return fail("ada_target", &self.ada_target, "must be between 0 and 1, such as 0.6");
        }
        if self.ada && self.augment.is_empty() {
            return fail(
                "ada",
                &self.ada,
                "there is nothing to be done to images; name some of it, such as augment = \"translation,cutout\"",
            );
        }
        if self.ada && self.loss.boundary.is_none() {
            let rule = format!("the loss {} has no boundary between real and generated images, whose sign ADA needs", self.loss.name);
            return fail("ada", &self.ada, &format!("{rule}; use loss = \"non_saturating\", or ada = false"));
        }
        let counts = [
            ("latent", self.latent, 1 << 16),
            ("batch", self.batch, 1 << 20),
            ("data_count", self.data_count, 1 << 24),
            ("k", self.k as usize, 1000),
            ("steps", self.steps as usize, 4_000_000_000),
            ("epochs", self.epochs.unwrap_or(1) as usize, 4_000_000_000),
            ("checkpoint_every", self.checkpoint_every as usize, usize::MAX),
            ("keep_checkpoints", self.keep_checkpoints, usize::MAX),
            ("sample_every", self.sample_every as usize, usize::MAX),
            ("samples", self.samples, 4096),
            ("metrics_every", self.metrics_every as usize, 256),
            ("size", self.size.unwrap_or(1) as usize, 4096),
        ];
        for (key, value, most) in counts {
            if value < 1 || value > most {
                let rule = if most == usize::MAX { "must be at least 1".to_owned() } else { format!("must be from 1 to {most}") };
                return fail(key, &value, &rule);
            }
        }
        if u64::from(self.steps) * u64::from(self.k) > u64::from(u32::MAX) {
            return fail("steps", &self.steps, "times k must be below 2^32");
        }
        if self.channels.is_some_and(|c| c != 1 && c != 3) {
            return fail("channels", &self.channels.unwrap_or(0), "must be 1 (grey) or 3 (colour)");
        }
        Ok(())
    }
}
