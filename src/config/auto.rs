//! Which preset a run starts from when none is asked for, or `auto`: by what its data are.

use super::{PRESETS, preset_for};
use crate::layers::{Extent, list};

/// The preset for data that are called so in a configuration and hold such pictures, and why.
pub fn preset(data: &str, image: Extent) -> (&'static str, String) {
    let usual = preset_for(data);
    let Extent { height, width, .. } = image;
    if usual != "conv" {
        let what = if data == "builtin" { "for its own digits" } else { "for points" };
        return (usual, format!("chosen {what}"));
    }
    match list::start(image) == image {
        true if height.min(width) <= 8 => ("mlp", format!("chosen for pictures as small as {width} x {height}")),
        true => {
            ("mlp", format!("chosen for pictures of {width} x {height}, which convolutions cannot halve; an even `size` would let them"))
        }
        false => ("conv", format!("chosen for pictures of {width} x {height}")),
    }
}

/// True for a name that leaves the choice to [`preset`].
pub(super) fn is_auto(name: &str) -> bool {
    name == "auto" && PRESETS.iter().all(|preset| preset.name != name)
}
