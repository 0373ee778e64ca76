//! A network: layers in a row, their parameters, and its passes written into a plan.

use super::init::Init;
use crate::{
    layers::{self, Activation, BackwardInput, BackwardParams, Layer, ParameterSpec, Parsed, Pass, R1Term, Site, Tangent},
    ops::{State, mask::dropout_mask},
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
    /// `generator` or `discriminator`.
    pub fn net(&self) -> &'static str {
        match self {
            NetworkError::Layer { net, .. } | NetworkError::List { net, .. } => net,
        }
    }
}

struct Placed {
    /// Position in the layer list, counted from 0: names its parameters, as in PyTorch's `Sequential`.
    index: usize,
    layer: Box<dyn Layer>,
    inputs: usize,
    outputs: usize,
}

/// Layers in a row.
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
    /// Every parameter tensor, then every tensor of state, named as in a checkpoint.
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().chain(self.state.iter().flat_map(|state| &state.layers)).flatten()
    }
}

/// Which of a layer's tensors.
type Specs = fn(&dyn Layer, usize) -> Vec<ParameterSpec>;
const PARAMETERS: Specs = |layer, inputs| layer.parameters(inputs);
const STATE: Specs = |layer, inputs| layer.state(inputs);

/// The tensors of one forward pass, for the way back.
pub struct Tape {
    rows: usize,
    x: Tensor,
    pass: Pass,
    outputs: Vec<Tensor>,
    masks: Vec<Option<Tensor>>,
    /// Per layer, in the order of [`Layer::own`].
    own: Vec<Vec<Tensor>>,
    /// Row of the last output at which it starts.
    first_row: usize,
}

impl Tape {
    /// Output of the last layer.
    pub fn y(&self) -> &Tensor {
        self.outputs.last().unwrap_or(&self.x)
    }
}

/// Gradients before the activation (or maximum) of each layer from the first that is trained on.
pub struct Deltas {
    rows: usize,
    /// Index in the network's layers.
    first: usize,
    deltas: Vec<Tensor>,
}

/// Directions of each layer's input, for the R1 penalty; the last one is that of the logits.
pub struct Tangents {
    rows: usize,
    inputs: Vec<Tensor>,
    /// `[rows, 1]`: gamma / rows * |grad D|^2 per image.
    pub logits: Tensor,
}

impl Network {
    /// Reads a layer list for `inputs` values per row; `image` is the number of values in an image.
    ///
    /// # Errors
    /// [`NetworkError`] that names the layer.
    pub fn parse(tag: &'static str, name: &'static str, list: &[String], inputs: usize, image: usize) -> Result<Network, NetworkError> {
        let mut network = Network { tag, name, list: list.to_vec(), layers: Vec::new(), init: Init::PyTorch };
        for (index, text) in list.iter().enumerate() {
            let fail = |what| NetworkError::Layer { net: name, position: index + 1, text: text.clone(), what };
            let layer = match layers::parse(text, image).map_err(fail)? {
                Parsed::Layer(layer) => layer,
                Parsed::Activation(activation) => {
                    if network.layers.last_mut().is_some_and(|placed| placed.layer.fuse(activation)) {
                        continue;
                    }
                    layers::standalone(activation)
                }
            };
            let inputs = network.layers.last().map_or(inputs, |placed| placed.outputs);
            let outputs = layer.outputs(inputs);
            network.layers.push(Placed { index, layer, inputs, outputs });
        }
        if network.layers.iter().all(|placed| placed.layer.parameters(placed.inputs).is_empty()) {
            return Err(NetworkError::List { net: name, what: "has nothing to train; add a layer such as 'linear 256'".into() });
        }
        Ok(network)
    }

    /// Checks the number of values that the network gives.
    ///
    /// # Errors
    /// [`NetworkError`] that names the last layer that decides it.
    pub fn expect_outputs(&self, wanted: usize, why: &str) -> Result<(), NetworkError> {
        let Some(last) = self.layers.last() else { return Ok(()) };
        if last.outputs == wanted {
            return Ok(());
        }
        let decisive = self.layers.iter().rev().find(|placed| placed.inputs != placed.outputs).unwrap_or(last);
        let what =
            format!("gives {} values per image, but {why} needs {wanted}; make the last linear layer 'linear {wanted}'", last.outputs);
        Err(self.error_at(decisive.index, what))
    }

    /// An error about the layer at `index` of the list.
    pub fn error_at(&self, index: usize, what: String) -> NetworkError {
        NetworkError::Layer { net: self.name, position: index + 1, text: self.list[index].clone(), what }
    }

    /// Activation at the end.
    pub fn last_activation(&self) -> Activation {
        self.layers.last().map_or(Activation::identity(), |placed| placed.layer.activation())
    }

    /// True where the last layer drops inputs while training.
    pub fn ends_in_mask(&self) -> bool {
        self.layers.last().is_some_and(|placed| placed.layer.mask_keep().is_some())
    }

    /// Position in the list of the first layer whose activation curves, which R1 by first-order kernels does not allow.
    pub fn first_curved(&self) -> Option<usize> {
        self.layers.iter().find(|placed| !placed.layer.activation().kind.piecewise_linear).map(|placed| placed.index)
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
            of(&*placed.layer, placed.inputs).into_iter().map(named)
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
        let draw = |(i, (_, _, spec)): (usize, (usize, String, ParameterSpec))| self.init.values(&spec, seed, first_stream + i as u32);
        self.specs(PARAMETERS).chain(self.specs(STATE)).enumerate().map(draw).collect()
    }

    /// The bias that the output is the activation of, where the last layer has one.
    pub fn output_bias<'a>(&self, set: &'a ParameterSet) -> Option<&'a Tensor> {
        let last = self.layers.last()?;
        // A maximum over pieces has several biases per output.
        let position = last.layer.parameters(last.inputs).iter().position(|spec| spec.name == "bias")?;
        set.layers.last()?.get(position).filter(|bias| bias.len() == last.outputs)
    }

    /// True where [`Network::output_bias`] gives one.
    pub fn has_output_bias(&self) -> bool {
        let of = |last: &Placed| last.layer.parameters(last.inputs).iter().any(|p| p.name == "bias" && p.shape == [last.outputs]);
        self.layers.last().is_some_and(of)
    }

    /// Allocates a forward pass of `rows` rows over `x`. `output` is where the last layer writes, as (tensor, first row);
    /// layers that drop inputs do so only in training.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn tape(
        &self,
        plan: &mut Plan,
        name: &str,
        x: &Tensor,
        rows: usize,
        output: Option<(&Tensor, usize)>,
        pass: Pass,
    ) -> Result<Tape, PlanError> {
        let (training, first_row) = (pass != Pass::Sampling, output.map_or(0, |o| o.1));
        let mut tape = Tape { rows, x: x.clone(), pass, outputs: Vec::new(), masks: Vec::new(), own: Vec::new(), first_row };
        for (place, placed) in self.layers.iter().enumerate() {
            let mask = match placed.layer.mask_keep() {
                Some(_) if training => Some(plan.tensor(&format!("{name}/mask.{}", placed.index), &[rows, placed.inputs])?),
                _ => None,
            };
            let y = match output {
                Some((tensor, _)) if place + 1 == self.layers.len() => tensor.clone(),
                // Dropout passes its input on when sampling.
                _ if placed.layer.mask_keep().is_some() && !training && place + 1 < self.layers.len() => {
                    tape.outputs.last().unwrap_or(x).clone()
                }
                _ => plan.stored(&format!("{name}/y.{}", placed.index), &[rows, placed.outputs])?,
            };
            let mut own = Vec::new();
            for spec in placed.layer.own(rows, placed.inputs, pass) {
                let name = format!("{name}/{}.{}", spec.name, placed.index);
                own.push(plan.filled(&name, spec.element, &spec.shape, 0.0)?);
            }
            tape.outputs.push(y);
            tape.masks.push(mask);
            tape.own.push(own);
        }
        Ok(tape)
    }

    fn site<'a>(&self, place: usize, tape: &'a Tape, params: &'a ParameterSet) -> Site<'a> {
        Site {
            rows: tape.rows,
            inputs: self.layers[place].inputs,
            x: if place == 0 { &tape.x } else { &tape.outputs[place - 1] },
            y: &tape.outputs[place],
            first_row: if place + 1 == self.layers.len() { tape.first_row } else { 0 },
            params: &params.layers[place],
            state: params.state.as_ref().map_or(&[], |state| &state.layers[place]),
            pass: tape.pass,
            mask: tape.masks[place].as_ref(),
            own: &tape.own[place],
        }
    }

    /// Writes the drawing of the pass's dropout masks; streams from `stream` on.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn draw_masks(&self, plan: &mut Plan, tape: &Tape, state: &State, seed: u32, stream: u32, counter: u32) -> Result<(), PlanError> {
        for (placed, mask) in self.layers.iter().zip(&tape.masks) {
            if let (Some(keep), Some(mask)) = (placed.layer.mask_keep(), mask) {
                dropout_mask(plan, keep, state, (seed, stream + placed.index as u32, counter), mask)?;
            }
        }
        Ok(())
    }

    /// Writes the forward pass.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn forward(&self, plan: &mut Plan, tape: &Tape, params: &ParameterSet) -> Result<(), PlanError> {
        for (place, placed) in self.layers.iter().enumerate() {
            let site = self.site(place, tape, params);
            if site.y.buffer != site.x.buffer {
                placed.layer.forward(plan, &site)?;
            }
        }
        Ok(())
    }

    /// The first layer with parameters: further down nothing is trained.
    fn first_trained(&self) -> usize {
        self.layers.iter().position(|placed| !placed.layer.parameters(placed.inputs).is_empty()).unwrap_or(0)
    }

    /// Writes the backward pass of the first `rows` rows from `dy`, the gradient by the last output before its activation, down to
    /// the first layer with parameters.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn backward(
        &self,
        plan: &mut Plan,
        name: &str,
        tape: &Tape,
        params: &ParameterSet,
        dy: &Tensor,
        rows: usize,
    ) -> Result<Deltas, PlanError> {
        let first = self.first_trained();
        let mut dy = dy.clone();
        let mut deltas = Vec::new();
        for place in (first..self.layers.len()).rev() {
            let placed = &self.layers[place];
            let site = self.site(place, tape, params);
            if let Some(columns) = placed.layer.before_max() {
                let dh = plan.tensor(&format!("{name}/dh.{}", placed.index), &[rows, columns])?;
                placed.layer.backward_max(plan, &site, rows, &dy, &dh)?;
                dy = dh;
            }
            deltas.push(dy.clone());
            if place > first {
                let dx = plan.tensor(&format!("{name}/dx.{}", placed.index), &[rows, placed.inputs])?;
                let previous = self.layers[place - 1].layer.activation();
                placed.layer.backward_input(plan, &site, &BackwardInput { rows, dy: &dy, dx: &dx, previous, scale: 1.0 })?;
                dy = dx;
            }
        }
        deltas.reverse();
        Ok(Deltas { rows, first, deltas })
    }

    /// Writes the rest of the way back, to the first `rows` rows of the network's input: the gradient by it into `dx`, times `scale`,
    /// before the activation `previous` that gave that input.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn backward_to_input(
        &self,
        plan: &mut Plan,
        name: &str,
        (tape, params): (&Tape, &ParameterSet),
        deltas: &Deltas,
        (rows, previous, scale): (usize, Activation, f32),
        dx: &Tensor,
    ) -> Result<(), PlanError> {
        debug_assert!(rows <= deltas.rows);
        let mut dy = deltas.deltas[0].clone();
        for place in (1..=deltas.first).rev() {
            let placed = &self.layers[place];
            let dx = plan.tensor(&format!("{name}/dx.{}", placed.index), &[rows, placed.inputs])?;
            let previous = self.layers[place - 1].layer.activation();
            let backward = BackwardInput { rows, dy: &dy, dx: &dx, previous, scale: 1.0 };
            placed.layer.backward_input(plan, &self.site(place, tape, params), &backward)?;
            dy = dx;
        }
        let backward = BackwardInput { rows, dy: &dy, dx, previous, scale };
        self.layers[0].layer.backward_input(plan, &self.site(0, tape, params), &backward)
    }

    /// Writes the gradients by all parameters. With `r1` = (slope of the loss by each logit, tangents), `deltas` is the unit
    /// backward pass and the penalty's gradient is included.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn backward_params(
        &self,
        plan: &mut Plan,
        tape: &Tape,
        params: &ParameterSet,
        deltas: &Deltas,
        gradients: &ParameterSet,
        r1: Option<(&Tensor, &Tangents)>,
    ) -> Result<(), PlanError> {
        for (place, placed) in self.layers.iter().enumerate().skip(deltas.first) {
            let r1 = r1.map(|(c, tangents)| R1Term { rows: tangents.rows, c, t: &tangents.inputs[place] });
            let backward = BackwardParams { dy: &deltas.deltas[place - deltas.first], gradients: &gradients.layers[place], r1 };
            placed.layer.backward_params(plan, &self.site(place, tape, params), &backward)?;
        }
        Ok(())
    }

    /// Writes the tangent pass of the first `rows` rows from `t`, a direction of the network's input.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn tangents(
        &self,
        plan: &mut Plan,
        name: &str,
        tape: &Tape,
        params: &ParameterSet,
        t: &Tensor,
        rows: usize,
    ) -> Result<Tangents, PlanError> {
        let mut inputs = vec![t.clone()];
        for (place, placed) in self.layers.iter().enumerate() {
            let ty = plan.tensor(&format!("{name}/t.{}", placed.index), &[rows, placed.outputs])?;
            let th = match placed.layer.before_max() {
                Some(columns) => Some(plan.tensor(&format!("{name}/th.{}", placed.index), &[rows, columns])?),
                None => None,
            };
            let tangent = Tangent { rows, t: &inputs[place], ty: &ty, th: th.as_ref() };
            placed.layer.tangent(plan, &self.site(place, tape, params), &tangent)?;
            inputs.push(ty);
        }
        let logits = inputs.pop().unwrap_or_else(|| t.clone());
        Ok(Tangents { rows, inputs, logits })
    }

    /// One line per layer: position, kind, shapes and parameters.
    pub fn describe(&self) -> String {
        let line = |placed: &Placed| {
            let parameters: usize = placed.layer.parameters(placed.inputs).iter().map(|p| p.shape.iter().product::<usize>()).sum();
            let text = placed.layer.describe();
            format!(
                "  {}.{:<3} {text:<28} {:>6} -> {:<6} {parameters:>9} parameters\n",
                self.tag, placed.index, placed.inputs, placed.outputs
            )
        };
        self.layers.iter().map(line).collect()
    }
}
