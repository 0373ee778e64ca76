//! A generator alone, as a plan: latents in, images out.

use super::network::{Network, ParameterSet};
use crate::{
    layers::Pass,
    plan::{Plan, PlanError, SequenceId, Tensor},
};

/// A generator that makes `rows` images per run.
pub struct Sampler {
    /// The plan, to be given to an engine.
    pub plan: Plan,
    /// Generates.
    pub run: SequenceId,
    /// Weights to upload.
    pub weights: ParameterSet,
    /// Latents `[rows, latent]`.
    pub z: Tensor,
    /// Images `[rows, pixels]` in the generator's range.
    pub images: Tensor,
}

impl Sampler {
    /// Writes the plan.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn build(generator: &Network, latent: usize, pixels: usize, rows: usize) -> Result<Sampler, PlanError> {
        let mut plan = Plan::default();
        let weights = generator.weights(&mut plan, "")?;
        let z = plan.stored("z", &[rows, latent])?;
        let images = plan.stored("images", &[rows, pixels])?;
        let tape = generator.tape(&mut plan, "G", &z, rows, Some((&images, 0)), Pass::Sampling)?;
        let run = plan.begin("sample");
        generator.forward(&mut plan, &tape, &weights)?;
        Ok(Sampler { plan, run, weights, z, images })
    }
}
