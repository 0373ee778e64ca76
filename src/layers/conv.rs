//! Convolution and transposed convolution, as PyTorch's `Conv2d` and `ConvTranspose2d`, with zeros beyond the borders.
//!
//! Weights are `[filters, height, width, channels]` of the kernel, where PyTorch has `[filters, channels, height, width]`; those of a
//! transposed convolution of c inputs are those of the convolution that it is the adjoint of, which has c filters.

use super::{Extent, Initial, Layer, ParameterSpec, Scope, list};
use crate::{graph::Var, ops::convolution::Conv};

/// `conv CHANNELS KERNEL ...` and `conv_transpose CHANNELS KERNEL ...`
#[derive(Debug)]
struct Convolution {
    transposed: bool,
    /// Of the output.
    channels: usize,
    kernel: usize,
    stride: usize,
    pad: usize,
    output_pad: usize,
    groups: usize,
    bias: bool,
}

impl Convolution {
    /// The convolution over a picture of this extent, or the one whose adjoint this is.
    fn geometry(&self, input: Extent) -> Result<Conv, String> {
        let (extent, kernel) = ([input.height, input.width], [self.kernel; 2]);
        if !input.channels.is_multiple_of(self.groups) || !self.channels.is_multiple_of(self.groups) {
            return Err(format!("{} channels to {} cannot be cut into {} groups", input.channels, self.channels, self.groups));
        }
        match self.transposed {
            false => Conv::over(extent, kernel, self.stride, self.pad, self.groups),
            true => Conv::adjoint_over(extent, kernel, self.stride, (self.pad, self.output_pad), self.groups),
        }
    }
}

impl Layer for Convolution {
    fn describe(&self) -> String {
        let mut text = format!("{} {} {}", if self.transposed { "conv_transpose" } else { "conv" }, self.channels, self.kernel);
        for (name, value, usual) in
            [("stride", self.stride, 1), ("pad", self.pad, 0), ("output_pad", self.output_pad, 0), ("groups", self.groups, 1)]
        {
            if value != usual {
                text += &format!(" {name} {value}");
            }
        }
        if !self.bias {
            text += " no_bias";
        }
        text
    }

    fn output(&self, input: Extent) -> Result<Extent, String> {
        let conv = self.geometry(input)?;
        let [height, width] = if self.transposed { conv.input } else { conv.output };
        Ok(Extent { height, width, channels: self.channels })
    }

    /// PyTorch's default for both: uniform within 1/sqrt(fan_in), where it counts, for a transposed convolution too, what one element of
    /// the weight's second dimension sees.
    fn parameters(&self, input: Extent) -> Vec<ParameterSpec> {
        let k = self.kernel;
        let (filters, channels) = if self.transposed { (input.channels, self.channels) } else { (self.channels, input.channels) };
        let window = channels / self.groups * k * k;
        let initial = Initial::Uniform(1.0 / (window as f32).sqrt());
        // An output of a transposed convolution sees every stride-th element of the kernel along each axis.
        let fan_in = match self.transposed {
            true => (input.channels / self.groups * k * k) as f32 / (self.stride * self.stride) as f32,
            false => window as f32,
        };
        let weight = ParameterSpec::new("weight", vec![filters, k, k, channels / self.groups], initial, fan_in);
        let bias = ParameterSpec::new("bias", vec![self.channels], initial, fan_in);
        if self.bias { vec![weight, bias] } else { vec![weight] }
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let x = scope.pixels(x);
        let w = scope.parameters[0];
        let y = match self.geometry(scope.input) {
            Ok(conv) if self.transposed => x.conv_transpose(w, conv),
            Ok(conv) => x.conv(w, conv),
            // `output` has found it out before.
            Err(_) => x,
        };
        if self.bias { y + scope.parameters[1] } else { y }
    }
}

/// Reads `CHANNELS KERNEL`, then pairs of a word and a number.
fn read(words: &[&str], image: Extent, transposed: bool) -> Result<Box<dyn Layer>, String> {
    let [channels, kernel, options @ ..] = words else { return Err("expected a number of channels and a size of the kernel".into()) };
    let size = |what: &str, text: &str, least: usize, most: usize| match text.parse::<usize>() {
        Ok(size) if (least..=most).contains(&size) => Ok(size),
        _ => Err(format!("'{text}' is not a {what} from {least} to {most}")),
    };
    let mut layer = Convolution {
        transposed,
        channels: if *channels == "image" { image.channels } else { list::channels(channels)? },
        kernel: if *kernel == "whole" { 1 } else { size("size of a kernel", kernel, 1, 127)? },
        stride: 1,
        pad: 0,
        output_pad: 0,
        groups: 1,
        bias: true,
    };
    let mut rest = options.iter();
    while let Some(&name) = rest.next() {
        if name == "no_bias" {
            layer.bias = false;
            continue;
        }
        let (what, place, least) = match name {
            "stride" => ("stride", &mut layer.stride, 1),
            "pad" => ("padding", &mut layer.pad, 0),
            "output_pad" if transposed => ("padding of the output", &mut layer.output_pad, 0),
            "groups" => ("number of groups", &mut layer.groups, 1),
            other => return Err(format!("'{other}' is not known")),
        };
        let value = rest.next().ok_or_else(|| format!("a number must follow '{name}'"))?;
        *place = size(what, value, least, 65_536)?;
    }
    Ok(Box::new(layer))
}

pub(super) fn parse(words: &[&str], image: Extent) -> Result<Box<dyn Layer>, String> {
    read(words, image, false)
}

pub(super) fn parse_transposed(words: &[&str], image: Extent) -> Result<Box<dyn Layer>, String> {
    read(words, image, true)
}
