//! A generator alone, as a plan: latents in, images out.

use super::{
    model::Model,
    network::{Network, ParameterSet},
};
use crate::{
    graph::{
        Graph,
        lower::{LowerError, Target},
    },
    layers::{Masks, Pass},
    plan::{Plan, SequenceId, Tensor},
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
    /// [`LowerError`].
    pub fn build(generator: &Network, latent: usize, rows: usize) -> Result<Sampler, LowerError> {
        let graph = Graph::new();
        let mut plan = Plan::default();
        let weights = generator.weights(&mut plan, "")?;
        let mut m = Model::new(&graph, plan, 1, 1, 0)?;
        let g = m.net(generator, &weights);
        let (z_leaf, z) = m.input("z", [rows, latent])?;
        let images = g.of(z_leaf, "G", Pass::Sampling, &mut Masks::default());
        let (run, tensors) = m.lowering.sequence(&mut m.plan, "sample", &[Target::of(images)])?;
        Ok(Sampler { plan: m.plan, run, weights, z, images: tensors[0].clone() })
    }
}
