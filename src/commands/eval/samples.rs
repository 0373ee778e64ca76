//! Samples from a file, in place of the generator's.

use super::super::{generate::Generator, output::extension};
use crate::{cli::EvalArgs, train::session::AnyError};
use std::path::Path;

/// Samples from a file `[n, pixels]`, and the range of their values.
pub fn read(path: &Path, args: &EvalArgs, generator: &Generator) -> Result<(Vec<f32>, (f32, f32)), AnyError> {
    let shape = generator.checkpoint.data.shape;
    let pixels: usize = shape.iter().product();
    let [channels, height, width] = shape;
    let points = generator.distribution_of_data().is_some();
    let expected = match points {
        true => format!("expected a .npy of floats [n, {pixels}], in row-major order"),
        false => format!("expected a .npy of floats or bytes [n, {channels}, {height}, {width}] or [n, {pixels}], in row-major order"),
    };
    let bad = |what: String| format!("samples {}: {what}; {expected}", path.display());
    if extension(path) != "npy" {
        return Err(bad("not .npy".into()).into());
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read the samples {}: {error}", path.display()))?;
    let open = || npyz::NpyFile::new(&bytes[..]).map_err(|error| bad(error.to_string()));
    let file = open()?;
    let found: Vec<usize> = file.shape().iter().map(|extent| *extent as usize).collect();
    let fits = found.len() >= 2 && found[1..].iter().product::<usize>() == pixels && [2, 3, 4].contains(&found.len());
    if !fits || file.order() != npyz::Order::C {
        return Err(bad(format!("shape {found:?}{}", if file.order() == npyz::Order::C { "" } else { ", column-major" })).into());
    }
    let mut range = generator.range;
    let mut values = match open()?.into_vec::<f32>() {
        Ok(values) => values,
        Err(_) => match open()?.into_vec::<f64>() {
            Ok(values) => values.into_iter().map(|value| value as f32).collect(),
            Err(error) if points => return Err(bad(error.to_string()).into()),
            Err(_) => {
                range = (0.0, 255.0);
                let bytes = open()?.into_vec::<u8>().map_err(|error| bad(error.to_string()))?;
                bytes.into_iter().map(f32::from).collect()
            }
        },
    };
    let n = args.n.unwrap_or(found[0]);
    if n > found[0] {
        return Err(format!("{} holds {} samples, -n asks for {n}", path.display(), found[0]).into());
    }
    values.truncate(n * pixels);
    Ok((values, args.range.unwrap_or(range)))
}
