//! Images for people: G makes them of latents that the host gives, and D judges them.

use super::{model::Model, network::Net};
use crate::{
    graph::lower::{LowerError, Target},
    layers::{Masks, Pass},
    plan::{SequenceId, Tensor},
};

/// Latents given by the host, the images that G makes of them, and what D thinks of those; dropout off.
pub struct Shown {
    /// Latents `[rows, latent]`.
    pub z: Tensor,
    /// Images `[rows, pixels]`, in the generator's range.
    pub images: Tensor,
    /// D's logits `[rows, 1]`.
    pub logits: Tensor,
}

/// Writes a sequence that generates `rows` images of latents of some size and judges them.
pub(super) fn show<'g>(
    m: &mut Model<'g>,
    name: &'static str,
    (rows, latent): (usize, usize),
    (g, d): (&Net<'_, 'g>, &Net<'_, 'g>),
) -> Result<(SequenceId, Shown), LowerError> {
    let (z, z_tensor) = m.input(&format!("{name}/z"), [rows, latent])?;
    let images = g.of(z, &format!("{name}/G"), Pass::Sampling, &mut Masks::default());
    let logits = d.of(images, &format!("{name}/D"), Pass::Sampling, &mut Masks::default());
    let (sequence, tensors) = m.lowering.sequence(&mut m.plan, name, &[Target::of(images), Target::of(logits)])?;
    Ok((sequence, Shown { z: z_tensor, images: tensors[0].clone(), logits: tensors[1].clone() }))
}
