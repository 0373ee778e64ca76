//! Initial values of parameters.

use crate::{
    layers::{Branch, Initial, ParameterSpec},
    ops::LatentDistribution,
    random::{random_bits, uniform01},
};

/// How a network's parameters start.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Init {
    /// Each layer's own default, which is PyTorch's.
    PyTorch,
    /// Weights uniform within this bound, biases 0.
    Uniform(f32),
    /// Weights normal with this standard deviation, biases 0.
    Normal(f32),
    /// Weights normal with the standard deviation that keeps the size of values through leaky_relu 0.2, sqrt(2 / 1.04 / fan_in), of the last
    /// layer 1 / sqrt(fan_in); biases 0 (He et al. 2015, equation 15).
    He,
    /// For residual nets without normalisation (Zhang et al. 2019, "Fixup Initialization", section 3, as R3GAN has it): in each residual branch
    /// of m layers the last starts at 0, so that the net starts as if it had no branches, and the others as [`Init::He`] has them times
    /// L^(-1/(2m - 2)), with L branches in the net; layers outside of branches are normal with 1 / sqrt(fan_in), biases 0.
    Fixup,
}

impl Init {
    /// How the ways are written.
    pub const KNOWN: [&'static str; 5] =
        ["pytorch", "uniform BOUND (such as uniform 0.05)", "normal STD (such as normal 0.02)", "he", "fixup"];

    /// Reads `pytorch`, `he`, `fixup`, `uniform 0.05` or `normal 0.02`.
    pub fn parse(text: &str) -> Option<Init> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let positive = |number: &str| number.parse::<f32>().ok().filter(|n| *n > 0.0 && n.is_finite());
        match words[..] {
            ["pytorch"] => Some(Init::PyTorch),
            ["he"] => Some(Init::He),
            ["fixup"] => Some(Init::Fixup),
            ["uniform", bound] => positive(bound).map(Init::Uniform),
            ["normal", deviation] => positive(deviation).map(Init::Normal),
            _ => None,
        }
    }

    /// As [`Init::parse`] reads it.
    pub fn text(self) -> String {
        match self {
            Init::PyTorch => "pytorch".into(),
            Init::He => "he".into(),
            Init::Fixup => "fixup".into(),
            Init::Uniform(bound) => format!("uniform {bound}"),
            Init::Normal(deviation) => format!("normal {deviation}"),
        }
    }

    /// Values of one parameter tensor, of the last layer that has any or of another, of a net with so many residual branches; `stream` is its
    /// stream of randomness.
    pub fn values(self, spec: &ParameterSpec, (is_last, branches): (bool, usize), seed: u32, stream: u32) -> Vec<f32> {
        let len: usize = spec.shape.iter().product();
        let bits = |n: usize| random_bits(seed, 0, stream, n as u32);
        let uniform = |bound: f32| (0..len).map(|n| bound * (2.0 * uniform01(bits(n)) - 1.0)).collect();
        let normal = |deviation: f32| {
            let mut values = vec![0.0; len];
            LatentDistribution::Normal.latents(bits, &mut values);
            values.iter_mut().for_each(|value| *value *= deviation);
            values
        };
        match (self, spec.initial) {
            (_, Initial::Constant(value)) => vec![value; len],
            (_, Initial::Normal(deviation)) => normal(deviation),
            (Init::PyTorch, Initial::Uniform(bound)) => uniform(bound),
            (_, _) if spec.is_bias() => vec![0.0; len],
            (Init::Uniform(bound), _) => uniform(bound),
            (Init::Normal(deviation), _) => normal(deviation),
            (Init::Fixup, _) => match spec.branch {
                Some(Branch { last: true, .. }) => vec![0.0; len],
                Some(Branch { layers, .. }) => {
                    let depth = (branches.max(1) as f32).powf(-0.5 / (layers - 1) as f32);
                    normal((2.0 / 1.04 / spec.fan_in).sqrt() * depth)
                }
                None => normal(1.0 / spec.fan_in.sqrt()),
            },
            (Init::He, _) => normal((if is_last { 1.0 } else { 2.0 / 1.04 } / spec.fan_in).sqrt()),
        }
    }
}
