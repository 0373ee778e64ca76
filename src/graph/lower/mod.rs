//! Lowering: what is asked of a graph becomes dispatches of a plan.
//!
//! 1. Backward passes that a loss and a penalty have in common are computed once ([`super::share`]).
//! 2. Expressions are covered with tiles ([`tile`]): each is one dispatch of a hand-written kernel, which takes in its neighbours where it
//!    can (bias and activation in a product's store, the slope of an activation in the way back, both gradients of a linear layer).
//! 3. Numbers per row and for all rows (logits, losses, their slopes, metrics) are computed together by one program ([`program`]).
//! 4. Values live in shared buffers for as long as a dispatch still reads them ([`memory`]).

mod emit;
mod memory;
mod program;
mod tile;

use super::{
    Graph, GraphError, Id, Node, Op, Var,
    reads::{maximum, reads},
    share::{share_unit_passes, square_what_is_scaled},
};
use crate::{
    ops::{
        convolution::{Conv, Gather, Way},
        resample::{Resample, Taps},
    },
    plan::{ALIGNMENT, BufferId, Element, Plan, PlanError, SequenceId, Tensor},
};
use memory::Pool;
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tile::Tile;

/// Why a graph cannot be lowered.
#[derive(Debug, thiserror::Error)]
pub enum LowerError {
    /// A mistake in the graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The plan does not come out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A leaf that has no memory.
    #[error("'{leaf}' {shape:?} is read, but has no place: give it one with Lowering::place")]
    Unplaced {
        /// Name of the leaf.
        leaf: String,
        /// Its shape.
        shape: [usize; 2],
    },
    /// An expression that no kernel computes.
    #[error("no kernel computes '{what}' {shape:?}: {why}")]
    NoKernel {
        /// The expression.
        what: String,
        /// Its shape.
        shape: [usize; 2],
        /// What is missing.
        why: &'static str,
    },
}

/// What a sequence is to compute.
#[derive(Clone)]
pub struct Target<'g> {
    /// The expression.
    pub value: Var<'g>,
    /// Where it goes; without a place it gets memory of its own.
    pub into: Option<Tensor>,
}

impl<'g> Target<'g> {
    /// A value that gets memory of its own.
    pub fn of(value: Var<'g>) -> Target<'g> {
        Target { value, into: None }
    }

    /// A value that goes to a tensor.
    pub fn into(value: Var<'g>, tensor: &Tensor) -> Target<'g> {
        Target { value, into: Some(tensor.clone()) }
    }
}

/// Writes sequences of one graph into a plan; their values share memory.
pub struct Lowering<'g> {
    graph: &'g Graph,
    places: HashMap<Id, (Tensor, usize)>,
    pool: Pool,
    /// Tensors that hold one number everywhere, by its bits and their length.
    constants: HashMap<(u32, usize), Tensor>,
    /// Tables of convolutions, by their pictures, channels and filters.
    gathers: HashMap<(Conv, Way, [usize; 3]), Gather>,
    /// Matrices of filters.
    taps: HashMap<Resample, Taps>,
}

impl<'g> Lowering<'g> {
    /// For a graph whose leaves will be given places.
    pub fn new(graph: &'g Graph) -> Lowering<'g> {
        Lowering {
            graph,
            places: HashMap::new(),
            pool: Pool::default(),
            constants: HashMap::new(),
            gathers: HashMap::new(),
            taps: HashMap::new(),
        }
    }

    /// Says where the value of a leaf lies, or where an expression goes whenever it is computed: in `tensor`, from its row
    /// `first_row` on.
    pub fn place(&mut self, value: Var<'g>, tensor: &Tensor, first_row: usize) {
        // What only has another shape lies where its operand does.
        let (mut id, mut first) = (value.id(), first_row * value.columns());
        while self.graph.op(id) == Op::Reshape {
            id = self.graph.get(id).operands[0];
        }
        first /= self.graph.shape(id)[1];
        self.places.insert(id, (tensor.clone(), first));
    }

    /// Where a leaf lies.
    pub fn place_of(&self, value: Var<'g>) -> Option<(&Tensor, usize)> {
        self.places.get(&value.id()).map(|(tensor, first_row)| (tensor, *first_row))
    }

    /// Elements of memory for values within sequences, and how many there would be if none were shared.
    pub fn shared(&self, plan: &Plan) -> (usize, usize) {
        (self.pool.buffers().map(|buffer| plan.buffer_len(buffer)).sum(), self.pool.unshared)
    }

    /// Writes a sequence that computes `targets`, and gives the tensors that hold them.
    ///
    /// # Errors
    /// [`LowerError`].
    pub fn sequence(
        &mut self,
        plan: &mut Plan,
        name: &'static str,
        targets: &[Target<'g>],
    ) -> Result<(SequenceId, Vec<Tensor>), LowerError> {
        let id = plan.begin(name);
        let tensors = self.append(plan, targets)?;
        Ok((id, tensors))
    }

    /// As [`Lowering::sequence`], into the sequence begun last.
    ///
    /// # Errors
    /// [`LowerError`].
    pub fn append(&mut self, plan: &mut Plan, targets: &[Target<'g>]) -> Result<Vec<Tensor>, LowerError> {
        self.graph.check()?;
        let values: Vec<Var<'g>> = targets.iter().map(|target| target.value).collect();
        // What is made here belongs to gradients: no layer reads it as a value of a forward pass.
        let before = self.graph.inner.borrow_mut().gradient_of.replace(values.first().map_or(Id(0), |value| value.id()));
        let shared = share_unit_passes(self.graph, &square_what_is_scaled(self.graph, &values));
        self.graph.inner.borrow_mut().gradient_of = before;
        self.graph.check()?;
        let targets: Vec<Target<'g>> =
            shared.into_iter().zip(targets).map(|(value, target)| Target { value, into: target.into.clone() }).collect();
        let mut sequence = Sequence::new(self, &targets);
        sequence.emit_all(plan, &targets)
    }
}

/// Uses that a target counts for: more than one, so that what is asked for stays a value of its own.
const TARGET: usize = 2;

/// True for a gradient that reads what a normalisation saved, and not its output.
fn saves_apart(op: Op) -> bool {
    use Op::{BatchNormByInput, BatchNormByWeight, GroupNormByInput, GroupNormByWeight};
    matches!(op, BatchNormByInput(_) | BatchNormByWeight(_) | GroupNormByInput(_) | GroupNormByWeight(_))
}

/// Part of another value's memory.
#[derive(Clone, Copy, Debug)]
struct View {
    root: Id,
    /// First element.
    start: usize,
    shape: [usize; 2],
}

/// One sequence while it is written.
struct Sequence<'a, 'g> {
    lowering: &'a mut Lowering<'g>,
    graph: &'g Graph,
    /// How many of the needed expressions read each, and targets.
    uses: HashMap<Id, usize>,
    /// Needed expressions in order.
    needed: Vec<Id>,
    /// Sums of rows that a tile of another expression computes too.
    covered: HashMap<Id, Id>,
    /// Where outputs go.
    destinations: HashMap<Id, (Tensor, usize)>,
    /// What has gone there.
    in_place: HashSet<Id>,
    /// Values that are there, by root and type of element.
    tensors: HashMap<Id, Tensor>,
    converted: HashMap<(Id, Element), Tensor>,
    /// Which piece won each maximum; what batch normalisations saved.
    saved: HashMap<Id, Tensor>,
    /// Tiles that will still read each root.
    left: HashMap<Id, usize>,
    /// Values alive in each shared buffer.
    alive: HashMap<BufferId, usize>,
    /// Tiles that were chosen.
    tiles: RefCell<HashMap<Id, Tile>>,
}

impl<'a, 'g> Sequence<'a, 'g> {
    fn new(lowering: &'a mut Lowering<'g>, targets: &[Target<'g>]) -> Sequence<'a, 'g> {
        let graph = lowering.graph;
        let mut sequence = Sequence {
            lowering,
            graph,
            uses: HashMap::new(),
            needed: Vec::new(),
            covered: HashMap::new(),
            destinations: HashMap::new(),
            in_place: HashSet::new(),
            tensors: HashMap::new(),
            converted: HashMap::new(),
            saved: HashMap::new(),
            left: HashMap::new(),
            alive: HashMap::new(),
            tiles: RefCell::default(),
        };
        let mut open: Vec<Id> = targets.iter().map(|target| target.value.id()).collect();
        for id in &open {
            *sequence.uses.entry(*id).or_insert(0) += TARGET;
        }
        let mut seen = std::collections::BTreeSet::new();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                let saves = saves_apart(graph.op(id)).then(|| graph.get(id).operands[1]);
                for read in reads(graph, id) {
                    // What a batch normalisation saves is there also where its output is taken in by a tile.
                    if saves != Some(read) {
                        *sequence.uses.entry(read).or_insert(0) += 1;
                    }
                    open.push(read);
                }
            }
        }
        sequence.needed = seen.into_iter().collect();
        for id in sequence.needed.clone() {
            if let (Op::Pointwise(_), Tile::BatchNorm { node, .. } | Tile::GroupNorm { node, .. }) =
                (sequence.node(id).op, sequence.tile(id))
            {
                sequence.covered.insert(node, id);
            }
            let covers = match sequence.node(id).op {
                Op::ByWeight(_) | Op::BatchNormByWeight(_) | Op::GroupNormByWeight(_) | Op::Add => match sequence.tile(id) {
                    Tile::ByWeight { x, bias, .. } if sequence.is_forward(x) => bias,
                    Tile::ByWeightScaled { bias, .. } | Tile::BatchNormByWeight { bias, .. } | Tile::GroupNormByWeight { bias, .. } => bias,
                    _ => None,
                },
                _ => None,
            };
            if let Some(bias) = covers {
                sequence.covered.entry(bias).or_insert(id);
            }
        }
        // Which sums are covered was not known before.
        sequence.tiles.borrow_mut().clear();
        sequence
    }

    fn node(&self, id: Id) -> Arc<Node> {
        self.graph.get(id)
    }

    /// The tile that computes an expression.
    fn tile(&self, id: Id) -> Tile {
        if let Some(tile) = self.tiles.borrow().get(&id) {
            return *tile;
        }
        let tile = self.choose_tile(id);
        self.tiles.borrow_mut().insert(id, tile);
        tile
    }

    /// True where only one expression needs this one, so that a tile may take it in.
    fn only_here(&self, id: Id) -> bool {
        self.uses.get(&id) == Some(&1) && !self.lowering.places.contains_key(&id)
    }

    /// The first needed expression that is as asked for.
    fn roots_of(&self, is: impl Fn(&Node) -> bool) -> Option<Id> {
        self.needed.iter().copied().find(|id| is(&self.node(*id)))
    }

    /// What an expression repeats, or itself.
    fn unexpanded(&self, id: Id) -> Id {
        let node = self.node(id);
        if node.op == Op::Expand { node.operands[0] } else { id }
    }

    /// The type of element in which a value comes about.
    fn native(&self, id: Id) -> Element {
        if let Some((tensor, _)) = self.lowering.places.get(&id) {
            return tensor.element;
        }
        let node = self.node(id);
        match node.op {
            Op::Leaf => Element::F32,
            Op::Detach | Op::Reshape => self.native(node.operands[0]),
            Op::Window { .. } | Op::Stack | Op::Beside if !self.is_small(id) => self.native(node.operands[0]),
            _ => self.tile(id).writes()[0],
        }
    }

    /// True for a value of a forward pass, which layers read as it is stored; false for gradients and tangents.
    fn is_forward(&self, id: Id) -> bool {
        let node = self.node(id);
        match node.op {
            Op::Detach | Op::Reshape | Op::Window { .. } | Op::Stack | Op::Beside => self.is_forward(node.operands[0]),
            _ => node.gradient_of.is_none(),
        }
    }

    /// True for a leaf of 4-byte reals, such as a parameter or a mask.
    fn wide_leaf(&self, id: Id) -> bool {
        self.node(id).op == Op::Leaf && self.native(id) == Element::F32
    }

    /// Whose memory an expression lies in.
    fn view(&self, id: Id) -> View {
        let node = self.node(id);
        let own = View { root: id, start: 0, shape: node.shape };
        if self.lowering.places.contains_key(&id) || self.is_small(id) {
            return own;
        }
        match node.op {
            Op::Detach | Op::Reshape => View { shape: node.shape, ..self.view(node.operands[0]) },
            Op::Window { row, column: 0 } if row >= 0 => {
                let inner = self.view(node.operands[0]);
                let [rows, columns] = inner.shape;
                let start = inner.start + row.unsigned_abs() * columns;
                let inside = columns == node.shape[1] && row.unsigned_abs() + node.shape[0] <= rows;
                // Twice the alignment serves both widths.
                if inside && start.is_multiple_of(2 * ALIGNMENT) { View { root: inner.root, start, shape: node.shape } } else { own }
            }
            _ => own,
        }
    }
}
