//! Normalisation of each picture by itself, over groups of its channels (Wu and He 2018, "Group Normalization"): group, layer, instance and
//! pixel norm.

pub mod cases;
pub mod twin;

use crate::{
    ops::{batch_norm, pointwise::Activation},
    plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, Value, snippets},
};

static BLOCKS: Snippet = Snippet { name: "blocks", source: include_str!("../../../shaders/group_norm/blocks.wgsl"), needs: &[] };

/// y by the statistics of each block, which it saves
pub static FORWARD: Kernel = Kernel {
    name: "group_norm_forward",
    source: include_str!("../../../shaders/group_norm/group_norm_forward.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::REDUCE, &BLOCKS],
};

/// dx
pub static BACKWARD_INPUT: Kernel = Kernel {
    name: "group_norm_backward_input",
    source: include_str!("../../../shaders/group_norm/group_norm_backward_input.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::REDUCE, &BLOCKS],
};

/// dw = sum of dy (x - mean) / std, db = sum of dy
pub static BACKWARD_PARAMS: Kernel = Kernel {
    name: "group_norm_backward_params",
    source: include_str!("../../../shaders/group_norm/group_norm_backward_params.wgsl"),
    snippets: &[&snippets::ELEMENT, &snippets::CHANNELS],
};

/// What is normalised together: of `pixels` rows `[pixels, channels]` each of `groups` equal groups of channels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Blocks {
    /// Rows of a block: those of a picture, or one.
    pub pixels: usize,
    /// Blocks side by side.
    pub groups: usize,
    /// Whether the mean is taken away.
    pub centred: bool,
    /// Added to the variance.
    pub epsilon: f32,
}

impl Blocks {
    /// Blocks of so many rows.
    pub fn count(&self, rows: usize) -> usize {
        rows / self.pixels * self.groups
    }

    fn sizes(&self, x: &Tensor) -> Vec<(&'static str, Value)> {
        let (rows, channels) = (x.shape[0], x.shape[1]);
        vec![
            ("blocks", self.count(rows).into()),
            ("pixels", self.pixels.into()),
            ("channels", channels.into()),
            ("groups", self.groups.into()),
            ("rows", rows.into()),
        ]
    }

    fn grid(&self, x: &Tensor) -> Grid {
        Grid::Elements(self.count(x.shape[0]) * 256)
    }
}

/// Writes y = f(w x^ + b) from row `first_row` of y on. x `[rows, channels]`, w and b `[1, channels]`; `saved` `[2, blocks]` gets the
/// mean and 1/std of each block.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(
    plan: &mut Plan,
    blocks: &Blocks,
    [x, w, b]: [&Tensor; 3],
    f: Activation,
    saved: &Tensor,
    (y, first_row): (&Tensor, usize),
) -> Result<(), PlanError> {
    let mut params = blocks.sizes(x);
    params.extend([
        ("centred", usize::from(blocks.centred).into()),
        ("first_row", first_row.into()),
        ("epsilon", blocks.epsilon.into()),
        ("alpha", f.alpha.into()),
    ]);
    let bindings = [("x", x), ("w", w), ("b", b), ("saved", saved), ("y", y)];
    plan.dispatch(&FORWARD, &[&f.kind.snippet], &params, &bindings, blocks.grid(x))
}

/// Writes the gradient by x. dy, x `[rows, channels]`, w `[1, channels]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_input(plan: &mut Plan, blocks: &Blocks, [dy, x, w]: [&Tensor; 3], saved: &Tensor, dx: &Tensor) -> Result<(), PlanError> {
    let mut params = blocks.sizes(x);
    params.push(("centred", usize::from(blocks.centred).into()));
    plan.dispatch(&BACKWARD_INPUT, &[], &params, &[("dy", dy), ("x", x), ("w", w), ("saved", saved), ("dx", dx)], blocks.grid(x))
}

/// Writes the gradients by w and b `[1, channels]`. dy, x `[rows, channels]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_params(
    plan: &mut Plan,
    blocks: &Blocks,
    [dy, x]: [&Tensor; 2],
    saved: &Tensor,
    (dw, db): (&Tensor, &Tensor),
) -> Result<(), PlanError> {
    let channels = x.shape[1];
    let mut params = blocks.sizes(x);
    params.extend([("positions", 1usize.into()), ("across", batch_norm::across(channels, 1).into())]);
    let bindings = [("dy", dy), ("x", x), ("saved", saved), ("dw", dw), ("db", db)];
    plan.dispatch(&BACKWARD_PARAMS, &[], &params, &bindings, batch_norm::grid(channels, 1))
}
