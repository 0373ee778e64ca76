//! Which latent makes this picture? Gradient descent by z, with the generator as it is (Creswell and Bharath 2016).

use super::{
    gan::ModelError,
    model::{Model, Part, Trained, Update},
    network::{Network, ParameterSet},
};
use crate::{
    graph::Graph,
    layers::{Masks, Pass},
    ops::{Annealing, Optimizer},
    plan::{Plan, Tensor},
};

/// The search for latents: its plan, and the tensors that the host reads and writes.
pub struct Infer {
    /// The plan, to be given to an engine.
    pub plan: Plan,
    /// One step of the search; its first value is the mean squared error before it.
    pub update: Update,
    /// Weights of the generator to upload.
    pub weights: ParameterSet,
    /// Latents `[rows, latent]`, where the search stands; the host says where it begins.
    pub z: Tensor,
    /// Pictures that are looked for `[rows, pixels]`.
    pub pictures: Tensor,
    /// Learning rate `[1]`.
    pub dials: Tensor,
}

impl Infer {
    /// Writes the plan for `rows` pictures at once.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(generator: &Network, latent: usize, pixels: usize, rows: usize, optimizer: Optimizer) -> Result<Infer, ModelError> {
        let graph = Graph::new();
        let mut plan = Plan::default();
        let weights = generator.weights(&mut plan, "")?;
        let trained = Trained::new(&mut plan, "z", &[rows, latent], &optimizer)?;
        let mut m = Model::new(&graph, plan, 1, Model::columns(0), 0)?;
        let g = m.net(generator, &weights);
        let (picture, pictures) = m.input("pictures", [rows, pixels])?;
        let z = graph.leaf("z", [rows, latent]);
        m.lowering.place(z, &trained.weights, 0);

        let error = (g.of(z, "G", Pass::Sampling, &mut Masks::default()) - picture).square().mean();

        let draw = m.draw("draw", &[], 0)?;
        let part = Part {
            by: vec![(z, trained.gradients.clone())],
            trained: trained.clone(),
            loss: error,
            moved: Vec::new(),
            metrics: Vec::new(),
            counter: 0,
            column: 0,
            optimizer,
            annealing: Annealing::NONE,
            clip: None,
            ema: None,
        };
        let update = m.update(draw, ["gradients", "apply"], &[part])?;
        Ok(Infer { plan: m.plan, update, weights, z: trained.weights, pictures, dials: m.dials })
    }
}
