//! One net of the game with what trains it.

use super::{
    gan::GanSpec,
    network::{Network, ParameterSet},
};
use crate::{
    ops::{
        Optimizer, State,
        optimizer::{BLOCK, POWERS, Slots},
        statistics::statistics,
    },
    plan::{Element, Plan, PlanError, Tensor},
};

/// What is optimised and with what: one net's tensors.
pub struct Player {
    /// Layers.
    pub network: Network,
    /// Weights.
    pub weights: ParameterSet,
    /// Gradients of the last update.
    pub gradients: ParameterSet,
    /// Optimizer state, in the order of [`Optimizer::moment_names`].
    pub moments: Vec<ParameterSet>,
    /// What the optimizer needs of the past, `[4]`; see `shaders/ops/statistics.wgsl`.
    pub powers: Tensor,
    /// Loss and further means of the last update `[4]`; see `shaders/ops/loss_*.wgsl`.
    pub loss: Tensor,
    partials: Tensor,
}

impl Player {
    /// The tensors of a net.
    pub(super) fn new(plan: &mut Plan, network: Network, optimizer: &Optimizer) -> Result<Player, PlanError> {
        let tag = network.tag;
        let weights = network.weights(plan, "")?;
        let gradients = network.parameter_set(plan, "gradient/")?;
        let mut moments = Vec::new();
        for name in optimizer.moment_names() {
            moments.push(network.parameter_set(plan, &format!("{name}/"))?);
        }
        let powers = plan.filled(&format!("powers/{tag}"), Element::F32, &[POWERS], 1.0)?;
        let loss = plan.tensor(&format!("loss/{tag}"), &[4])?;
        let partials = plan.tensor(&format!("partials/{tag}"), &[weights.all.len().div_ceil(BLOCK), 2])?;
        Ok(Player { network, weights, gradients, moments, powers, loss, partials })
    }

    /// The optimizer's step. The dial of a net is its counter's number.
    pub(super) fn optimize(&self, plan: &mut Plan, spec: &GanSpec, dials: &Tensor, dial: u32) -> Result<(), PlanError> {
        let moments: Vec<Tensor> = self.moments.iter().map(|set| set.all.clone()).collect();
        let slots = Slots {
            dials,
            dial,
            powers: &self.powers,
            gradients: &self.gradients.all,
            weights: &self.weights.all,
            moments: &moments,
            partials: &self.partials,
        };
        spec.optimizer.update(plan, &spec.annealing, &slots)
    }

    /// Statistics, and counters onward.
    pub(super) fn finish(&self, plan: &mut Plan, spec: &GanSpec, state: &State, counter: u32) -> Result<(), PlanError> {
        let batches = (spec.images / spec.batch).max(1);
        let rules = (&spec.optimizer, &spec.annealing, batches);
        statistics(plan, state, counter, rules, self.weights.all.len(), (&self.loss, &self.partials, &self.powers))
    }
}
