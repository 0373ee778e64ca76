//! Every key of the configuration as a flag.

use super::{OptimizerKind, OutputBias, PRESETS, names::Named};
use crate::{
    data::{DISTRIBUTIONS, Frames},
    models::{Loss, Schedule},
    ops::{
        LatentDistribution,
        augment::{AUGMENTS, Augments},
    },
    plan::Storage,
};
use serde::Serialize;
use std::path::PathBuf;

/// The help of a setting that is written as a name; the first of its names is the default.
fn of_names<T: Named>(what: &str) -> String {
    let known = T::known();
    format!("{what}: {} [default: {}]", known.join(", "), known[0])
}

fn presets() -> String {
    let each = PRESETS.iter().map(|preset| format!("{} ({})", preset.name, preset.help));
    format!("Settings to start from: {} or auto, chosen by the data [default: auto]", each.collect::<Vec<_>>().join(", "))
}

fn augments() -> String {
    let each = AUGMENTS.each_ref().map(|row| format!("{} ({})", row.name, row.help)).join(", ");
    let none = Augments::NONE_NAME;
    format!("What is done to all images, real and generated, before D sees them, with commas between: {each} [default: {none}]")
}

fn data() -> String {
    let points = DISTRIBUTIONS.each_ref().map(|distribution| distribution.name).join(", ");
    format!(
        "Images: builtin, a folder or archive of pictures or idx files, or a set from `ganvas data get` such as mnist; points: {points} [default: builtin]"
    )
}

/// Flags of a run; those not given stay as preset and config file have them.
#[derive(clap::Args, Serialize, Default, Debug)]
#[serde(rename_all = "snake_case")]
pub struct Flags {
    #[arg(long, value_name = "NAME", help_heading = "Run", help = presets())]
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<String>,

    #[arg(long, value_name = "NAME|PATH", help_heading = "Data", help = data())]
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,

    /// Images of the built-in set [default: 20000], or points [default: 100000]
    #[arg(long, value_name = "N", help_heading = "Data", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_count: Option<usize>,

    /// Seed of the built-in set or the points [default: 0]
    #[arg(long, value_name = "N", help_heading = "Data", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_seed: Option<u32>,

    /// Images held out of training for validation: by index, those before the test images [default: 0]
    #[arg(long, value_name = "N", help_heading = "Data", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<usize>,

    /// Images held out of training for the test, the last by index [default: 0]
    #[arg(long, value_name = "N", help_heading = "Data", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<usize>,

    /// Resize and centre-crop images to SIZE x SIZE
    #[arg(long, value_name = "SIZE", help_heading = "Data", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u32>,

    /// 1 for grey, 3 for colour [default: as the images are]
    #[arg(long, value_name = "1|3", help_heading = "Data", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<u32>,

    /// What transparent parts of images show: black, white, a colour such as #808080, or auto: black, but white for drawings that are
    /// empty on black [default: auto]
    #[arg(long, value_name = "COLOUR", help_heading = "Data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    background: Option<String>,

    /// Stretch values over the whole range, from the lowest to the highest of the set: for masks of 0 and 1, and 12 bits in files of 16
    #[arg(long, num_args = 0, default_missing_value = "true", help_heading = "Data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rescale: Option<bool>,

    #[arg(long, value_name = "WHICH", help_heading = "Data", help = of_names::<Frames>("Which frames of animations are images"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<String>,

    /// Rows and columns of idx files and arrays change places, as EMNIST needs it where its name is gone
    #[arg(long, num_args = 0, default_missing_value = "true", help_heading = "Data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    transpose: Option<bool>,

    /// Leave images out that cannot be read, in place of an error
    #[arg(long, num_args = 0, default_missing_value = "true", help_heading = "Data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    skip_unreadable: Option<bool>,

    /// Read images anew, and do not keep them decoded for the next time
    #[arg(long = "no-cache", num_args = 0, default_missing_value = "false", help_heading = "Data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<bool>,

    /// auto, cpu, gpu, or a device's number or part of its name (see: ganvas devices) [default: auto]
    #[arg(long, value_name = "DEVICE", help_heading = "Run")]
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,

    /// Seed of weights, latents, order of images and dropout [default: 0]
    #[arg(long, value_name = "N", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u32>,

    /// Values per latent [default: 64]
    #[arg(long, value_name = "N", help_heading = "Networks", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    latent: Option<usize>,

    #[arg(long, value_name = "NAME", help_heading = "Networks", help = of_names::<LatentDistribution>("Distribution of the latents, both of variance 1"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    latent_distribution: Option<String>,

    /// Layers of the generator, such as "linear 256, leaky_relu 0.2, linear image, tanh"
    #[arg(long, value_name = "LAYERS", help_heading = "Networks")]
    #[serde(skip_serializing_if = "Option::is_none")]
    generator: Option<String>,

    /// Layers of the discriminator; the last is "linear 1"
    #[arg(long, value_name = "LAYERS", help_heading = "Networks")]
    #[serde(skip_serializing_if = "Option::is_none")]
    discriminator: Option<String>,

    /// How the generator's parameters start: pytorch, "uniform BOUND" or "normal STD" [default: pytorch]
    #[arg(long, value_name = "INIT", help_heading = "Networks")]
    #[serde(skip_serializing_if = "Option::is_none")]
    init_g: Option<String>,

    /// How the discriminator's parameters start [default: pytorch]
    #[arg(long, value_name = "INIT", help_heading = "Networks")]
    #[serde(skip_serializing_if = "Option::is_none")]
    init_d: Option<String>,

    #[arg(long, value_name = "NAME", help_heading = "Networks", help = of_names::<OutputBias>("How the generator's output bias starts: as --init-g has it, or so that it gives the mean image"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bias: Option<String>,

    #[arg(long, value_name = "NAME", help_heading = "Training", help = of_names::<&'static Loss>("What the players minimise"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<String>,

    /// Factor on the discriminator's loss [default: 1]
    #[arg(long, value_name = "FACTOR", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    loss_d_scale: Option<f64>,

    #[arg(long, value_name = "NAME", help_heading = "Training", help = of_names::<Schedule>("Order of updates: k of D then one of G, or both at once"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,

    /// Weight of the R1 gradient penalty on real images, 0 for none
    #[arg(long, value_name = "GAMMA", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    r1: Option<f64>,

    /// Weight of the R2 gradient penalty on generated images, 0 for none
    #[arg(long, value_name = "GAMMA", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    r2: Option<f64>,

    /// Weight of WGAN-GP's penalty between real and generated images, 0 for none
    #[arg(long, value_name = "LAMBDA", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    gradient_penalty: Option<f64>,

    /// Clip D's weights to this bound after each of its updates, 0 for none
    #[arg(long, value_name = "BOUND", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_clip: Option<f64>,

    /// Left and right of real images change places with probability 1/2
    #[arg(long, num_args = 0, default_missing_value = "true", help_heading = "Training")]
    #[serde(skip_serializing_if = "Option::is_none")]
    flip: Option<bool>,

    #[arg(long, value_name = "NAMES", help_heading = "Training", help = augments())]
    #[serde(skip_serializing_if = "Option::is_none")]
    augment: Option<String>,

    /// Adapt the probability of --augment, of all there is where it is not given, to how much D overfits
    #[arg(long, num_args = 0, default_missing_value = "true", help_heading = "Training")]
    #[serde(skip_serializing_if = "Option::is_none")]
    ada: Option<bool>,

    /// Mean sign of D on real images at which --ada keeps the probability [default: 0.6]
    #[arg(long, value_name = "SIGN", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ada_target: Option<f64>,

    #[arg(long, value_name = "NAME", help_heading = "Training", help = of_names::<&'static OptimizerKind>("Optimizer of both nets"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    optimizer: Option<String>,

    /// Learning rate of both nets
    #[arg(long, value_name = "RATE", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lr: Option<f64>,

    /// Learning rate of the generator
    #[arg(long, value_name = "RATE", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lr_g: Option<f64>,

    /// Learning rate of the discriminator
    #[arg(long, value_name = "RATE", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lr_d: Option<f64>,

    /// Adam's decay of the mean of gradients
    #[arg(long, value_name = "BETA", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beta1: Option<f64>,

    /// Adam's decay of their squares
    #[arg(long, value_name = "BETA", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beta2: Option<f64>,

    /// RMSprop's decay of squared gradients [default: 0.99]
    #[arg(long, value_name = "ALPHA", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    rmsprop_alpha: Option<f64>,

    /// SGD's momentum [default: 0.5]
    #[arg(long, value_name = "SHARE", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    momentum: Option<f64>,

    /// Change of the momentum: none, or such as "0.7 by epoch 250" [default: none]
    #[arg(long, value_name = "RAMP", help_heading = "Training")]
    #[serde(skip_serializing_if = "Option::is_none")]
    momentum_ramp: Option<String>,

    /// Divide the learning rates by this with every update [default: 1]
    #[arg(long, value_name = "FACTOR", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lr_decay: Option<f64>,

    /// Where the learning rates stop to shrink [default: 0]
    #[arg(long, value_name = "RATE", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lr_floor: Option<f64>,

    /// Decay of the average of G's weights, from which samples are drawn; 0 for none
    #[arg(long, value_name = "DECAY", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ema: Option<f64>,

    #[arg(long, value_name = "TYPE", help_heading = "Training", help = of_names::<Storage>("How latents, images and layers' outputs rest in memory between kernels; weights and gradients stay f32"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<String>,

    /// Most MiB of the data set to hold on the device, as far as it can; of a larger set it is sent the batches, with the same results
    /// [default: 512]
    #[arg(long, value_name = "MIB", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_on_device: Option<usize>,

    /// Images per batch [default: 128]
    #[arg(long, value_name = "N", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<usize>,

    /// Updates of D per update of G [default: 1]
    #[arg(long, value_name = "N", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    k: Option<u32>,

    /// Steps to train (updates of G) [default: 3000]
    #[arg(long, value_name = "N", help_heading = "Training", conflicts_with = "epochs", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<u32>,

    /// Passes over the data to train, instead of steps
    #[arg(long, value_name = "N", help_heading = "Training", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<u32>,

    /// Folder of runs [default: runs]
    #[arg(long, value_name = "FOLDER", help_heading = "Run")]
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,

    /// Steps between checkpoints [default: 500]
    #[arg(long, value_name = "N", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint_every: Option<u32>,

    /// Checkpoints to keep, the newest [default: 3]
    #[arg(long, value_name = "N", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_checkpoints: Option<usize>,

    /// Steps between sample sheets [default: 250]
    #[arg(long, value_name = "N", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_every: Option<u32>,

    /// Images on a sample sheet [default: 64], or points in a figure
    #[arg(long, value_name = "N", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<usize>,

    /// Steps between lines of metrics, at most 256 [default: 50]
    #[arg(long, value_name = "N", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_every: Option<u32>,

    /// Steps per submission to the device, 0 to adapt; changes no result [default: 0]
    #[arg(long, value_name = "N", help_heading = "Run", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    steps_per_submit: Option<u32>,

    /// Take the device's usual way of computing matrix products, without trying which is the fastest
    #[arg(long = "no-tune", num_args = 0, default_missing_value = "false", help_heading = "Run")]
    #[serde(skip_serializing_if = "Option::is_none")]
    tune: Option<bool>,
}
