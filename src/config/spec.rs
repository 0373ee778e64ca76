//! From a configuration to what is made of it.

use super::{Config, choices::OutputBias};
use crate::{
    data::{Cache, Distribution, Request},
    figure,
    layers::Extent,
    models::GanSpec,
    ops::Annealing,
};

impl GanSpec {
    /// What `config` describes, for `images` images that hold `image` each.
    pub fn new(config: &Config, image: impl Into<Extent>, images: usize) -> GanSpec {
        GanSpec {
            generator: config.generator.clone(),
            discriminator: config.discriminator.clone(),
            latent: config.latent,
            latent_distribution: config.latent_distribution,
            image: image.into(),
            images,
            staged: None,
            batch: config.batch,
            flip: config.flip,
            augments: config.augment,
            ada: config.ada.then_some(config.ada_target as f32),
            loss: config.loss,
            loss_d_scale: config.loss_d_scale as f32,
            schedule: config.schedule,
            r1: config.r1 as f32,
            r2: config.r2 as f32,
            gradient_penalty: config.gradient_penalty as f32,
            weight_clip: (config.weight_clip > 0.0).then_some(config.weight_clip as f32),
            optimizer: (config.optimizer.of)(config),
            annealing: Annealing {
                lr_decay: config.lr_decay,
                lr_floor: config.lr_floor as f32,
                ramp_epochs: config.momentum_ramp.end().map_or(0, |(_, epoch)| epoch),
            },
            init: [config.init_g, config.init_d],
            output_bias_from_data: config.output_bias == OutputBias::DataMean,
            ema: config.ema as f32,
            storage: config.storage,
            seed: config.seed,
            previews: config.samples,
            points: Distribution::named(&config.data).map(figure::points),
        }
    }
}

impl Request {
    /// What a configuration asks for.
    pub fn of(config: &Config) -> Request {
        Request {
            source: config.data.clone(),
            size: config.size,
            fit: false,
            channels: config.channels,
            count: config.data_count,
            seed: config.data_seed,
            test_too: config.valid + config.test > 0,
            background: config.background,
            rescale: config.rescale,
            frames: config.frames,
            transpose: config.transpose,
            skip_unreadable: config.skip_unreadable,
            cache: if config.cache { Cache::usual() } else { None },
        }
    }
}
