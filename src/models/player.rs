//! One net of the game with what trains it.

use super::{
    model::{Part, Trained},
    network::{Net, Network, ParameterSet},
};
use crate::{
    graph::Var,
    layers::Masks,
    ops::{
        Annealing, Optimizer,
        optimizer::{BLOCK, POWERS},
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
    /// What the optimizer needs of the past, `[4]`; see `shaders/statistics/statistics.wgsl`.
    pub powers: Tensor,
    /// Sums of squares of gradients and weights, per block of parameters `[blocks, 2]`.
    pub partials: Tensor,
}

impl Player {
    /// The tensors of a net.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(plan: &mut Plan, network: Network, optimizer: &Optimizer) -> Result<Player, PlanError> {
        let tag = network.tag;
        let weights = network.weights(plan, "")?;
        let gradients = network.parameter_set(plan, "gradient/")?;
        let mut moments = Vec::new();
        for name in optimizer.moment_names() {
            moments.push(network.parameter_set(plan, &format!("{name}/"))?);
        }
        let powers = plan.filled(&format!("powers/{tag}"), Element::F32, &[POWERS], 1.0)?;
        let partials = plan.tensor(&format!("partials/{tag}"), &[weights.all.len().div_ceil(BLOCK), 2])?;
        Ok(Player { network, weights, gradients, moments, powers, partials })
    }

    /// As an optimizer sees it.
    pub fn trained(&self) -> Trained {
        Trained {
            weights: self.weights.all.clone(),
            state: self.weights.state.as_ref().map(|state| state.all.clone()),
            gradients: self.gradients.all.clone(),
            moments: self.moments.iter().map(|set| set.all.clone()).collect(),
            powers: self.powers.clone(),
            partials: self.partials.clone(),
        }
    }

    /// Its share of an update that minimises `loss`, without further metrics. `pass` is what its pass has left. `counter` is the number of
    /// the net, `column` its first column in the ring.
    pub fn part<'g>(
        &self,
        (net, pass): (&Net<'_, 'g>, &Masks<'g>),
        loss: Var<'g>,
        optimizer: Optimizer,
        [counter, column]: [usize; 2],
    ) -> Part<'static, 'g> {
        Part {
            trained: self.trained(),
            by: self.gradients_by(net),
            loss,
            moved: pass.moved().to_vec(),
            metrics: Vec::new(),
            counter: counter as u32,
            column,
            optimizer,
            annealing: Annealing::NONE,
            clip: None,
            ema: None,
        }
    }

    /// Its parameters in a graph, each with the place of its gradient.
    pub fn gradients_by<'g>(&self, net: &Net<'_, 'g>) -> Vec<(Var<'g>, Tensor)> {
        net.parameters().into_iter().zip(self.gradients.parameters().cloned()).collect()
    }

    /// Initial values, by tensor.
    pub fn initial_values(&self, seed: u32, first_stream: u32) -> Vec<(&Tensor, Vec<f32>)> {
        self.weights.tensors().zip(self.network.initial_values(seed, first_stream)).collect()
    }

    /// Tensors that a checkpoint must hold.
    pub fn checkpoint_tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.weights.tensors().chain(self.moments.iter().flat_map(ParameterSet::tensors)).chain([&self.powers])
    }
}
