//! Memory of values that live within one sequence: values that are not alive at the same time share buffers.
//!
//! Each value has a buffer to itself while it is alive, so that no dispatch reads and writes the same one: WebGPU tracks how a buffer is
//! used as a whole.

use crate::plan::{BufferId, Element, Plan, PlanError, Tensor};

/// Buffers for values of sequences, and which of them are free.
#[derive(Default)]
pub(super) struct Pool {
    buffers: Vec<(BufferId, Element)>,
    free: Vec<BufferId>,
    /// Elements that would be in use without sharing.
    pub(super) unshared: usize,
}

impl Pool {
    /// A tensor in a free buffer, the one whose size fits best, or in a new one.
    pub(super) fn take(&mut self, plan: &mut Plan, name: &str, element: Element, shape: &[usize]) -> Result<Tensor, PlanError> {
        let len = shape.iter().fold(1usize, |product, extent| product.saturating_mul(*extent));
        self.unshared = self.unshared.saturating_add(len);
        let fits = |id: &BufferId| self.buffers.iter().any(|(buffer, holds)| buffer == id && *holds == element);
        let waste = |id: &BufferId| plan.buffer_len(*id).abs_diff(len);
        let best = self.free.iter().copied().filter(|id| fits(id)).min_by_key(waste);
        let buffer = match best {
            Some(buffer) => {
                self.free.retain(|free| *free != buffer);
                plan.grow(buffer, len);
                buffer
            }
            None => {
                let buffer = plan.buffer(&format!("shared {}", self.buffers.len()), element, len, 0.0);
                self.buffers.push((buffer, element));
                buffer
            }
        };
        plan.view(buffer, 0, name, shape)
    }

    /// Gives the buffer of a tensor back, if it is one of these.
    pub(super) fn give_back(&mut self, tensor: &Tensor) {
        if self.buffers.iter().any(|(buffer, _)| *buffer == tensor.buffer) && !self.free.contains(&tensor.buffer) {
            self.free.push(tensor.buffer);
        }
    }

    /// The buffers.
    pub(super) fn buffers(&self) -> impl Iterator<Item = BufferId> + '_ {
        self.buffers.iter().map(|(buffer, _)| *buffer)
    }
}
