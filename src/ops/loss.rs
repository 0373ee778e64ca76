//! Losses of the two players, on logits.

use crate::plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets};

/// A row of the table of losses; its WGSL defines value and slope for D on real and generated images and for G.
#[derive(Debug)]
pub struct Loss {
    /// Name in a configuration.
    pub name: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
    /// WGSL.
    pub snippet: Snippet,
}

macro_rules! loss {
    ($name:literal, $help:literal) => {
        Loss {
            name: $name,
            help: $help,
            snippet: Snippet { name: $name, source: include_str!(concat!("../../shaders/losses/", $name, ".wgsl")) },
        }
    };
}

/// All losses, the default first.
pub static LOSSES: [Loss; 2] = [
    loss!("non_saturating", "G minimises -log D(G(z)) (Goodfellow et al. 2014, section 3)"),
    loss!("minimax", "G minimises log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1)"),
];

/// Loss of D and its slope by each logit.
pub static LOSS_D: Kernel =
    Kernel { name: "loss_d", source: include_str!("../../shaders/ops/loss_d.wgsl"), snippets: &[&snippets::LOGISTIC, &snippets::REDUCE] };

/// Loss of G and its slope by each logit.
pub static LOSS_G: Kernel =
    Kernel { name: "loss_g", source: include_str!("../../shaders/ops/loss_g.wgsl"), snippets: &[&snippets::LOGISTIC, &snippets::REDUCE] };

/// The discriminator's loss times `scale`. `logits` and `dlogits` `[2 rows, 1]`, first those of real images or, with `fake_first`, those
/// of generated ones; `tangent` `[rows, 1]` of the R1 penalty,
/// of which the first `tangent_rows` count; `loss` `[4]`.
///
/// # Errors
/// [`PlanError`].
pub fn loss_d(
    plan: &mut Plan,
    loss: &'static Loss,
    (rows, fake_first, scale): (usize, bool, f32),
    logits: &Tensor,
    (tangent, tangent_rows): (&Tensor, usize),
    dlogits: &Tensor,
    values: &Tensor,
) -> Result<(), PlanError> {
    plan.dispatch(
        &LOSS_D,
        &[&loss.snippet],
        &[
            ("rows", rows.into()),
            ("tangent_rows", tangent_rows.into()),
            ("real", if fake_first { rows } else { 0 }.into()),
            ("fake", if fake_first { 0 } else { rows }.into()),
            ("scale", scale.into()),
        ],
        &[("logits", logits), ("tangent", tangent), ("dlogits", dlogits), ("loss", values)],
        Grid::One,
    )
}

/// The generator's loss. `logits` and `dlogits` `[rows, 1]`, `loss` `[4]`.
///
/// # Errors
/// [`PlanError`].
pub fn loss_g(
    plan: &mut Plan,
    loss: &'static Loss,
    rows: usize,
    logits: &Tensor,
    dlogits: &Tensor,
    values: &Tensor,
) -> Result<(), PlanError> {
    plan.dispatch(
        &LOSS_G,
        &[&loss.snippet],
        &[("rows", rows.into())],
        &[("logits", logits), ("dlogits", dlogits), ("loss", values)],
        Grid::One,
    )
}
