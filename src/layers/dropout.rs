//! Dropout (Srivastava et al. 2014): y = x * mask while training, y = x when sampling. The mask is drawn by
//! [`crate::ops::dropout_mask`] before the pass and saved for the way back.

use super::{Activation, BackwardInput, Layer, Site, Tangent, activation::ActivationLayer};
use crate::plan::{Grid, Kernel, Plan, PlanError, snippets};

/// y = x * mask
pub static FORWARD: Kernel =
    Kernel { name: "dropout_forward", source: include_str!("../../shaders/layers/dropout_forward.wgsl"), snippets: &[&snippets::ELEMENT] };

/// dx = dy * mask, times the slope of the activation before
pub static BACKWARD: Kernel = Kernel {
    name: "dropout_backward",
    source: include_str!("../../shaders/layers/dropout_backward.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// `dropout P`: drops with probability P, keeps with 1 - P.
#[derive(Debug)]
pub struct Dropout {
    /// Probability to keep an input, in (0, 1].
    pub keep: f32,
}

impl Layer for Dropout {
    fn describe(&self) -> String {
        format!("dropout {}", 1.0 - self.keep)
    }

    fn outputs(&self, inputs: usize) -> usize {
        inputs
    }

    fn mask_keep(&self) -> Option<f32> {
        Some(self.keep)
    }

    fn forward(&self, plan: &mut Plan, site: &Site) -> Result<(), PlanError> {
        let Site { rows, inputs, first_row, .. } = *site;
        plan.dispatch(
            &FORWARD,
            &[],
            &[("rows", rows.into()), ("inputs", inputs.into()), ("first_row", first_row.into())],
            &[("x", site.x), ("mask", site.mask()?), ("y", site.y)],
            Grid::Elements(rows * inputs),
        )
    }

    fn backward_input(&self, plan: &mut Plan, site: &Site, backward: &BackwardInput) -> Result<(), PlanError> {
        if site.mask.is_none() {
            // Nothing is dropped when sampling.
            return ActivationLayer(Activation::identity()).backward_input(plan, site, backward);
        }
        let BackwardInput { rows, dy, dx, previous, scale } = *backward;
        plan.dispatch(
            &BACKWARD,
            &[&previous.kind.snippet],
            &[("rows", rows.into()), ("inputs", site.inputs.into()), ("scale", scale.into()), ("alpha", previous.alpha.into())],
            &[("dy", dy), ("mask", site.mask()?), ("x", site.x), ("dx", dx)],
            Grid::Elements(rows * site.inputs),
        )
    }

    fn tangent(&self, plan: &mut Plan, site: &Site, tangent: &Tangent) -> Result<(), PlanError> {
        // A factor per value: the way forth is that of the way back.
        let Tangent { rows, t, ty, .. } = *tangent;
        self.backward_input(plan, site, &BackwardInput { rows, dy: t, dx: ty, previous: Activation::identity(), scale: 1.0 })
    }
}
