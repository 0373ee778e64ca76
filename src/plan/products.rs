//! The matrix products of a plan as a plan of their own, to measure and to check them apart from the rest.

use super::{Dispatch, Grid, Plan, Sequence, SequenceId};

impl Plan {
    /// One sequence with the matrix products of `sequences`, each kernel and size once, over the same tensors; buffers that no product
    /// uses shrink to one element.
    pub fn products(&self, sequences: &[SequenceId]) -> Plan {
        let mut products: Vec<Dispatch> = Vec::new();
        for dispatch in sequences.iter().flat_map(|id| &self.sequences[id.0].dispatches) {
            let known = |other: &Dispatch| other.grid == dispatch.grid && other.name() == dispatch.name();
            if matches!(dispatch.grid, Grid::Product { .. }) && !products.iter().any(known) {
                products.push(dispatch.clone());
            }
        }
        let mut buffers = self.buffers.clone();
        for (i, buffer) in buffers.iter_mut().enumerate() {
            if !products.iter().flat_map(|dispatch| &dispatch.bindings).any(|tensor| tensor.buffer.0 == i) {
                buffer.len = 1;
            }
        }
        Plan { buffers, sequences: vec![Sequence { name: "products", dispatches: products }], storage: self.storage }
    }
}
