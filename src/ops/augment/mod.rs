//! Augmentation of pictures: what is done to each is drawn as 8 numbers, its knobs, and, given these, a picture's change is linear but for
//! its brightness. So its way back is one kernel, and each is the other's gradient.

pub mod cases;
pub mod twin;

use super::window::{result, source};
use crate::{
    ops::State,
    plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, Value, snippets},
};

/// What knobs mean, and where a pixel goes.
static PIXELS: Snippet = Snippet { name: "knobs", source: include_str!("../../../shaders/augment/knobs.wgsl"), needs: &[] };

/// Pictures as their knobs have them
pub static FORWARD: Kernel = Kernel {
    name: "augment",
    source: include_str!("../../../shaders/augment/augment.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::REDUCE, &PIXELS],
};

/// Its way back
pub static BY_INPUT: Kernel = Kernel {
    name: "augment_by_input",
    source: include_str!("../../../shaders/augment/augment_by_input.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::REDUCE, &PIXELS],
};

/// What is done to each picture
pub static DRAW: Kernel = Kernel {
    name: "augment_knobs",
    source: include_str!("../../../shaders/augment/augment_knobs.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::RNG, &PIXELS],
};

/// How often something is done
pub static ADAPT: Kernel =
    Kernel { name: "augment_adapt", source: include_str!("../../../shaders/augment/augment_adapt.wgsl"), snippets: &[] };

/// Numbers that say what is done to a picture.
pub const KNOBS: usize = 8;

/// Threads of a workgroup, which takes one picture.
const THREADS: usize = 256;

/// A row of the table of augmentations.
#[derive(Debug)]
pub struct Augment {
    /// Name in a configuration.
    pub name: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
    /// Height and width from which on it does something that leaves a picture.
    pub least: usize,
}

/// All augmentations, in the order in which they are done. Formulas of the last three: DiffAugment (Zhao et al. 2020), their code.
pub static AUGMENTS: [Augment; 4] = [
    Augment { name: "flip", help: "left and right change places with probability 1/2", least: 2 },
    Augment { name: "color", help: "brightness +- a quarter of the range, saturation x 0 to 2, contrast x 0.5 to 1.5", least: 1 },
    Augment { name: "translation", help: "moved by up to an eighth of its size, 0 beyond its border", least: 4 },
    Augment { name: "cutout", help: "a part half as high and wide set to 0", least: 2 },
];

/// Some of the rows of [`AUGMENTS`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Augments(u32);

impl Augments {
    /// None of them.
    pub const NONE: Augments = Augments(0);
    /// How that is written.
    pub const NONE_NAME: &'static str = "none";
    /// Every one.
    pub const ALL: Augments = Augments((1 << AUGMENTS.len()) - 1);

    /// True for none.
    pub fn is_empty(self) -> bool {
        self == Augments::NONE
    }

    /// True where a row is among them.
    pub fn has(self, row: &Augment) -> bool {
        self.rows().any(|one| std::ptr::eq(one, row))
    }

    /// With a row that is not among them, without one that is.
    pub fn toggled(self, row: &Augment) -> Augments {
        let place = AUGMENTS.iter().position(|one| std::ptr::eq(one, row));
        Augments(self.0 ^ place.map_or(0, |place| 1 << place))
    }

    /// The rows, in order.
    pub fn rows(self) -> impl Iterator<Item = &'static Augment> {
        AUGMENTS.iter().enumerate().filter(move |(place, _)| self.0 >> place & 1 == 1).map(|(_, row)| row)
    }

    /// Reads `none`, or names with commas between them.
    pub fn parse(text: &str) -> Option<Augments> {
        if text.trim() == Augments::NONE_NAME {
            return Some(Augments::NONE);
        }
        let place = |name: &str| AUGMENTS.iter().position(|row| row.name == name.trim());
        text.split(',').try_fold(Augments::NONE, |some, name| Some(Augments(some.0 | 1 << place(name)?)))
    }

    /// As [`Augments::parse`] reads it.
    pub fn text(self) -> String {
        let names: Vec<&str> = self.rows().map(|row| row.name).collect();
        if names.is_empty() { Augments::NONE_NAME.into() } else { names.join(",") }
    }
}

/// Extents of a picture, whose values are a row, the channels of each pixel side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Picture {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Values of a pixel.
    pub channels: usize,
}

impl Picture {
    /// Values of a picture.
    pub fn columns(self) -> usize {
        self.height * self.width * self.channels
    }

    /// `3 of 28 x 28`, as the command line has extents.
    pub fn text(self) -> String {
        let Picture { height, width, channels } = self;
        format!("{channels} of {height} x {width}")
    }

    fn params(self, rows: usize) -> Vec<(&'static str, Value)> {
        let Picture { height, width, channels } = self;
        let sizes = [("rows", rows), ("height", height), ("width", width), ("channels", channels), ("columns", self.columns())];
        sizes.map(|(name, size)| (name, size.into())).into()
    }
}

/// Writes y = the pictures x as their knobs have them; without `shift` only the part that is linear in x, which has no brightness.
/// x, y `[rows, columns]`, knobs `[rows, KNOBS]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(plan: &mut Plan, picture: Picture, shift: bool, x: &Tensor, knobs: &Tensor, y: &Tensor) -> Result<(), PlanError> {
    let rows = knobs.shape[0];
    let mut params = picture.params(rows);
    params.push(("shift", f32::from(u8::from(shift)).into()));
    let bindings = [("x", x), ("knobs", knobs), ("y", y)];
    plan.dispatch(&FORWARD, &[source(x.element), result(y.element)], &params, &bindings, Grid::Elements(rows * THREADS))
}

/// Writes dx, the gradient of [`forward`] by x from dy, both `[rows, columns]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_input(plan: &mut Plan, picture: Picture, dy: &Tensor, knobs: &Tensor, dx: &Tensor) -> Result<(), PlanError> {
    let rows = knobs.shape[0];
    let bindings = [("dy", dy), ("knobs", knobs), ("dx", dx)];
    plan.dispatch(&BY_INPUT, &[], &picture.params(rows), &bindings, Grid::Elements(rows * THREADS))
}

/// How knobs are drawn.
#[derive(Clone, Debug)]
pub struct Knobs {
    /// Of what pictures.
    pub picture: Picture,
    /// What may be done.
    pub augments: Augments,
    /// With which probability each of it is done `[1]`.
    pub p: Tensor,
    /// The most that is added to or taken from every value.
    pub brightness: f32,
}

/// Draws `knobs` `[rows, KNOBS]` for the update that `state[counter]` counts.
///
/// # Errors
/// [`PlanError`].
pub fn draw(
    plan: &mut Plan,
    how: &Knobs,
    state: &State,
    (seed, stream, counter): (u32, u32, u32),
    knobs: &Tensor,
) -> Result<(), PlanError> {
    let rows = knobs.shape[0];
    plan.dispatch(
        &DRAW,
        &[],
        &[
            ("rows", rows.into()),
            ("height", how.picture.height.into()),
            ("width", how.picture.width.into()),
            ("chosen", how.augments.0.into()),
            ("seed", seed.into()),
            ("stream", stream.into()),
            ("counter", counter.into()),
            ("brightness", how.brightness.into()),
        ],
        &[("state", &state.counters), ("p", &how.p), ("knobs", knobs)],
        Grid::Elements(rows),
    )
}

/// Updates of D between two steps of the probability.
const EVERY: usize = 4;

/// Pictures over which the probability goes from 0 to 1 where D is sure of itself all along.
const PICTURES: f32 = 500_000.0;

/// Moves the probability `ada[0]` towards where the mean sign of D on real images, `values[place]`, is `target`, after an update of D with
/// `batch` real images. ada `[2]`.
///
/// # Errors
/// [`PlanError`].
pub fn adapt(
    plan: &mut Plan,
    state: &State,
    counter: u32,
    (values, place): (&Tensor, usize),
    (target, batch): (f32, usize),
    ada: &Tensor,
) -> Result<(), PlanError> {
    plan.dispatch(
        &ADAPT,
        &[],
        &[
            ("values", values.len().into()),
            ("place", place.into()),
            ("counter", counter.into()),
            ("every", EVERY.into()),
            ("target_sign", target.into()),
            ("step", ((EVERY * batch) as f32 / PICTURES).into()),
        ],
        &[("numbers", values), ("state", &state.counters), ("ada", ada)],
        Grid::One,
    )
}
