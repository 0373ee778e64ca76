//! Samples from a file, in place of the generator's: how their values lie and what range they have is recognised, or asked for.

use super::super::{generate::Generator, output::extension};
use crate::{
    cli::{EvalArgs, Layout},
    data::npy::Array,
    train::session::{self, AnyError},
};
use std::path::Path;

/// Samples from a file `[n, pixels]`, and the range of their values. What is assumed about them is said.
pub fn read(path: &Path, args: &EvalArgs, generator: &Generator, say: session::Say) -> Result<(Vec<f32>, (f32, f32)), AnyError> {
    let shape = generator.checkpoint.data.shape;
    let pixels: usize = shape.iter().product();
    let [channels, height, width] = shape;
    let points = generator.distribution_of_data().is_some();
    let expected = match points {
        true => format!("expected a .npy of floats [n, {pixels}], in row-major order"),
        false => format!(
            "expected a .npy of numbers [n, {channels}, {height}, {width}], [n, {height}, {width}, {channels}] or [n, {pixels}], in row-major order"
        ),
    };
    let bad = |what: &str| format!("samples {}: {what}; {expected}", path.display());
    if extension(path) != "npy" {
        return Err(bad("not .npy").into());
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read the samples {}: {error}", path.display()))?;
    let array = Array::parse(&bytes).map_err(|what| bad(&what))?;
    if !array.row_major {
        return Err(bad(&format!("shape {:?}, column-major", array.shape)).into());
    }
    if points && array.is_integer() {
        return Err(bad("whole numbers").into());
    }
    let (count, layout) = match layout(&array.shape, shape, args.layout) {
        Some(Ok(found)) => found,
        Some(Err(())) => {
            let name = path.display();
            return Err(format!(
                "samples {name}: the shape {:?} does not tell where the channels are; give --layout nchw or nhwc",
                array.shape
            )
            .into());
        }
        None => return Err(bad(&format!("shape {:?}", array.shape)).into()),
    };
    let n = args.n.unwrap_or(count);
    if n > count {
        return Err(format!("{} holds {count} samples, -n asks for {n}", path.display()).into());
    }
    let place = |i: usize| {
        let (image, at) = (i / pixels, i % pixels);
        let (channel, place) = (at / (height * width), at % (height * width));
        if layout == Layout::Nhwc { image * pixels + place * channels + channel } else { i }
    };
    let values: Vec<f32> = (0..n * pixels).map(|i| array.value(place(i)) as f32).collect();
    if points {
        return Ok((values, generator.range));
    }
    let range = match args.range {
        Some(range) => range,
        None => range(&array, &values, generator.range).ok_or_else(|| {
            let (low, high) = bounds(&values);
            format!(
                "samples {}: values from {low} to {high}, which is neither 0 to 1, -1 to 1 nor 0 to 255; give their range, such as --range 0,1",
                path.display()
            )
        })?,
    };
    let lie = if channels == 1 { String::new() } else { format!(", channels {}", if layout == Layout::Nhwc { "last" } else { "first" }) };
    say("samples", format!("{} of {}: values from {} to {}{lie}", n, path.display(), range.0, range.1));
    Ok((values, range))
}

/// How many samples there are and where their channels lie; an error where the shape does not tell, `None` where it does not fit.
fn layout(found: &[usize], [channels, height, width]: [usize; 3], asked: Option<Layout>) -> Option<Result<(usize, Layout), ()>> {
    let (&count, rest) = found.split_first()?;
    let pixels = channels * height * width;
    let first = rest == [channels, height, width];
    let last = rest == [height, width, channels];
    let plain = channels == 1 && rest == [height, width];
    let flat = rest == [pixels];
    let fits = |layout| match layout {
        Layout::Nchw => first || plain || flat,
        Layout::Nhwc => last || plain || flat,
    };
    match asked {
        Some(layout) => fits(layout).then_some(Ok((count, layout))),
        // With one channel, or one place, both are the same.
        None if channels == 1 || height * width == 1 => (fits(Layout::Nchw) || fits(Layout::Nhwc)).then_some(Ok((count, Layout::Nchw))),
        None if flat || first && last => Some(Err(())),
        None if first => Some(Ok((count, Layout::Nchw))),
        None if last => Some(Ok((count, Layout::Nhwc))),
        None => None,
    }
}

fn bounds(values: &[f32]) -> (f32, f32) {
    values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)))
}

/// The range that values are in by what they are; that of the generator where they are no numbers, which is said elsewhere.
fn range(array: &Array, values: &[f32], generator: (f32, f32)) -> Option<(f32, f32)> {
    let (low, high) = bounds(values);
    let hair = 1e-3;
    if values.iter().any(|value| !value.is_finite()) {
        return Some(generator);
    }
    let known: &[(f32, f32)] = if array.is_integer() { &[(0.0, 255.0)] } else { &[(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)] };
    // Floats that stay far below 255 are no bytes.
    let known = if !array.is_integer() && high < 64.0 { &known[..2] } else { known };
    known.iter().copied().find(|(least, most)| low >= least - hair * (most - least) && high <= most + hair * (most - least))
}
