//! What a figure of low-dimensional data needs besides the generated points: D all over the plane, and where it pushes G's points.

use super::network::{Network, ParameterSet, Tape};
use crate::{
    data::Distribution,
    figure,
    layers::Activation,
    ops::{Loss, loss},
    plan::{Plan, PlanError, Tensor},
};

/// D around the points that G makes.
pub struct Landscape {
    /// The direction in which each generated point lowers G's loss, -dloss/dx of that point alone `[rows, dimensions]`.
    pub pushes: Tensor,
    /// Where D is asked, for the host to fill from [`figure::grid`] `[places, dimensions]`.
    pub places: Tensor,
    /// What D says there, logits `[places, 1]`.
    pub logits: Tensor,
}

impl Landscape {
    /// Adds to the sequence that has just judged generated points on `judged`.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn write(
        plan: &mut Plan,
        (d, weights): (&Network, &ParameterSet),
        judged: &Tape,
        loss: &'static Loss,
        distribution: &Distribution,
    ) -> Result<Landscape, PlanError> {
        let (rows, n) = (judged.y().shape[0], distribution.dimensions);
        let count = figure::grid(distribution).len() / n;
        let places = plan.tensor("landscape/places", &[count, n])?;
        let asked = d.tape(plan, "landscape/D", &places, count, None, false)?;
        d.forward(plan, &asked, weights)?;

        let dlogits = plan.tensor("landscape/dlogits", &[rows, 1])?;
        let value = plan.tensor("landscape/loss", &[4])?;
        loss::loss_g(plan, loss, rows, judged.y(), &dlogits, &value)?;
        let deltas = d.backward(plan, "landscape/pushed", judged, weights, &dlogits)?;
        let pushes = plan.tensor("landscape/pushes", &[rows, n])?;
        // The loss is a mean over rows; a point's own share of it is `rows` times as large.
        d.backward_to_input(plan, judged, weights, &deltas, (rows, Activation::identity(), -(rows as f32)), &pushes)?;
        Ok(Landscape { pushes, places, logits: asked.y().clone() })
    }
}
