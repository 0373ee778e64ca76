//! The matrix products of a plan as a plan of their own, to measure and to check them apart from the rest.

use super::{Dispatch, Grid, Plan, Sequence, SequenceId};

impl Plan {
    /// One sequence with the matrix products of `sequences`, each kernel and size once, over the same tensors; buffers that no product
    /// uses shrink to one element.
    pub fn products(&self, sequences: &[SequenceId]) -> Plan {
        let mut products: Vec<Dispatch> = Vec::new();
        for dispatch in sequences.iter().flat_map(|id| &self.sequence(*id).dispatches) {
            let known = |other: &Dispatch| other.grid == dispatch.grid && other.name() == dispatch.name();
            if matches!(dispatch.grid, Grid::Product { .. }) && !products.iter().any(known) {
                products.push(dispatch.clone());
            }
        }
        self.with_products(products)
    }

    /// As [`Plan::products`], of no more than `count` kernels and of each only its largest product; the largest first.
    pub fn largest_products(&self, sequences: &[SequenceId], count: usize) -> Plan {
        let mut products = self.products(sequences).sequences.swap_remove(0).dispatches;
        products.sort_by_key(|dispatch| std::cmp::Reverse(dispatch.flops()));
        let mut kernels: Vec<&str> = Vec::new();
        products.retain(|dispatch| {
            let first = !kernels.contains(&dispatch.kernel.name);
            kernels.push(dispatch.kernel.name);
            first
        });
        products.truncate(count);
        self.with_products(products)
    }

    fn with_products(&self, products: Vec<Dispatch>) -> Plan {
        let mut buffers = self.buffers.clone();
        for (i, buffer) in buffers.iter_mut().enumerate() {
            if !products.iter().flat_map(|dispatch| &dispatch.bindings).any(|tensor| tensor.buffer.0 == i) {
                (buffer.len, buffer.initial) = (1, None);
            }
        }
        Plan { buffers, sequences: vec![Sequence { name: "products", dispatches: products }], storage: self.storage }
    }
}
