//! Building a model: nets, what is drawn, and updates. An update is three sequences, so that other inputs can be put in place of what is
//! drawn, and gradients can be summed over machines before they are applied.

use super::network::{Net, Network, ParameterSet};
use crate::{
    graph::{
        Graph, Var, grad,
        lower::{LowerError, Lowering, Target},
    },
    layers::Masks,
    ops::{
        Annealing, Optimizer, State, augment,
        batch::{self, Source},
        dropout::dropout_mask,
        noise::{self, Distribution},
        optimizer::{BLOCK, POWERS, Slots, ema},
        statistics::{NORMS, Row, statistics},
    },
    plan::{Element, Plan, PlanError, SequenceId, Tensor},
};

/// Steps whose statistics the device keeps; a submission has at most as many.
pub const RING_ROWS: usize = 512;

/// A number that an update writes for every step.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Column {
    /// Name in metrics files.
    pub name: &'static str,
    /// What it is, in words for a person.
    pub meaning: &'static str,
    /// The plot that it belongs to, and its curve's name there; none for what is only kept in files.
    pub plot: Option<(Plot, &'static str)>,
    /// Where it lies at equilibrium, if there is such a value.
    pub goal: Option<f32>,
}

/// Plots that curves belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plot {
    /// What is minimised.
    Loss,
    /// D on real and on generated images.
    Judgement,
    /// Norms of gradients.
    Gradients,
    /// How often pictures are changed before D sees them, and why.
    Augmentation,
}

impl Plot {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Loss, Self::Judgement, Self::Gradients, Self::Augmentation];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Loss => "Loss",
            Self::Judgement => "What D believes",
            Self::Gradients => "Gradient norm",
            Self::Augmentation => "Augmentation",
        }
    }
}

/// The sequences of an update, which run in this order.
#[derive(Clone, Debug)]
pub struct Update {
    /// Draws data, latents and masks.
    pub draw: SequenceId,
    /// Computes losses, metrics and gradients.
    pub gradients: SequenceId,
    /// Optimizer steps, averages, and the row of statistics.
    pub apply: SequenceId,
    /// Loss and metrics of each net that moves `[values, 1]`.
    pub values: Vec<Tensor>,
}

impl Update {
    /// All three.
    pub fn runs(&self) -> [SequenceId; 3] {
        [self.draw, self.gradients, self.apply]
    }
}

/// What is drawn on the device before an update.
#[derive(Clone, Debug)]
pub enum Draw {
    /// Random numbers `[rows, columns]`.
    Noise {
        /// Where they go.
        tensor: Tensor,
        /// Their distribution.
        distribution: Distribution,
        /// Their stream.
        stream: u32,
    },
    /// A batch of the data set.
    Batch {
        /// Where it goes.
        images: Tensor,
        /// From which row on.
        first_row: usize,
        /// Images in the batch.
        count: usize,
    },
    /// What is done to pictures before D sees them.
    Knobs {
        /// Where it goes `[pictures, KNOBS]`.
        tensor: Tensor,
        /// How it is drawn.
        how: augment::Knobs,
        /// Its stream.
        stream: u32,
    },
    /// A dropout mask.
    Mask {
        /// Where it goes.
        tensor: Tensor,
        /// Probability to keep an input.
        keep: f32,
        /// Its stream.
        stream: u32,
    },
}

/// What an optimizer moves, and what it moves it with: flat tensors of the same length.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Parameters.
    pub weights: Tensor,
    /// What belongs to them though no gradient moves it.
    pub state: Option<Tensor>,
    /// Gradients of the last update.
    pub gradients: Tensor,
    /// Optimizer state, in the order of [`Optimizer::moment_names`].
    pub moments: Vec<Tensor>,
    /// What the optimizer needs of the past, `[4]`; see `shaders/statistics/statistics.wgsl`.
    pub powers: Tensor,
    /// Sums of squares of gradients and weights, per block of parameters `[blocks, 2]`.
    pub partials: Tensor,
}

impl Trained {
    /// A tensor of its own that is to be trained.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(plan: &mut Plan, name: &str, shape: &[usize], optimizer: &Optimizer) -> Result<Trained, PlanError> {
        let weights = plan.tensor(name, shape)?;
        let gradients = plan.tensor(&format!("gradient/{name}"), shape)?;
        let moments =
            optimizer.moment_names().iter().map(|moment| plan.tensor(&format!("{moment}/{name}"), shape)).collect::<Result<_, _>>()?;
        let powers = plan.filled(&format!("powers/{name}"), Element::F32, &[POWERS], 1.0)?;
        let partials = plan.tensor(&format!("partials/{name}"), &[weights.len().div_ceil(BLOCK), 2])?;
        Ok(Trained { weights, state: None, gradients, moments, powers, partials })
    }
}

/// One net's share of an update: a loss, and what it moves.
pub struct Part<'a, 'g> {
    /// What moves.
    pub trained: Trained,
    /// The parameters in the graph, each with the place of its gradient.
    pub by: Vec<(Var<'g>, Tensor)>,
    /// What is minimised.
    pub loss: Var<'g>,
    /// State that moves with it, each with its new value.
    pub moved: Vec<(Var<'g>, Var<'g>)>,
    /// Further numbers for the metrics; the loss comes first by itself.
    pub metrics: Vec<Var<'g>>,
    /// Number of the net: its counter, and its learning rate's place in the dials.
    pub counter: u32,
    /// First of its columns in the ring.
    pub column: usize,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// How rate and momentum change.
    pub annealing: Annealing,
    /// Bound of every weight, if they are clipped.
    pub clip: Option<f32>,
    /// An average of the weights and its decay.
    pub ema: Option<(&'a ParameterSet, f32)>,
}

/// A plan in the making.
pub struct Model<'g> {
    /// Expressions.
    pub graph: &'g Graph,
    /// What they become.
    pub plan: Plan,
    /// How.
    pub lowering: Lowering<'g>,
    /// Counters and statistics.
    pub state: State,
    /// Learning rates, one per net.
    pub dials: Tensor,
    /// The data set, if there is one, and room for the numbers of a batch.
    pub source: Option<(Source, Tensor)>,
    /// Seed of all that is drawn.
    pub seed: u32,
    /// Batches per epoch.
    pub batches: usize,
}

impl<'g> Model<'g> {
    /// A model of `nets` nets whose updates write `columns` numbers a step.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(graph: &'g Graph, mut plan: Plan, nets: usize, columns: usize, seed: u32) -> Result<Model<'g>, PlanError> {
        let state = State {
            counters: plan.filled("counters", Element::U32, &[nets.max(2)], 0.0)?,
            ring: plan.tensor("ring", &[RING_ROWS, columns])?,
        };
        let dials = plan.tensor("dials", &[nets])?;
        Ok(Model { graph, plan, lowering: Lowering::new(graph), state, dials, source: None, seed, batches: 1 })
    }

    /// A leaf with memory of its own for what is drawn or given: reals of a forward pass.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn input(&mut self, name: &str, shape: [usize; 2]) -> Result<(Var<'g>, Tensor), PlanError> {
        let tensor = self.plan.stored(name, &shape)?;
        let leaf = self.graph.leaf(name, shape);
        self.lowering.place(leaf, &tensor, 0);
        Ok((leaf, tensor))
    }

    /// A data set of `count` points of some dimensions `[count, dimensions]`, for the host to fill, of which [`Draw::Batch`] draws
    /// batches of `batch` in an order that is new every epoch.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn points(&mut self, [count, dimensions]: [usize; 2], batch: usize) -> Result<Tensor, PlanError> {
        let data = self.plan.tensor("data", &[count, dimensions])?;
        let indices = self.plan.filled("indices", Element::U32, &[batch], 0.0)?;
        let source = Source {
            points: true,
            data: data.clone(),
            staged: None,
            count,
            pixels: dimensions,
            channels: 1,
            mirrored: None,
            low: 0.0,
            high: 1.0,
        };
        (self.source, self.batches) = (Some((source, indices)), (count / batch).max(1));
        Ok(data)
    }

    /// A network's parameters in the graph.
    pub fn net<'n>(&mut self, network: &'n Network, weights: &ParameterSet) -> Net<'n, 'g> {
        network.bind(self.graph, &mut self.lowering, weights)
    }

    /// Memory for masks, and how they are drawn: streams from `stream` on, by layer.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn masks(&mut self, masks: &Masks<'g>, stream: u32) -> Result<Vec<Draw>, PlanError> {
        let mut draws = Vec::new();
        for mask in masks.made() {
            let tensor = self.plan.tensor(&self.graph.describe(mask.leaf.id()), &mask.leaf.shape())?;
            self.lowering.place(mask.leaf, &tensor, 0);
            draws.push(Draw::Mask { tensor, keep: mask.keep, stream: stream + mask.layer as u32 });
        }
        Ok(draws)
    }

    /// Writes a sequence that draws for the update that `counter` counts.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn draw(&mut self, name: &'static str, draws: &[Draw], counter: u32) -> Result<SequenceId, PlanError> {
        let id = self.plan.begin(name);
        for draw in draws {
            match draw {
                Draw::Noise { tensor, distribution, stream } => {
                    noise::noise(&mut self.plan, *distribution, &self.state, (self.seed, *stream, counter), tensor)?;
                }
                Draw::Batch { images, first_row, count } => {
                    let Some((source, indices)) = &self.source else {
                        let (name, what) = ("data".into(), "the model has none to draw from; give it some with Model::points".into());
                        return Err(PlanError::Dispatch { kernel: batch::INDICES.name, name, what });
                    };
                    let indices = Tensor { shape: vec![*count], ..indices.clone() };
                    batch::gather(&mut self.plan, &self.state, self.seed, source, &indices, (images, *first_row))?;
                }
                Draw::Knobs { tensor, how, stream } => {
                    augment::draw(&mut self.plan, how, &self.state, (self.seed, *stream, counter), tensor)?;
                }
                Draw::Mask { tensor, keep, stream } => {
                    dropout_mask(&mut self.plan, *keep, &self.state, (self.seed, *stream, counter), tensor)?;
                }
            }
        }
        Ok(id)
    }

    /// Writes the gradients of all parts at the present parameters, then their steps, for what `draw` draws.
    ///
    /// # Errors
    /// [`LowerError`].
    pub fn update(&mut self, draw: SequenceId, names: [&'static str; 2], parts: &[Part<'_, 'g>]) -> Result<Update, LowerError> {
        let mut targets = Vec::new();
        for part in parts {
            let values = part.metrics.iter().fold(part.loss, |above, metric| above.stack(*metric));
            targets.push(Target::of(values));
        }
        for part in parts {
            let by: Vec<Var<'g>> = part.by.iter().map(|(parameter, _)| *parameter).collect();
            let gradients = grad(part.loss, &by).into_iter().zip(&part.by);
            targets.extend(gradients.map(|(value, (_, into))| Target::into(value, into)));
            let moved = part.moved.iter().filter_map(|(state, to)| Some(Target::into(*to, self.lowering.place_of(*state)?.0)));
            targets.extend(moved);
        }
        let (gradients, tensors) = self.lowering.sequence(&mut self.plan, names[0], &targets)?;
        let apply = self.plan.begin(names[1]);
        for part in parts {
            self.optimize(part)?;
        }
        for (part, values) in parts.iter().zip(&tensors) {
            let row = Row {
                counter: part.counter,
                column: part.column,
                values,
                partials: &part.trained.partials,
                powers: &part.trained.powers,
                parameters: part.trained.weights.len(),
            };
            statistics(&mut self.plan, &self.state, &row, &part.optimizer, &part.annealing, self.batches)?;
        }
        Ok(Update { draw, gradients, apply, values: tensors[..parts.len()].to_vec() })
    }

    fn optimize(&mut self, part: &Part<'_, 'g>) -> Result<(), PlanError> {
        let Trained { weights, state, gradients, moments, powers, partials } = &part.trained;
        let slots = Slots { dials: &self.dials, dial: part.counter, powers, gradients, weights, moments, partials };
        part.optimizer.update(&mut self.plan, &part.annealing, part.clip, &slots)?;
        let Some((average, decay)) = part.ema else { return Ok(()) };
        ema(&mut self.plan, &self.state, part.counter, decay, weights, &average.all)?;
        match (state, &average.state) {
            (Some(newest), Some(average)) => ema(&mut self.plan, &self.state, part.counter, decay, newest, &average.all),
            _ => Ok(()),
        }
    }

    /// Columns of an update of `metrics` numbers besides the loss: those, then the norms of gradient and weights.
    pub const fn columns(metrics: usize) -> usize {
        1 + metrics + NORMS
    }
}
