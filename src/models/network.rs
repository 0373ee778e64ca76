//! A network: layers in a row, and their parameters.

use super::init::Init;
use crate::{
    graph::{Graph, Var, lower::Lowering},
    layers::{self, Extent, Layer, Masks, ParameterSpec, Pass, Scope},
    ops::pointwise::Activation,
    plan::{Element, Packing, Plan, PlanError, Tensor},
};

/// A layer list that makes no network.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// One entry is wrong.
    #[error("{net} layer {position}, '{text}': {what}")]
    Layer {
        /// `generator` or `discriminator`.
        net: &'static str,
        /// Counted from 1.
        position: usize,
        /// The entry.
        text: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// The data have no pictures for what is to be done to them.
    #[error("`{key}` {what}")]
    Pictures {
        /// The setting.
        key: &'static str,
        /// What is wrong and what to do.
        what: String,
    },
    /// The list as a whole is wrong.
    #[error("{net}: {what}")]
    List {
        /// `generator` or `discriminator`.
        net: &'static str,
        /// What is wrong and what to do.
        what: String,
    },
}

impl NetworkError {
    /// The setting that is wrong, such as `generator`.
    pub fn net(&self) -> &'static str {
        match self {
            NetworkError::Layer { net, .. } | NetworkError::List { net, .. } => net,
            NetworkError::Pictures { key, .. } => key,
        }
    }
}

#[derive(Debug)]
struct Placed {
    /// Position in the layer list, counted from 0: names its parameters, as in PyTorch's `Sequential`.
    index: usize,
    layer: Box<dyn Layer>,
    input: Extent,
    output: Extent,
}

/// Layers in a row.
#[derive(Debug)]
pub struct Network {
    /// `G` or `D`.
    pub tag: &'static str,
    name: &'static str,
    list: Vec<String>,
    layers: Vec<Placed>,
    /// How its parameters start.
    pub init: Init,
}

/// One value per parameter of a network, in one buffer: weights, gradients, moments or averages.
pub struct ParameterSet {
    /// All of them, with the gaps of the alignment (which stay zero).
    pub all: Tensor,
    /// Per layer that has any.
    pub layers: Vec<Vec<Tensor>>,
    /// What belongs to weights though no gradient changes it, such as running statistics; in a buffer of its own, where there is any.
    pub state: Option<Block>,
}

/// Tensors of all layers in one buffer.
pub struct Block {
    /// All of them.
    pub all: Tensor,
    /// Per layer.
    pub layers: Vec<Vec<Tensor>>,
}

impl ParameterSet {
    /// Every parameter tensor, without the state.
    pub fn parameters(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().flatten()
    }

    /// Every parameter tensor, then every tensor of state, named as in a checkpoint.
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().chain(self.state.iter().flat_map(|state| &state.layers)).flatten()
    }
}

/// Which of a layer's tensors.
type Specs = fn(&dyn Layer, Extent) -> Vec<ParameterSpec>;
const PARAMETERS: Specs = |layer, input| layer.parameters(input);
const STATE: Specs = |layer, input| layer.state(input);

/// A network in a graph: its parameters are leaves.
pub struct Net<'n, 'g> {
    network: &'n Network,
    graph: &'g Graph,
    parameters: Vec<Vec<Var<'g>>>,
    state: Vec<Vec<Var<'g>>>,
}

impl<'g> Net<'_, 'g> {
    /// Its output `[rows, outputs]` for x `[rows, inputs]`. The pass takes its dropout masks from `masks`; `name` begins the names of its values.
    pub fn of(&self, x: Var<'g>, name: &str, pass: Pass, masks: &mut Masks<'g>) -> Var<'g> {
        let mut y = x;
        for (place, placed) in self.network.layers.iter().enumerate() {
            let mut scope = Scope {
                graph: self.graph,
                place: (name, placed.index),
                parameters: &self.parameters[place],
                state: &self.state[place],
                input: placed.input,
                pass,
                masks,
                nested: false,
            };
            let before = y.id();
            y = placed.layer.apply(&mut scope, y);
            if y.id() != before {
                y = y.named(&format!("{name}/y.{}", placed.index));
            }
        }
        y.reshape([x.rows(), y.rows() * y.columns() / x.rows()])
    }

    /// All parameters, in the order of [`ParameterSet::parameters`].
    pub fn parameters(&self) -> Vec<Var<'g>> {
        self.parameters.concat()
    }
}

impl Network {
    /// Looks for entries that are no layers.
    ///
    /// # Errors
    /// [`NetworkError`] that names the first.
    pub fn check_list(name: &'static str, list: &[String], image: Extent) -> Result<(), NetworkError> {
        for (index, text) in list.iter().enumerate() {
            layers::list::check(text, image).map_err(|what| NetworkError::Layer {
                net: name,
                position: index + 1,
                text: text.clone(),
                what,
            })?;
        }
        Ok(())
    }

    /// Reads a layer list for rows of `input`; `image` is what an image of the data holds.
    ///
    /// # Errors
    /// [`NetworkError`] that names the layer.
    pub fn parse(
        tag: &'static str,
        name: &'static str,
        list: &[String],
        input: impl Into<Extent>,
        image: impl Into<Extent>,
    ) -> Result<Network, NetworkError> {
        let (input, image) = (input.into(), image.into());
        let in_list =
            |(index, what): (usize, String)| NetworkError::Layer { net: name, position: index + 1, text: list[index].clone(), what };
        let (list, _) = layers::list::resolve(list, image, input).map_err(in_list)?;
        let mut network = Network { tag, name, list: list.clone(), layers: Vec::new(), init: Init::PyTorch };
        for (index, text) in list.iter().enumerate() {
            let fail = |what| NetworkError::Layer { net: name, position: index + 1, text: text.clone(), what };
            let layer = layers::parse(text, image).map_err(fail)?;
            let input = network.layers.last().map_or(input, |placed| placed.output);
            let output = layer.output(input).map_err(fail)?;
            network.layers.push(Placed { index, layer, input, output });
        }
        if network.layers.iter().all(|placed| placed.layer.parameters(placed.input).is_empty()) {
            return Err(NetworkError::List { net: name, what: "has nothing to train; add a layer such as 'linear 256'".into() });
        }
        Ok(network)
    }

    /// Its parameters and state as leaves of a graph, which lie in `set`.
    pub fn bind<'g>(&self, graph: &'g Graph, lowering: &mut Lowering<'g>, set: &ParameterSet) -> Net<'_, 'g> {
        let mut leaves = |layers: &[Vec<Tensor>]| -> Vec<Vec<Var<'g>>> {
            let mut leaf = |tensor: &Tensor| {
                // Weights are `[outputs, all else]`, and what is one number per channel a row.
                let shape = match tensor.shape[..] {
                    [rows, ..] if tensor.shape.len() > 1 => [rows, tensor.len() / rows],
                    _ => [1, tensor.len()],
                };
                let leaf = graph.leaf(&tensor.name, shape);
                lowering.place(leaf, tensor, 0);
                leaf
            };
            layers.iter().map(|tensors| tensors.iter().map(&mut leaf).collect()).collect()
        };
        let parameters = leaves(&set.layers);
        let state = set.state.as_ref().map_or_else(|| vec![Vec::new(); self.layers.len()], |state| leaves(&state.layers));
        Net { network: self, graph, parameters, state }
    }

    /// Checks the number of values that the network gives.
    ///
    /// # Errors
    /// [`NetworkError`] that names the last layer that decides it.
    pub fn expect_outputs(&self, wanted: Extent, why: &str) -> Result<(), NetworkError> {
        let Some(last) = self.layers.last() else { return Ok(()) };
        if last.output.len() == wanted.len() && (last.output.pixels() == 1 || last.output == wanted) {
            return Ok(());
        }
        let decisive = self.layers.iter().rev().find(|placed| placed.input != placed.output).unwrap_or(last);
        let what = match last.output.pixels() {
            1 => {
                let (gives, needs) = (last.output.len(), wanted.len());
                format!("gives {gives} values per image, but {why} needs {needs}; make the last linear layer 'linear {needs}'")
            }
            _ => format!(
                "gives {} per image, but {why} needs {wanted}; change kernels, strides or paddings, or add a linear layer",
                last.output
            ),
        };
        Err(self.error_at(decisive.index, what))
    }

    /// An error about the layer at `index` of the list.
    pub fn error_at(&self, index: usize, what: String) -> NetworkError {
        NetworkError::Layer { net: self.name, position: index + 1, text: self.list[index].clone(), what }
    }

    /// What a row of its output holds.
    pub fn output(&self) -> Extent {
        self.layers.last().map_or(Extent::values(0), |placed| placed.output)
    }

    /// Activation at the end.
    pub fn last_activation(&self) -> Activation {
        self.layers.last().map_or(Activation::identity(), |placed| placed.layer.activation())
    }

    /// True where the last layer drops inputs while training.
    pub fn ends_in_mask(&self) -> bool {
        self.layers.last().is_some_and(|placed| placed.layer.drops_inputs())
    }

    /// Position in the list of the first layer whose output rows depend on other rows of a training batch.
    pub fn first_mixing(&self) -> Option<usize> {
        self.layers.iter().find(|placed| placed.layer.mixes_rows()).map(|placed| placed.index)
    }

    /// Number of entries in the layer list.
    pub fn list_len(&self) -> usize {
        self.list.len()
    }

    /// Number of parameters, gaps and state not counted.
    pub fn parameter_count(&self) -> usize {
        self.specs(PARAMETERS).map(|(_, _, spec)| spec.shape.iter().product::<usize>()).sum()
    }

    /// Index in `layers`, checkpoint name and spec of every parameter, or of all state.
    fn specs(&self, of: Specs) -> impl Iterator<Item = (usize, String, ParameterSpec)> {
        let tag = self.tag;
        self.layers.iter().enumerate().flat_map(move |(place, placed)| {
            let named = move |spec: ParameterSpec| (place, format!("{tag}.{}.{}", placed.index, spec.name), spec);
            of(&*placed.layer, placed.input).into_iter().map(named)
        })
    }

    fn block(&self, plan: &mut Plan, buffer: &str, prefix: &str, of: Specs) -> Result<Block, PlanError> {
        let mut packing = Packing::default();
        let starts: Vec<usize> = self.specs(of).map(|(_, _, spec)| packing.place(spec.shape.iter().product())).collect();
        let id = plan.buffer(buffer, Element::F32, packing.total(), 0.0);
        let all = plan.view(id, 0, buffer, &[packing.total()])?;
        let mut layers: Vec<Vec<Tensor>> = self.layers.iter().map(|_| Vec::new()).collect();
        for ((place, name, spec), start) in self.specs(of).zip(starts) {
            layers[place].push(plan.view(id, start, &format!("{prefix}{name}"), &spec.shape)?);
        }
        Ok(Block { all, layers })
    }

    /// Allocates one value per parameter: gradients or moments. `prefix` goes before the names: `gradient/`, `adam_m/` and so on.
    ///
    /// # Errors
    /// [`PlanError`], as all that follow.
    pub fn parameter_set(&self, plan: &mut Plan, prefix: &str) -> Result<ParameterSet, PlanError> {
        let Block { all, layers } = self.block(plan, &format!("{prefix}{}", self.tag), prefix, PARAMETERS)?;
        Ok(ParameterSet { all, layers, state: None })
    }

    /// Allocates what a forward pass needs: parameters, and state where layers have any. `prefix` is `""` for the weights themselves,
    /// `ema/` for their averages.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn weights(&self, plan: &mut Plan, prefix: &str) -> Result<ParameterSet, PlanError> {
        let mut set = self.parameter_set(plan, prefix)?;
        if self.specs(STATE).next().is_some() {
            set.state = Some(self.block(plan, &format!("{prefix}{}/state", self.tag), prefix, STATE)?);
        }
        Ok(set)
    }

    /// Initial values of every tensor of weights, in the order of [`ParameterSet::tensors`].
    pub fn initial_values(&self, seed: u32, first_stream: u32) -> Vec<Vec<f32>> {
        let last = self.specs(PARAMETERS).last().map(|(place, _, _)| place);
        let mut branches: Vec<usize> =
            self.specs(PARAMETERS).filter(|(_, _, spec)| spec.branch.is_some()).map(|(place, ..)| place).collect();
        branches.dedup();
        let draw = |(i, (place, _, spec)): (usize, (usize, String, ParameterSpec))| {
            self.init.values(&spec, (Some(place) == last, branches.len()), seed, first_stream + i as u32)
        };
        self.specs(PARAMETERS).chain(self.specs(STATE)).enumerate().map(draw).collect()
    }

    /// The last layer that is no activation.
    fn last_layer(&self) -> Option<usize> {
        self.layers.iter().rposition(|placed| placed.layer.activation().is_identity())
    }

    /// The bias that the output is the activation of, where the last layer but for one activation has one.
    pub fn output_bias<'a>(&self, set: &'a ParameterSet) -> Option<&'a Tensor> {
        let last = self.last_layer().filter(|last| last + 2 >= self.layers.len())?;
        let placed = &self.layers[last];
        // A maximum over pieces has several biases per output.
        let position = placed.layer.parameters(placed.input).iter().position(|spec| spec.is_bias())?;
        set.layers[last].get(position).filter(|bias| bias.len() == placed.output.len())
    }

    /// True where [`Network::output_bias`] gives one.
    pub fn has_output_bias(&self) -> bool {
        let of = |placed: &Placed| placed.layer.parameters(placed.input).iter().any(|p| p.is_bias() && p.shape == [placed.output.len()]);
        self.last_layer().filter(|last| last + 2 >= self.layers.len()).is_some_and(|last| of(&self.layers[last]))
    }

    /// One line per layer: position, kind, shapes and parameters.
    pub fn describe(&self) -> String {
        let line = |placed: &Placed| {
            let parameters: usize = placed.layer.parameters(placed.input).iter().map(|p| p.shape.iter().product::<usize>()).sum();
            let text = placed.layer.describe();
            format!(
                "  {}.{:<3} {text:<34} {:>14} -> {:<14} {parameters:>9} parameters\n",
                self.tag,
                placed.index,
                placed.input.to_string(),
                placed.output.to_string()
            )
        };
        self.layers.iter().map(line).collect()
    }
}
