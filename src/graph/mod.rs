//! Expressions: models are written as what their paper says, and gradients are expressions too.
//!
//! A [`Graph`] holds values that are matrices `[rows, columns]`, none of them computed yet. A [`Var`] names one and is copied freely;
//! the usual operators make new ones:
//!
//! ```
//! use ganvas::graph::{Graph, grad};
//!
//! let graph = Graph::new();
//! let x = graph.leaf("x", [8, 3]); // from outside: data, noise, parameters
//! let w = graph.leaf("w", [1, 3]);
//! let logits = x.product(w); // x w^T, [8, 1]
//! let loss = (-logits).softplus().mean();
//!
//! // dloss/dw is an expression like any other, and so is the gradient of its square.
//! let dw = grad(loss, &[w])[0];
//! let second = grad(dw.square().sum(), &[x])[0];
//! assert_eq!(second.shape(), [8, 3]);
//! ```
//!
//! - [`grad`] gives derivatives of a scalar as expressions (reverse accumulation; Griewank and Walther 2008, chapter 3).
//! - Equal expressions are one: writing `d.of(x)` twice computes it once.
//! - [`lower`](mod@lower) turns what is asked for into dispatches of a [`Plan`](crate::plan::Plan): it joins neighbours into one kernel
//!   where one exists, and lets values that are not alive at the same time share memory.
//!
//! Operators cannot fail, so the first mistake (shapes that do not fit, a derivative that does not exist) is kept in the graph and
//! given out by [`Graph::check`], which lowering calls.

mod arithmetic;
mod construct;
mod grad;
pub mod lower;
mod norm;
mod op;
mod print;
mod reads;
mod share;

pub use grad::grad;
pub use op::{BatchNorm, Id, Op, Order, Patches};

use std::{cell::RefCell, collections::HashMap, fmt, sync::Arc};

/// An expression.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub op: Op,
    /// What it is made of.
    pub operands: Vec<Id>,
    /// Rows and columns.
    pub shape: [usize; 2],
    /// Name for people; empty for most.
    pub name: Arc<str>,
    /// For what [`grad`] made: the expression whose gradient it belongs to.
    pub gradient_of: Option<Id>,
}

/// Why an expression does not exist.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum GraphError {
    /// Shapes do not fit.
    #[error("{op} of {shapes}: {what}")]
    Shapes {
        /// The operation.
        op: String,
        /// Shapes of its operands.
        shapes: String,
        /// What it needs.
        what: &'static str,
    },
    /// A derivative that is not there.
    #[error("{op} has no {what}")]
    NoDerivative {
        /// The operation.
        op: String,
        /// Which derivative, and what to take instead.
        what: &'static str,
    },
}

#[derive(Default)]
struct Inner {
    nodes: Vec<Arc<Node>>,
    known: HashMap<(String, Vec<Id>, [usize; 2]), Id>,
    error: Option<GraphError>,
    gradient_of: Option<Id>,
}

/// Expressions, each made of earlier ones.
#[derive(Default)]
pub struct Graph {
    inner: RefCell<Inner>,
}

/// An expression of a graph.
#[derive(Clone, Copy)]
pub struct Var<'g> {
    graph: &'g Graph,
    id: Id,
}

impl fmt::Debug for Var<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.graph.describe(self.id), self.shape())
    }
}

impl Graph {
    /// A graph without expressions.
    pub fn new() -> Graph {
        Graph::default()
    }

    /// A value from outside, `[rows, columns]`: a parameter, data, what is drawn. Every call makes another one.
    pub fn leaf(&self, name: &str, shape: [usize; 2]) -> Var<'_> {
        let id = self.push(Node { op: Op::Leaf, operands: Vec::new(), shape, name: name.into(), gradient_of: None });
        Var { graph: self, id }
    }

    /// The same number everywhere.
    pub fn constant(&self, value: f32, shape: [usize; 2]) -> Var<'_> {
        self.node(Op::Constant(value), &[], shape)
    }

    /// The first mistake that was made.
    ///
    /// # Errors
    /// [`GraphError`].
    pub fn check(&self) -> Result<(), GraphError> {
        self.inner.borrow().error.clone().map_or(Ok(()), Err)
    }

    /// Number of expressions.
    pub fn len(&self) -> usize {
        self.inner.borrow().nodes.len()
    }

    /// True without any expression.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All expressions, operands first.
    pub fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.len()).map(|n| Id(n as u32))
    }

    /// An expression's record.
    pub fn get(&self, id: Id) -> Arc<Node> {
        self.inner.borrow().nodes[id.index()].clone()
    }

    fn op(&self, id: Id) -> Op {
        self.inner.borrow().nodes[id.index()].op
    }

    fn shape(&self, id: Id) -> [usize; 2] {
        self.inner.borrow().nodes[id.index()].shape
    }

    fn operand(&self, id: Id, index: usize) -> Var<'_> {
        Var { graph: self, id: self.inner.borrow().nodes[id.index()].operands[index] }
    }

    fn var(&self, id: Id) -> Var<'_> {
        Var { graph: self, id }
    }

    fn push(&self, node: Node) -> Id {
        let mut inner = self.inner.borrow_mut();
        let id = Id(u32::try_from(inner.nodes.len()).unwrap_or(u32::MAX));
        inner.nodes.push(Arc::new(node));
        id
    }

    /// The expression `op` of `operands`, which is one for equal operands.
    fn node(&self, op: Op, operands: &[Id], shape: [usize; 2]) -> Var<'_> {
        let key = (op.key(), operands.to_vec(), shape);
        let known = self.inner.borrow().known.get(&key).copied();
        let id = known.unwrap_or_else(|| {
            let gradient_of = self.inner.borrow().gradient_of;
            let id = self.push(Node { op, operands: operands.to_vec(), shape, name: "".into(), gradient_of });
            self.inner.borrow_mut().known.insert(key, id);
            id
        });
        Var { graph: self, id }
    }

    /// Keeps the first mistake; the value is then of no use, but has the shape that the caller expects.
    fn fail(&self, error: GraphError, shape: [usize; 2]) -> Var<'_> {
        self.inner.borrow_mut().error.get_or_insert(error);
        self.constant(f32::NAN, shape)
    }
}

impl<'g> Var<'g> {
    /// Its number in the graph.
    pub fn id(self) -> Id {
        self.id
    }

    /// The graph that it belongs to.
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// Rows and columns.
    pub fn shape(self) -> [usize; 2] {
        self.graph.shape(self.id)
    }

    /// Rows: images, or other members of a batch.
    pub fn rows(self) -> usize {
        self.shape()[0]
    }

    /// Columns: values per row.
    pub fn columns(self) -> usize {
        self.shape()[1]
    }

    /// The same expression with a name for people.
    pub fn named(self, name: &str) -> Var<'g> {
        Arc::make_mut(&mut self.graph.inner.borrow_mut().nodes[self.id.index()]).name = name.into();
        self
    }

    /// The number that it is everywhere, if it is a constant.
    fn as_constant(self) -> Option<f32> {
        match self.graph.op(self.id) {
            Op::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn is_zero(self) -> bool {
        self.as_constant() == Some(0.0)
    }

    /// x and its place where this is x in a frame of zero rows: the adjoint of taking some rows.
    fn as_row_pad(self) -> Option<(Var<'g>, usize)> {
        match self.graph.op(self.id) {
            Op::Window { row, column: 0 } if row <= 0 => {
                let x = self.graph.operand(self.id, 0);
                let first = row.unsigned_abs();
                (x.columns() == self.columns() && first + x.rows() <= self.rows() && x.rows() < self.rows()).then_some((x, first))
            }
            _ => None,
        }
    }

    /// x and the first row where this is some rows of x.
    fn as_row_part(self) -> Option<(Var<'g>, usize)> {
        match self.graph.op(self.id) {
            Op::Window { row, column: 0 } if row >= 0 => {
                let x = self.graph.operand(self.id, 0);
                let first = row.unsigned_abs();
                (x.columns() == self.columns() && first + self.rows() <= x.rows()).then_some((x, first))
            }
            _ => None,
        }
    }
}
