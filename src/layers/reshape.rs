//! The same values as pictures, or as rows of values. Values of a picture lie pixel by pixel, the channels of a pixel side by side.

use super::{Extent, Layer, Scope};
use crate::graph::Var;

/// `reshape C H W`, and `flatten`
#[derive(Debug)]
struct Reshape {
    /// None for as many values as there are, in no order.
    to: Option<Extent>,
}

impl Layer for Reshape {
    fn describe(&self) -> String {
        match self.to {
            Some(Extent { height, width, channels }) => format!("reshape {channels} {height} {width}"),
            None => "flatten".into(),
        }
    }

    fn output(&self, input: Extent) -> Result<Extent, String> {
        let to = self.to.unwrap_or(Extent::values(input.len()));
        match to.len() == input.len() {
            true => Ok(to),
            false => Err(format!("input has {} values, and {to} are {}", input.len(), to.len())),
        }
    }

    // A row per picture or per pixel: layers take either.
    fn apply<'g>(&self, _scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        x
    }
}

pub(super) fn parse(words: &[&str], image: Extent) -> Result<Box<dyn Layer>, String> {
    let size = |text: &str| match text.parse::<usize>() {
        Ok(size) if (1..=1_000_000).contains(&size) => Ok(size),
        _ => Err(format!("'{text}' is not a size")),
    };
    let to = match words {
        [channels, height, width] => Extent { height: size(height)?, width: size(width)?, channels: size(channels)? },
        [channels, part] if super::is_part(part) => Extent { channels: super::list::channels(channels)?, ..super::part_of(part, image)? },
        _ => return Err("expected channels, height and width, or channels and a size such as image/4 or start".into()),
    };
    Ok(Box::new(Reshape { to: Some(to) }))
}

pub(super) fn parse_flatten(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    match words {
        [] => Ok(Box::new(Reshape { to: None })),
        _ => Err(format!("'{}' is more than 'flatten' takes", words.join(" "))),
    }
}
