//! Augmentation of what D sees, real and generated images alike, with a gradient that goes back to G (DiffAugment, Zhao et al. 2020), and
//! its probability as D overfits (ADA, Karras et al. 2020).

use super::{
    model::{Draw, Model},
    spec::GanSpec,
};
use crate::{
    graph::Var,
    layers::Extent,
    ops::{
        COUNTER_D,
        augment::{self, KNOBS, Knobs, Picture},
    },
    plan::{Element, PlanError, Tensor},
};

impl From<Extent> for Picture {
    fn from(Extent { height, width, channels }: Extent) -> Picture {
        Picture { height, width, channels }
    }
}

/// Numbers that an update of D writes because of [`Ada`].
pub(super) const METRICS: usize = 2;

/// What is done to images, and how often.
pub(super) struct Augmentation<'g> {
    how: Knobs,
    pub(super) ada: Option<Ada<'g>>,
}

/// The probability as it adapts.
pub(super) struct Ada<'g> {
    target: f32,
    /// The probability, and the sum of mean signs since it last moved `[2]`.
    pub(super) state: Tensor,
    p: Var<'g>,
}

/// What is done to the images of an update: the values in the graph, and where they lie.
pub(super) type Drawn<'g> = Option<(Var<'g>, Tensor)>;

impl<'g> Augmentation<'g> {
    /// What `spec` asks for, of images with values in `range`.
    pub(super) fn new(m: &mut Model<'g>, spec: &GanSpec, (low, high): (f32, f32)) -> Result<Option<Augmentation<'g>>, PlanError> {
        if spec.augments.is_empty() {
            return Ok(None);
        }
        let (p, ada) = match spec.ada_target() {
            None => (m.plan.filled("p", Element::F32, &[1], 1.0)?, None),
            Some(target) => {
                let state = m.plan.tensor("ada", &[2])?;
                let p = m.graph.leaf("p", [1, 1]);
                m.lowering.place(p, &state, 0);
                (m.plan.view(state.buffer, 0, "p", &[1])?, Some(Ada { target, state, p }))
            }
        };
        // DiffAugment's values lie between -1 and 1, and change by up to 0.5.
        let brightness = (high - low) / 4.0;
        Ok(Some(Augmentation { how: Knobs { picture: spec.image.into(), augments: spec.augments, p, brightness }, ada }))
    }

    /// Memory for what is done to `images` images, and how it is drawn.
    pub(super) fn drawn(
        &self,
        m: &mut Model<'g>,
        (name, images): (&str, usize),
        stream: u32,
        draws: &mut Vec<Draw>,
    ) -> Result<Drawn<'g>, PlanError> {
        let tensor = m.plan.tensor(name, &[images, KNOBS])?;
        let leaf = m.graph.leaf(name, [images, KNOBS]);
        m.lowering.place(leaf, &tensor, 0);
        draws.push(Draw::Knobs { tensor: tensor.clone(), how: self.how.clone(), stream });
        Ok(Some((leaf, tensor)))
    }

    /// Images as D sees them.
    pub(super) fn seen(&self, images: Var<'g>, knobs: Var<'g>) -> Var<'g> {
        images.augment(self.how.picture, knobs)
    }
}

impl<'g> Ada<'g> {
    /// The numbers of an update: the mean sign of D on real images, from their logits above the boundary, and the probability.
    pub(super) fn metrics(&self, real: Var<'g>) -> [Var<'g>; METRICS] {
        [(real.step() - (-real).step()).mean(), self.p]
    }

    /// Goes on from an update of D whose numbers `values` have the mean sign at `place`, in the sequence begun last.
    pub(super) fn adapt(&self, m: &mut Model<'g>, values: &Tensor, place: usize, batch: usize) -> Result<(), PlanError> {
        augment::adapt(&mut m.plan, &m.state, COUNTER_D, (values, place), (self.target, batch), &self.state)
    }
}
