//! Pictures enlarged and reduced, without parameters.

use super::{Extent, Layer, Scope};
use crate::{
    graph::Var,
    ops::resample::{Filter, Resample},
};

/// `up FILTER FACTOR` and `down FILTER FACTOR`
#[derive(Debug)]
struct Resampling {
    up: bool,
    name: &'static str,
    filter: Filter,
    /// None for all of the picture.
    factor: Option<usize>,
}

/// Filters that enlarge, and those that reduce.
const UP: [(&str, Filter); 3] = [("nearest", Filter::Nearest), ("bilinear", Filter::Bilinear), ("blur", Filter::Blur)];
const DOWN: [(&str, Filter); 3] = [("mean", Filter::Mean), ("sum", Filter::Sum), ("blur", Filter::Blur)];

impl Resampling {
    fn over(&self, input: Extent) -> Result<Resample, String> {
        let from = [input.height, input.width];
        let [height, width] = from;
        let factor = match (self.factor, self.up) {
            (None, _) => return Ok(Resample::down(self.filter, from, [1, 1])),
            (Some(factor), true) => return Ok(Resample::up(self.filter, from, factor)),
            (Some(factor), false) => factor,
        };
        match from.iter().all(|extent| extent.is_multiple_of(factor)) {
            true => Ok(Resample::down(self.filter, from, from.map(|extent| extent / factor))),
            false => Err(format!("input is {width} wide and {height} high, which {factor} does not divide")),
        }
    }
}

impl Layer for Resampling {
    fn describe(&self) -> String {
        let text = format!("{} {}", if self.up { "up" } else { "down" }, self.name);
        match self.factor {
            Some(2) => text,
            Some(factor) => format!("{text} {factor}"),
            None => format!("{text} all"),
        }
    }

    fn output(&self, input: Extent) -> Result<Extent, String> {
        let [height, width] = self.over(input)?.output();
        match height.max(width) <= 1 << 13 {
            true => Ok(Extent { height, width, ..input }),
            false => Err(format!("{width} x {height} pixels are too many")),
        }
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        match self.over(scope.input) {
            Ok(resample) => scope.pixels(x).resample(resample),
            // `output` has found it out before.
            Err(_) => x,
        }
    }
}

fn read(words: &[&str], up: bool) -> Result<Box<dyn Layer>, String> {
    let filters = if up { UP } else { DOWN };
    let (name, factor) = match *words {
        [name] => (name, Some(2)),
        [name, "all"] if !up => (name, None),
        [name, factor] => match factor.parse::<usize>() {
            Ok(factor @ 2..=64) => (name, Some(factor)),
            _ => return Err(format!("'{factor}' is not a factor from 2 to 64")),
        },
        _ => return Err("expected the name of a filter".into()),
    };
    let known = filters.map(|(name, _)| name).join(", ");
    let Some((name, filter)) = filters.into_iter().find(|(known, _)| *known == name) else {
        return Err(format!("no filter is called '{name}'; there are: {known}"));
    };
    if filter == Filter::Blur && factor != Some(2) {
        return Err("blur is for factor 2".into());
    }
    Ok(Box::new(Resampling { up, name, filter, factor }))
}

pub(super) fn parse_up(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    read(words, true)
}

pub(super) fn parse_down(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    read(words, false)
}
