//! Normalisations of each picture by itself (Wu and He 2018): no picture depends on another, so that gradient penalties work with them.

use super::{Extent, Initial, Layer, ParameterSpec, Scope};
use crate::{graph::Var, ops::group_norm::Blocks};

/// Which values are normalised together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A group of the channels of a picture.
    Group(usize),
    /// All of a picture (Ba et al. 2016).
    Layer,
    /// Each channel of a picture (Ulyanov et al. 2016).
    Instance,
    /// The channels of each pixel, whose mean stays (Karras et al. 2018).
    Pixel,
}

/// `group_norm GROUPS`, `layer_norm`, `instance_norm`, `pixel_norm`
#[derive(Debug)]
struct Norm {
    kind: Kind,
    /// Added to the variance.
    epsilon: f32,
}

impl Norm {
    /// Added to the variance, unless a layer list says otherwise.
    fn usual(kind: Kind) -> f32 {
        if kind == Kind::Pixel { 1e-8 } else { 1e-5 }
    }

    /// Whether it has a weight and a bias per channel.
    fn trains(&self) -> bool {
        matches!(self.kind, Kind::Group(_) | Kind::Layer)
    }
}

impl Layer for Norm {
    fn describe(&self) -> String {
        let mut text = match self.kind {
            Kind::Group(groups) => format!("group_norm {groups}"),
            Kind::Layer => "layer_norm".into(),
            Kind::Instance => "instance_norm".into(),
            Kind::Pixel => "pixel_norm".into(),
        };
        if self.epsilon != Norm::usual(self.kind) {
            text += &format!(" {}", self.epsilon);
        }
        text
    }

    fn output(&self, input: Extent) -> Result<Extent, String> {
        match self.kind {
            Kind::Group(groups) if !input.channels.is_multiple_of(groups) => {
                Err(format!("{} channels cannot be cut into {groups} groups", input.channels))
            }
            Kind::Instance if input.pixels() == 1 => Err("a channel of one pixel has no variance; use layer_norm".into()),
            _ => Ok(input),
        }
    }

    fn parameters(&self, input: Extent) -> Vec<ParameterSpec> {
        let spec = |name, value| ParameterSpec::new(name, vec![input.channels], Initial::Constant(value), 1.0);
        if self.trains() { vec![spec("weight", 1.0), spec("bias", 0.0)] } else { Vec::new() }
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let (pixels, channels) = (scope.input.pixels(), scope.input.channels);
        let (pixels, groups, centred) = match self.kind {
            Kind::Group(groups) => (pixels, groups, true),
            Kind::Layer => (pixels, 1, true),
            Kind::Instance => (pixels, channels, true),
            Kind::Pixel => (1, 1, false),
        };
        let parameters = match scope.parameters {
            [w, b] => [*w, *b],
            _ => [1.0, 0.0].map(|value| scope.graph.constant(value, [1, channels])),
        };
        scope.pixels(x).group_norm(Blocks { pixels, groups, centred, epsilon: self.epsilon }, parameters)
    }
}

fn read(kind: Kind, words: &[&str]) -> Result<Box<dyn Layer>, String> {
    let epsilon = match words {
        [] => Norm::usual(kind),
        [text] => match text.parse::<f32>() {
            // Below the smallest normal number a device may take it for 0.
            Ok(epsilon) if epsilon >= f32::MIN_POSITIVE && epsilon.is_finite() => epsilon,
            _ => return Err(format!("'{text}' is not a positive number to add to the variance, such as 1e-5")),
        },
        _ => return Err(format!("'{}' is more than it takes", words.join(" "))),
    };
    Ok(Box::new(Norm { kind, epsilon }))
}

pub(super) fn parse_group(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    let [groups, rest @ ..] = words else { return Err("expected a number of groups".into()) };
    match groups.parse::<usize>() {
        Ok(groups @ 1..) => read(Kind::Group(groups), rest),
        _ => Err(format!("'{groups}' is not a number of groups")),
    }
}

pub(super) fn parse_layer(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    read(Kind::Layer, words)
}

pub(super) fn parse_instance(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    read(Kind::Instance, words)
}

pub(super) fn parse_pixel(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    read(Kind::Pixel, words)
}
