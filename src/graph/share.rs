//! What a loss and a gradient penalty have in common is computed once.
//!
//! Where the rows of a net do not depend on each other and it ends in one logit per row, the backward pass of any loss is the pass of the
//! logits themselves, each row times the slope c of the loss by its logit. A penalty on the gradient by the input needs the pass of the
//! logits anyway. So where both are asked for, the loss's pass is left out: with delta that of the logits, dW = delta^T (c x).

use super::{Graph, Id, Node, Op, Var, reads::reads};
use std::collections::{HashMap, HashSet};

/// A backward pass as (c, delta): its value is c delta, with c of a picture for all of its rows.
type Scaled<'g> = (Var<'g>, Var<'g>);

/// `targets` with the squared lengths of a gradient taken from a multiple of it, where that multiple is needed too: a penalty on |grad D|^2
/// moves along a multiple of grad D, and the product that gives grad D scales its result for nothing.
pub(super) fn square_what_is_scaled<'g>(graph: &'g Graph, targets: &[Var<'g>]) -> Vec<Var<'g>> {
    let needed = needed(graph, targets);
    let mut multiples: HashMap<Id, (f32, Var<'g>)> = HashMap::new();
    for &id in &needed {
        let node = graph.get(id);
        if let Op::Affine { scale, shift: 0.0 } = node.op
            && matches!(graph.op(node.operands[0]), Op::ByInput(_))
        {
            multiples.insert(node.operands[0], (scale, graph.var(id)));
        }
    }
    let squares = |id: &Id| -> Option<Var<'g>> {
        let sum = graph.get(*id);
        let product = graph.get(*sum.operands.first()?);
        let of = *product.operands.first()?;
        let (scale, multiple) = multiples.get(&of)?;
        let squared = sum.op == Op::Sum && product.op == Op::Mul && product.operands == [of, of];
        squared.then(|| multiple.times(*multiple).sum_to(sum.shape).affine(1.0 / (scale * scale), 0.0))
    };
    let rebuilt: HashMap<Id, Var<'g>> = needed.iter().filter_map(|id| Some((*id, squares(id)?))).collect();
    rebuild(graph, targets, &needed, rebuilt)
}

/// `targets` of expressions of which some have been replaced.
fn rebuild<'g>(graph: &'g Graph, targets: &[Var<'g>], needed: &HashSet<Id>, mut rebuilt: HashMap<Id, Var<'g>>) -> Vec<Var<'g>> {
    let mut ordered: Vec<Id> = needed.iter().copied().filter(|id| !rebuilt.contains_key(id)).collect();
    ordered.sort_unstable();
    for id in ordered {
        let node = graph.get(id);
        if let Some(value) = with_rebuilt(graph, &node, &rebuilt) {
            rebuilt.insert(id, value);
        }
    }
    targets.iter().map(|target| rebuilt.get(&target.id).copied().unwrap_or(*target)).collect()
}

/// An expression over the replacements of its operands, where there are any.
fn with_rebuilt<'g>(graph: &'g Graph, node: &Node, rebuilt: &HashMap<Id, Var<'g>>) -> Option<Var<'g>> {
    node.operands.iter().any(|operand| rebuilt.contains_key(operand)).then(|| {
        let operands: Vec<Var<'g>> = node.operands.iter().map(|o| rebuilt.get(o).copied().unwrap_or(graph.var(*o))).collect();
        match node.op {
            Op::Add => operands[0].plus(operands[1]),
            op => graph.node(op, &operands.iter().map(|v| v.id).collect::<Vec<_>>(), node.shape),
        }
    })
}

/// `targets` with the backward passes of losses expressed by those of the logits, where these are needed too.
pub(super) fn share_unit_passes<'g>(graph: &'g Graph, targets: &[Var<'g>]) -> Vec<Var<'g>> {
    let needed = needed(graph, targets);
    let mut scaled = seeds(graph, &needed);
    if scaled.is_empty() {
        return targets.to_vec();
    }
    let mut rebuilt: HashMap<Id, Var<'g>> = HashMap::new();
    let mut ordered: Vec<Id> = needed.iter().copied().collect();
    ordered.sort_unstable();
    for id in ordered {
        let node = graph.get(id);
        let operand = |i: usize| graph.var(node.operands[i]);
        if let Some((c, delta)) = node.operands.first().and_then(|d| scaled.get(d)).copied() {
            let counterpart = match node.op {
                Op::ByInput(_) | Op::Mul | Op::Unmax { .. } | Op::GroupNormByInput(_) => {
                    known(graph, &needed, node.op, &[&[delta.id], &node.operands[1..]].concat(), node.shape)
                }
                Op::Reshape | Op::Resample(_) => known(graph, &needed, node.op, &[delta.id], node.shape),
                // The ways back through both branches of a residual layer.
                Op::Add => scaled
                    .get(&node.operands[1])
                    .filter(|(other, _)| other.id == c.id)
                    .and_then(|(_, other)| known(graph, &needed, node.op, &[delta.id, other.id], node.shape)),
                _ => None,
            };
            if let Some(counterpart) = counterpart {
                scaled.insert(id, (c, counterpart));
            }
            let value = match node.op {
                Op::ByWeight(patches) => Some(delta.by_weight_of(patches, operand(1).times(per_row(c, operand(1).rows())))),
                Op::GroupNormByWeight(blocks) => {
                    Some(delta.times(per_row(c, delta.rows())).group_norm_by_weight(blocks, operand(1), operand(2)))
                }
                Op::Sum if node.shape[0] == 1 => Some(delta.times(per_row(c, delta.rows())).sum_to(node.shape)),
                _ => None,
            };
            if let Some(value) = value {
                rebuilt.insert(id, value);
                continue;
            }
        }
        if let Some(value) = with_rebuilt(graph, &node, &rebuilt) {
            rebuilt.insert(id, value);
        }
    }
    targets.iter().map(|target| rebuilt.get(&target.id).copied().unwrap_or(*target)).collect()
}

/// A number per picture `[pictures, 1]`, repeated for all rows of each.
fn per_row(c: Var<'_>, rows: usize) -> Var<'_> {
    c.expand([c.rows(), rows / c.rows()]).reshape([rows, 1])
}

/// All that `targets` are made of.
fn needed<'g>(graph: &'g Graph, targets: &[Var<'g>]) -> HashSet<Id> {
    let mut needed = HashSet::new();
    let mut open: Vec<Id> = targets.iter().map(|target| target.id).collect();
    while let Some(id) = open.pop() {
        if needed.insert(id) {
            open.extend(reads(graph, id));
        }
    }
    needed
}

/// Slopes of a loss by logits whose own backward pass starts in the same way, and goes on in the same way.
fn seeds<'g>(graph: &'g Graph, needed: &HashSet<Id>) -> HashMap<Id, Scaled<'g>> {
    let mut seeds = HashMap::new();
    for &id in needed {
        let node = graph.get(id);
        let (Op::ByInput(_) | Op::Unmax { .. }, Some(&c)) = (node.op, node.operands.first()) else { continue };
        let c = graph.var(c);
        if c.columns() != 1 || c.as_constant().is_some() {
            continue;
        }
        let ones = graph.constant(1.0, c.shape());
        let Some(unit) = known(graph, needed, node.op, &[ones.id, node.operands[1]], node.shape) else { continue };
        let goes_on = needed.iter().any(|next| {
            let next = graph.get(*next);
            let passes_on =
                matches!(next.op, Op::Mul | Op::Unmax { .. } | Op::ByInput(_) | Op::Reshape | Op::Resample(_) | Op::GroupNormByInput(_))
                    && next.operands[0] == id;
            passes_on && known(graph, needed, next.op, &[&[unit.id], &next.operands[1..]].concat(), next.shape).is_some()
        });
        if goes_on {
            seeds.insert(c.id, (c, ones));
        }
    }
    seeds
}

/// The needed expression of these operands, if there is one.
fn known<'g>(graph: &'g Graph, needed: &HashSet<Id>, op: Op, operands: &[Id], shape: [usize; 2]) -> Option<Var<'g>> {
    let id = graph.inner.borrow().known.get(&(op.key(), operands.to_vec(), shape)).copied()?;
    needed.contains(&id).then(|| graph.var(id))
}
