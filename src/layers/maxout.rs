//! Maxout (Goodfellow et al. 2013, "Maxout Networks"): a linear layer h `[rows, units, pieces]`, of which each unit passes its largest
//! piece on. The piece that won is saved; where several are equal, the lowest wins and alone gets the gradient (PyTorch's `amax` would
//! share it among them).
//!
//! Between this layer's max and its linear part travels dh, which [`Layer::backward_max`] writes; the rest of the way back is the linear
//! layer's own.

use super::{BackwardInput, BackwardParams, Layer, OwnTensor, ParameterSpec, Pass, Site, Tangent, linear::Linear};
use crate::plan::{Element, Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// y = max over pieces of h, and which piece that is
pub static FORWARD: Kernel =
    Kernel { name: "maxout_forward", source: include_str!("../../shaders/layers/maxout_forward.wgsl"), snippets: &[&snippets::ELEMENT] };

/// dh = dy for the piece that won
pub static BACKWARD: Kernel =
    Kernel { name: "maxout_backward", source: include_str!("../../shaders/layers/maxout_backward.wgsl"), snippets: &[&snippets::ELEMENT] };

/// ty = th of the piece that won
pub static TANGENT: Kernel =
    Kernel { name: "maxout_tangent", source: include_str!("../../shaders/layers/maxout_tangent.wgsl"), snippets: &[&snippets::ELEMENT] };

/// `maxout UNITS x PIECES`
#[derive(Debug)]
pub struct Maxout {
    linear: Linear,
    units: usize,
    pieces: usize,
}

/// Places of a layer's own tensors in [`Site::own`].
const H: usize = 0;
const WINNER: usize = 1;

impl Maxout {
    /// A layer of `units` units, each the largest of `pieces` linear functions.
    pub fn new(units: usize, pieces: usize) -> Self {
        Maxout { linear: Linear::new(units * pieces), units, pieces }
    }
}

impl Layer for Maxout {
    fn describe(&self) -> String {
        format!("maxout {} x {}", self.units, self.pieces)
    }

    fn outputs(&self, _inputs: usize) -> usize {
        self.units
    }

    fn parameters(&self, inputs: usize) -> Vec<ParameterSpec> {
        self.linear.parameters(inputs)
    }

    fn own(&self, rows: usize, _inputs: usize, _pass: Pass) -> Vec<OwnTensor> {
        vec![
            OwnTensor { name: "h", element: Element::Stored, shape: vec![rows, self.units * self.pieces] },
            OwnTensor { name: "winner", element: Element::U32, shape: vec![rows, self.units] },
        ]
    }

    fn forward(&self, plan: &mut Plan, site: &Site) -> Result<(), PlanError> {
        let Site { rows, first_row, .. } = *site;
        self.linear.forward(plan, &Site { y: site.own(H)?, first_row: 0, ..*site })?;
        plan.dispatch(
            &FORWARD,
            &[],
            &[("rows", rows.into()), ("units", self.units.into()), ("pieces", self.pieces.into()), ("first_row", first_row.into())],
            &[("h", site.own(H)?), ("y", site.y), ("winner", site.own(WINNER)?)],
            Grid::Elements(rows * self.units),
        )
    }

    fn before_max(&self) -> Option<usize> {
        Some(self.units * self.pieces)
    }

    fn backward_max(&self, plan: &mut Plan, site: &Site, rows: usize, dy: &Tensor, dh: &Tensor) -> Result<(), PlanError> {
        plan.dispatch(
            &BACKWARD,
            &[],
            &[("rows", rows.into()), ("units", self.units.into()), ("pieces", self.pieces.into())],
            &[("dy", dy), ("winner", site.own(WINNER)?), ("dh", dh)],
            Grid::Elements(rows * self.units * self.pieces),
        )
    }

    fn backward_input(&self, plan: &mut Plan, site: &Site, backward: &BackwardInput) -> Result<(), PlanError> {
        self.linear.backward_input(plan, site, backward)
    }

    fn backward_params(&self, plan: &mut Plan, site: &Site, backward: &BackwardParams) -> Result<(), PlanError> {
        self.linear.backward_params(plan, site, backward)
    }

    fn tangent(&self, plan: &mut Plan, site: &Site, tangent: &Tangent) -> Result<(), PlanError> {
        let Tangent { rows, t, ty, th } = *tangent;
        let th = th.ok_or(PlanError::Dispatch { kernel: TANGENT.name, name: "th".into(), what: "not allocated".into() })?;
        // The linear part has no activation, so that its slope, 1, needs no y of the right shape but h.
        self.linear.tangent(plan, &Site { y: site.own(H)?, first_row: 0, ..*site }, &Tangent { rows, t, ty: th, th: None })?;
        plan.dispatch(
            &TANGENT,
            &[],
            &[("rows", rows.into()), ("units", self.units.into()), ("pieces", self.pieces.into())],
            &[("th", th), ("winner", site.own(WINNER)?), ("ty", ty)],
            Grid::Elements(rows * self.units),
        )
    }
}
