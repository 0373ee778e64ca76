//! Gradients as expressions: reverse accumulation over the graph. Each operation's rule uses operations of the same set, so that a
//! gradient can be differentiated again.

use super::{Graph, GraphError, Id, Op, Order, Var, norm};
use std::collections::HashMap;

/// The gradients of the sum of `of` by each of `by`, as expressions of the shapes of `by`; zero for what `of` does not depend on.
///
/// A gradient of several rows, such as `grad(logits, &[images])`, is that of their sum: where rows do not depend on each other, it has
/// each row's own gradient in its row.
pub fn grad<'g>(of: Var<'g>, by: &[Var<'g>]) -> Vec<Var<'g>> {
    let graph = of.graph;
    let before = graph.inner.borrow_mut().gradient_of.replace(of.id);
    let gradients = reversed(of, graph.constant(1.0, of.shape()), by, |_| false);
    graph.inner.borrow_mut().gradient_of = before;
    gradients
}

/// The derivative of the sum of `seed` times f(operands) by the operand at `place`, as if they did not depend on each other.
fn partial<'g, const N: usize>(
    operands: [Var<'g>; N],
    place: usize,
    seed: Var<'g>,
    f: impl FnOnce([Var<'g>; N]) -> Var<'g>,
) -> Option<Var<'g>> {
    let held = operands.map(Var::opaque);
    reversed(f(held), seed, &held[place..=place], |id| held.iter().any(|operand| operand.id == id)).pop()
}

/// Adjoints from `of`, whose own is `seed`, back to `by`, and no further than to what `ends` says.
fn reversed<'g>(of: Var<'g>, seed: Var<'g>, by: &[Var<'g>], ends: impl Fn(Id) -> bool) -> Vec<Var<'g>> {
    let graph = of.graph;
    // Only what lies between `by` and `of` needs an adjoint.
    let last = of.id.index();
    let mut depends = vec![false; last + 1];
    for (i, depends_on) in (0..=last).map(|i| (i, graph.get(Id(i as u32)))).collect::<Vec<_>>() {
        let passes = depends_on.op != Op::Detach && !ends(Id(i as u32));
        let through = passes && depends_on.operands.iter().any(|operand| depends[operand.index()]);
        depends[i] = through || by.iter().any(|leaf| leaf.id.index() == i);
    }
    let mut adjoints: HashMap<Id, Var<'g>> = HashMap::new();
    if depends[last] {
        adjoints.insert(of.id, seed);
    }
    for i in (0..=last).rev().filter(|i| depends[*i] && !ends(Id(*i as u32))) {
        let y = graph.var(Id(i as u32));
        let Some(&dy) = adjoints.get(&y.id) else { continue };
        let node = graph.get(y.id);
        for (place, operand) in node.operands.iter().enumerate() {
            if depends[operand.index()]
                && node.op != Op::Detach
                && let Some(part) = adjoint(graph, &node.op, &node.operands, place, y, dy)
            {
                let sum = adjoints.get(operand).map_or(part, |sum| sum.plus(part));
                adjoints.insert(*operand, sum);
            }
        }
    }
    by.iter().map(|leaf| adjoints.get(&leaf.id).copied().unwrap_or_else(|| graph.constant(0.0, leaf.shape()))).collect()
}

/// The part of an operand's adjoint that comes through y = op(operands), from that of y; none where y does not move with it.
fn adjoint<'g>(graph: &'g Graph, op: &Op, operands: &[Id], place: usize, y: Var<'g>, dy: Var<'g>) -> Option<Var<'g>> {
    let operand = |i: usize| graph.var(operands[i]);
    let x = operand(place);
    let none = |what| Some(graph.fail(GraphError::NoDerivative { op: op.name(), what }, x.shape()));
    match (*op, place) {
        (Op::Leaf | Op::Constant(_) | Op::Detach, _) => None,
        (Op::Product(patches), 0) => Some(dy.by_input_of(patches, operand(1))),
        (Op::Product(patches), _) => Some(dy.by_weight_of(patches, operand(0))),
        (Op::ByInput(patches), 0) => Some(dy.product_of(patches, operand(1))),
        (Op::ByInput(patches), _) => Some(operand(0).by_weight_of(patches, dy)),
        (Op::ByWeight(patches), 0) => Some(operand(1).product_of(patches, dy)),
        (Op::ByWeight(patches), _) => Some(operand(0).by_input_of(patches, dy)),
        (Op::Add, _) => Some(dy),
        (Op::Mul, _) => Some(dy.times(operand(1 - place))),
        (Op::Affine { scale, .. }, _) => Some(dy.affine(scale, 0.0)),
        (Op::Pointwise(f), _) => Some(dy.times(x.slope(f, Order::First))),
        // As a function of x; its second operand, f(x), only saves computing it again.
        (Op::Slope(f, Order::First), 0) => Some(dy.times(x.slope(f, Order::Second))),
        (Op::Slope(..), 1) => None,
        (Op::Slope(f, Order::Second), _) if f.kind.piecewise_linear => None,
        (Op::Slope(..), _) => none("third derivative; take an activation of straight lines, or a penalty of lower order"),
        (Op::Sum, _) => Some(dy.expand(x.shape())),
        (Op::Expand, _) => Some(dy.sum_to(x.shape())),
        (Op::Window { row, column }, _) => Some(dy.framed(row, column, x.shape())),
        (Op::Stack, 0) => Some(dy.part(0, x.rows())),
        (Op::Stack, _) => Some(dy.part(operand(0).rows(), x.rows())),
        (Op::Beside, 0) => Some(dy.columns_part(0, x.columns())),
        (Op::Beside, _) => Some(dy.columns_part(operand(0).columns(), x.columns())),
        (Op::Reshape, _) => Some(dy.reshape(x.shape())),
        (Op::Resample(resample), _) => Some(dy.resample(resample.adjoint())),
        (Op::Gather, 0) => Some(dy.scatter(operand(1), x.rows())),
        (Op::Scatter, 0) => Some(dy.gather(operand(1))),
        // An index is a name, not a quantity.
        (Op::Gather | Op::Scatter, _) => None,
        (Op::Augment { picture, .. }, 0) => Some(dy.augment_by_input(picture, operand(1))),
        (Op::AugmentByInput(picture), 0) => Some(dy.augmented(picture, false, operand(1))),
        // What is done to a picture is drawn.
        (Op::Augment { .. } | Op::AugmentByInput(_), _) => None,
        (Op::Max { pieces }, _) => Some(dy.unmax(pieces, y)),
        (Op::Unmax { pieces }, 0) => Some(dy.pick(pieces, operand(1))),
        (Op::Pick { pieces }, 0) => Some(dy.unmax(pieces, operand(1))),
        // Which piece wins moves in jumps.
        (Op::Unmax { .. } | Op::Pick { .. }, _) => None,
        (Op::BatchNorm(norm), 0) => Some(dy.batch_norm_by_input(norm, y, x, operand(1))),
        (Op::BatchNorm(norm), 1) => Some(dy.batch_norm_by_weight(norm, y, operand(0))),
        (Op::BatchNorm(_) | Op::BatchNormInference(_), 2) => Some(dy.column_sums()),
        // Running statistics are no parameters.
        (Op::BatchNorm(_) | Op::BatchNormInference(_), 3..) => None,
        (Op::BatchNormInference(norm), _) => partial([0, 1, 3, 4].map(operand), place, dy, |held| norm::inference(norm, held)),
        // It is symmetric in dy: each row's part in the gradient of another is the other's part in its own.
        (Op::BatchNormByInput(norm), 0) => Some(dy.batch_norm_by_input(norm, operand(1), operand(2), operand(3))),
        // The second operand stands for statistics, which are functions of x.
        (Op::BatchNormByInput(_) | Op::BatchNormByWeight(_), 1) => None,
        (Op::BatchNormByInput(norm), _) => partial([0, 2, 3].map(operand), place - 1, dy, |held| norm::by_input(norm, held)),
        (Op::BatchNormByWeight(norm), _) => partial([0, 2].map(operand), place / 2, dy, |held| norm::by_weight(norm, held)),
        (Op::GroupNorm(blocks), 0) => Some(dy.group_norm_by_input(blocks, y, x, operand(1))),
        (Op::GroupNorm(blocks), 1) => Some(dy.group_norm_by_weight(blocks, y, operand(0))),
        (Op::GroupNorm(_), _) => Some(dy.column_sums()),
        // But for w before it, it is symmetric in dy.
        (Op::GroupNormByInput(blocks), 0) => {
            let ones = graph.constant(1.0, [1, x.columns()]);
            Some(dy.group_norm_by_input(blocks, operand(1), operand(2), ones).times(operand(3)))
        }
        (Op::GroupNormByInput(_) | Op::GroupNormByWeight(_), 1) => None,
        (Op::GroupNormByInput(blocks), _) => partial([0, 2, 3].map(operand), place - 1, dy, |held| norm::block_by_input(blocks, held)),
        (Op::GroupNormByWeight(blocks), _) => partial([0, 2].map(operand), place / 2, dy, |held| norm::block_by_weight(blocks, held)),
    }
}
