//! What a figure of low-dimensional data needs besides the generated points: D all over the plane, and where it pushes G's points.

use super::{
    loss::Loss,
    model::Model,
    network::{Net, Network},
    shown::Shown,
};
use crate::{
    graph::{
        grad,
        lower::{LowerError, Target},
    },
    layers::{Masks, Pass},
    plan::{SequenceId, Tensor},
};

/// D around the points that G makes.
pub struct Landscape {
    /// Computes both; after a preview, whose points it takes.
    pub run: SequenceId,
    /// The direction in which each generated point lowers G's loss, -dloss/dx of that point alone `[rows, dimensions]`. Left at 0 where
    /// D has batch normalisation, whose way back is that of a training batch.
    pub pushes: Tensor,
    /// Where D is asked, for the host to fill `[places, dimensions]`.
    pub places: Tensor,
    /// What D says there, logits `[places, 1]`.
    pub logits: Tensor,
}

impl Landscape {
    /// Writes the sequence; `shown` are the generated points of a preview, and `count` is the number of places.
    ///
    /// # Errors
    /// [`LowerError`].
    pub(super) fn write<'g>(
        m: &mut Model<'g>,
        network: &Network,
        d: &Net<'_, 'g>,
        shown: &Shown,
        loss: &'static Loss,
        count: usize,
    ) -> Result<Landscape, LowerError> {
        let [rows, n] = [shown.images.shape[0], shown.images.shape[1]];
        let (asked, places) = m.input("landscape/places", [count, n])?;
        let judge = |x, name| d.of(x, name, Pass::Sampling, &mut Masks::default());
        let mut targets = vec![Target::of(judge(asked, "landscape/D"))];
        if network.first_mixing().is_none() {
            let points = m.graph.leaf("landscape/points", [rows, n]);
            m.lowering.place(points, &shown.images, 0);
            let logits = judge(points, "landscape/pushed");
            // The loss is a mean over rows; a point's own share of it is `rows` times as large.
            targets.push(Target::of(-(rows as f32) * grad((loss.g)(logits, logits), &[points])[0]));
        }
        let (run, tensors) = m.lowering.sequence(&mut m.plan, "landscape", &targets)?;
        let pushes = match tensors.get(1) {
            Some(pushes) => pushes.clone(),
            None => m.plan.tensor("landscape/pushes", &[rows, n])?,
        };
        Ok(Landscape { run, pushes, places, logits: tensors[0].clone() })
    }
}
