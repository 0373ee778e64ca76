//! Dropout (Srivastava et al. 2014): y = x * mask while training, y = x when sampling. The mask is drawn by
//! [`crate::ops::dropout_mask`] before the pass and saved for the way back.

use super::{Activation, BackwardInput, Layer, Pass, Site, Tangent, activation::ActivationLayer};
use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

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

impl Dropout {
    fn pass(plan: &mut Plan, x: &Tensor, mask: &Tensor, y: &Tensor, [rows, inputs, first_row]: [usize; 3]) -> Result<(), PlanError> {
        plan.dispatch(
            &FORWARD,
            &[],
            &[("rows", rows.into()), ("inputs", inputs.into()), ("first_row", first_row.into())],
            &[("x", x), ("mask", mask), ("y", y)],
            Grid::Elements(rows * inputs),
        )
    }
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
        Self::pass(plan, site.x, site.mask()?, site.y, [site.rows, site.inputs, site.first_row])
    }

    fn backward_input(&self, plan: &mut Plan, site: &Site, backward: &BackwardInput) -> Result<(), PlanError> {
        if site.mask.is_none() {
            // Nothing is dropped when sampling.
            return ActivationLayer(Activation::identity()).backward_input(plan, site, backward);
        }
        let BackwardInput { rows, dy, dx, previous, scale } = *backward;
        if site.pass == Pass::Sampling {
            // Nothing was dropped.
            return ActivationLayer(Activation::identity()).backward_input(plan, site, backward);
        }
        plan.dispatch(
            &BACKWARD,
            &[&previous.kind.snippet],
            &[("rows", rows.into()), ("inputs", site.inputs.into()), ("scale", scale.into()), ("alpha", previous.alpha.into())],
            &[("dy", dy), ("mask", site.mask()?), ("x", site.x), ("dx", dx)],
            Grid::Elements(rows * site.inputs),
        )
    }

    fn tangent(&self, plan: &mut Plan, site: &Site, tangent: &Tangent) -> Result<(), PlanError> {
        Self::pass(plan, tangent.t, site.mask()?, tangent.ty, [tangent.rows, site.inputs, 0])
    }
}
