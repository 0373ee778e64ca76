//! What a figure of low-dimensional data needs besides the generated points: D all over the plane, and where it pushes G's points.

use super::network::{Network, ParameterSet, Tape};
use crate::{
    data::Distribution,
    figure,
    layers::{Activation, Pass},
    ops::{Loss, loss},
    plan::{Plan, PlanError, SequenceId, Tensor},
};

/// D around the points that G makes.
pub struct Landscape {
    /// Computes both; after a preview, whose points it takes.
    pub run: SequenceId,
    /// The direction in which each generated point lowers G's loss, -dloss/dx of that point alone `[rows, dimensions]`. Left at 0 where
    /// D has batch normalisation, whose way back is that of a training batch.
    pub pushes: Tensor,
    /// Where D is asked, for the host to fill from [`figure::grid`] `[places, dimensions]`.
    pub places: Tensor,
    /// What D says there, logits `[places, 1]`.
    pub logits: Tensor,
}

impl Landscape {
    /// Writes the sequence; `judged` is D's pass over the generated points of a preview.
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
        let places = plan.stored("landscape/places", &[count, n])?;
        let run = plan.begin("landscape");
        let asked = d.tape(plan, "landscape/D", &places, count, None, Pass::Sampling)?;
        d.forward(plan, &asked, weights)?;

        let pushes = plan.tensor("landscape/pushes", &[rows, n])?;
        let landscape = Landscape { run, pushes, places, logits: asked.y().clone() };
        if d.first_mixing().is_some() {
            return Ok(landscape);
        }
        let dlogits = plan.tensor("landscape/dlogits", &[rows, 1])?;
        let value = plan.tensor("landscape/loss", &[4])?;
        loss::loss_g(plan, loss, rows, judged.y(), &dlogits, &value)?;
        let deltas = d.backward(plan, "landscape/pushed", judged, weights, &dlogits, rows)?;
        // The loss is a mean over rows; a point's own share of it is `rows` times as large.
        let wanted = (rows, Activation::identity(), -(rows as f32));
        d.backward_to_input(plan, "landscape/pushed", (judged, weights), &deltas, wanted, &landscape.pushes)?;
        Ok(landscape)
    }
}
