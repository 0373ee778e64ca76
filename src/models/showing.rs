//! G and D as they are, as a plan: points from latents, and the landscape that D makes of them.

use super::{
    GanSpec, Landscape, ModelError,
    gan::{Shown, show},
    network::ParameterSet,
    networks::networks,
};
use crate::{
    data::Distribution,
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
    /// Writes the plan for `rows` points.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &GanSpec, distribution: &Distribution, rows: usize) -> Result<Showing, ModelError> {
        let (g, d) = networks(spec)?;
        let mut plan = Plan::default();
        let weights = [g.weights(&mut plan, "")?, d.weights(&mut plan, "")?];
        let (run, shown, judged) = show(&mut plan, "show", rows, spec.latent, (&g, &weights[0]), (&d, &weights[1]))?;
        let landscape = Landscape::write(&mut plan, (&d, &weights[1]), &judged, spec.loss, distribution)?;
        Ok(Showing { plan, run, weights, shown, landscape })
    }
}
