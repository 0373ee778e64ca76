//! From a configuration to what a GAN is made of.

use super::{GanSpec, Init, LOSSES, Schedule};
use crate::{
    config::Config,
    data::Distribution,
    ops::{Annealing, LatentDistribution, Optimizer},
    plan::Storage,
    random::stream,
};

/// A name that stands for nothing.
#[derive(Debug, thiserror::Error)]
#[error("{key} = '{value}': there is no such {key}; there are: {known}")]
pub struct UnknownName {
    key: &'static str,
    value: String,
    known: String,
}

impl UnknownName {
    /// Key of the configuration.
    pub fn key(&self) -> &'static str {
        self.key
    }
}

fn unknown<'a>(key: &'static str, value: &str, known: impl IntoIterator<Item = &'a str>) -> UnknownName {
    UnknownName { key, value: value.into(), known: known.into_iter().collect::<Vec<_>>().join(", ") }
}

/// Reads a `momentum_ramp`: `none`, or `0.7 by epoch 250`. The momentum at its end, and the epoch.
fn ramp(text: &str) -> Option<(Option<f32>, u32)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["none"] => Some((None, 0)),
        [momentum, "by", "epoch", epoch] => {
            let momentum = momentum.parse::<f32>().ok().filter(|m| (0.0..1.0).contains(m))?;
            let epoch = epoch.parse::<u32>().ok().filter(|epoch| *epoch > 1)?;
            Some((Some(momentum), epoch))
        }
        _ => None,
    }
}

impl GanSpec {
    /// What `config` describes, for `images` images of `pixels` values each.
    ///
    /// # Errors
    /// [`UnknownName`] that lists the names there are.
    pub fn new(config: &Config, pixels: usize, images: usize) -> Result<GanSpec, UnknownName> {
        let loss = LOSSES.iter().find(|loss| loss.name == config.loss);
        let distribution = LatentDistribution::ALL.into_iter().find(|d| d.name() == config.latent_distribution);
        let schedule = Schedule::ALL.into_iter().find(|schedule| schedule.name() == config.schedule);
        let init = |key: &'static str, text: &str| Init::parse(text).ok_or_else(|| unknown(key, text, Init::KNOWN));
        let (momentum_final, ramp_epochs) = ramp(&config.momentum_ramp).ok_or_else(|| {
            let form = "FINAL by epoch EPOCH (a momentum from 0 up to, not including, 1, and an epoch from 2 on, such as 0.7 by epoch 250)";
            unknown("momentum_ramp", &config.momentum_ramp, ["none", form])
        })?;
        let momentum = config.momentum as f32;
        let optimizer = match config.optimizer.as_str() {
            "adam" => Optimizer::Adam { beta1: config.beta1 as f32, beta2: config.beta2 as f32, epsilon: 1e-8 },
            "sgd" => Optimizer::Sgd { momentum, momentum_final: momentum_final.unwrap_or(momentum) },
            "rmsprop" => Optimizer::RmsProp { alpha: config.rmsprop_alpha as f32, epsilon: 1e-8 },
            other => return Err(unknown("optimizer", other, ["adam", "sgd", "rmsprop"])),
        };
        Ok(GanSpec {
            generator: config.generator.clone(),
            discriminator: config.discriminator.clone(),
            latent: config.latent,
            latent_distribution: distribution.ok_or_else(|| {
                let known = LatentDistribution::ALL.map(LatentDistribution::name);
                unknown("latent_distribution", &config.latent_distribution, known)
            })?,
            pixels,
            images,
            staged: None,
            batch: config.batch,
            loss: loss.ok_or_else(|| unknown("loss", &config.loss, LOSSES.iter().map(|loss| loss.name)))?,
            loss_d_scale: config.loss_d_scale as f32,
            schedule: schedule.ok_or_else(|| unknown("schedule", &config.schedule, Schedule::ALL.map(Schedule::name)))?,
            r1: config.r1 as f32,
            r2: config.r2 as f32,
            gradient_penalty: config.gradient_penalty as f32,
            weight_clip: (config.weight_clip > 0.0).then_some(config.weight_clip as f32),
            optimizer,
            annealing: Annealing { lr_decay: config.lr_decay, lr_floor: config.lr_floor as f32, ramp_epochs },
            init: [init("init_g", &config.init_g)?, init("init_d", &config.init_d)?],
            output_bias_from_data: match config.output_bias.as_str() {
                "init" => false,
                "data_mean" => true,
                other => return Err(unknown("output_bias", other, ["init", "data_mean"])),
            },
            ema: config.ema as f32,
            storage: {
                let storage = Storage::ALL.into_iter().find(|storage| storage.name() == config.storage);
                storage.ok_or_else(|| unknown("storage", &config.storage, Storage::ALL.map(Storage::name)))?
            },
            seed: config.seed,
            previews: config.samples,
            distribution: Distribution::named(&config.data),
        })
    }

    /// Latents of the previews `[previews, latent]`, the same all through a run. Points made of one value each get its quantiles in
    /// order, so that a figure shows all of z -> G(z), and the density of G(z) without noise.
    pub fn preview_latents(&self) -> Vec<f32> {
        let (distribution, n) = (self.latent_distribution, self.previews);
        if self.distribution.is_some() && self.latent == 1 {
            let mut z = vec![0.0; n];
            distribution.latents(|i| ((i as f64 + 0.5) / n as f64 * 4_294_967_296.0) as u32, &mut z);
            return z;
        }
        distribution.draw(self.seed, 0, stream::LATENT_PREVIEW, n, self.latent)
    }
}
