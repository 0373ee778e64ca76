//! Choices that only a configuration knows: what they stand for is said by what they build.

use super::Config;
use crate::ops::Optimizer;

/// A row of the table of optimizers.
#[derive(Debug)]
pub struct OptimizerKind {
    /// Name in a configuration.
    pub name: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
    /// Whether it has a momentum that can change.
    pub momentum: bool,
    /// The optimizer that a configuration describes.
    pub of: fn(&Config) -> Optimizer,
}

/// Rows are told apart by where they are.
impl PartialEq for OptimizerKind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Added to roots that optimizers divide by.
const EPSILON: f32 = 1e-8;

/// All optimizers, the default first.
pub static OPTIMIZERS: [OptimizerKind; 3] = [
    OptimizerKind {
        name: "adam",
        help: "steps of the size of the learning rate, by running means of gradients and of their squares (Kingma and Ba 2015)",
        momentum: false,
        of: |config| Optimizer::Adam { beta1: config.beta1 as f32, beta2: config.beta2 as f32, epsilon: EPSILON },
    },
    OptimizerKind {
        name: "sgd",
        help: "gradient descent with momentum",
        momentum: true,
        of: |config| {
            let momentum = config.momentum as f32;
            let momentum_final = config.momentum_ramp.end().map_or(momentum, |(momentum, _)| momentum);
            Optimizer::Sgd { momentum, momentum_final }
        },
    },
    OptimizerKind {
        name: "rmsprop",
        help: "gradients divided by the root of a running mean of their squares (Tieleman and Hinton 2012)",
        momentum: false,
        of: |config| Optimizer::RmsProp { alpha: config.rmsprop_alpha as f32, epsilon: EPSILON },
    },
];

/// How the momentum changes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ramp {
    /// Not at all.
    None,
    /// Linearly from the first epoch on.
    To {
        /// What it becomes.
        momentum: f32,
        /// The epoch, counted from 1, in which it is reached.
        epoch: u32,
    },
}

impl Ramp {
    /// How they are written.
    pub const KNOWN: [&'static str; 2] =
        ["none", "FINAL by epoch EPOCH (a momentum from 0 up to, not including, 1, and an epoch from 2 on, such as 0.7 by epoch 250)"];

    /// Reads `none`, or `0.7 by epoch 250`.
    pub fn parse(text: &str) -> Option<Ramp> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            ["none"] => Some(Ramp::None),
            [momentum, "by", "epoch", epoch] => {
                let momentum = momentum.parse::<f32>().ok().filter(|m| (0.0..1.0).contains(m))?;
                let epoch = epoch.parse::<u32>().ok().filter(|epoch| *epoch > 1)?;
                Some(Ramp::To { momentum, epoch })
            }
            _ => None,
        }
    }

    /// As [`Ramp::parse`] reads it.
    pub fn text(self) -> String {
        match self {
            Ramp::None => "none".into(),
            Ramp::To { momentum, epoch } => format!("{momentum} by epoch {epoch}"),
        }
    }

    /// Momentum and epoch at its end.
    pub fn end(self) -> Option<(f32, u32)> {
        match self {
            Ramp::None => None,
            Ramp::To { momentum, epoch } => Some((momentum, epoch)),
        }
    }
}

/// How G's output bias starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputBias {
    /// As all of its parameters.
    Init,
    /// So that it alone gives the mean image.
    DataMean,
}

impl OutputBias {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Init, Self::DataMean];

    /// Name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::DataMean => "data_mean",
        }
    }
}
