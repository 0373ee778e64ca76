//! What an expression reads of its operands.

use super::{Graph, Id, Op};
use crate::ops::pointwise::Saves;

/// What an expression reads: of a derivative only one of its operands.
pub(super) fn reads(graph: &Graph, id: Id) -> Vec<Id> {
    let node = graph.get(id);
    match node.op {
        Op::Slope(f, _) if f.kind.saves == Saves::Input => vec![node.operands[0]],
        Op::Slope(..) => vec![node.operands[1]],
        Op::Unmax { .. } | Op::Pick { .. } => vec![node.operands[0], maximum(graph, node.operands[1]).0],
        _ => node.operands.clone(),
    }
}

/// The maximum of which an expression is some rows, and the first of them.
pub(super) fn maximum(graph: &Graph, id: Id) -> (Id, usize) {
    let node = graph.get(id);
    match node.op {
        Op::Window { row, .. } => {
            let (max, first) = maximum(graph, node.operands[0]);
            (max, first + row.unsigned_abs())
        }
        _ => (id, 0),
    }
}
