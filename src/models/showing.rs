//! G and D as they are, as a plan: points from latents, and the landscape that D makes of them.

use super::{
    GanSpec, Landscape, ModelError,
    model::Model,
    network::ParameterSet,
    networks::networks,
    shown::{Shown, show},
};
use crate::{
    graph::Graph,
    plan::{Plan, SequenceId},
};

/// Both networks, to be looked at and not trained.
pub struct Showing {
    /// The plan, to be given to an engine.
    pub plan: Plan,
    /// Generates and judges.
    pub run: SequenceId,
    /// Weights of G and of D to upload.
    pub weights: [ParameterSet; 2],
    /// Points.
    pub shown: Shown,
    /// D around them.
    pub landscape: Landscape,
}

impl Showing {
    /// Writes the plan for `rows` points, and `places` at which D is asked.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &GanSpec, rows: usize, places: usize) -> Result<Showing, ModelError> {
        let (g, d) = networks(spec)?;
        let graph = Graph::new();
        let mut plan = Plan::default();
        let weights = [g.weights(&mut plan, "")?, d.weights(&mut plan, "")?];
        let mut m = Model::new(&graph, plan, 2, 1, 0)?;
        let nets = (m.net(&g, &weights[0]), m.net(&d, &weights[1]));
        let (run, shown) = show(&mut m, "show", (rows, spec.latent), (&nets.0, &nets.1))?;
        let landscape = Landscape::write(&mut m, &d, &nets.1, &shown, spec.loss, places)?;
        Ok(Showing { plan: m.plan, run, weights, shown, landscape })
    }
}
