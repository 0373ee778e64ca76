//! A dispatch's arguments as a twin sees them: parameters and tensors by name.

use super::{Real, Way};
use crate::plan::{Access, Dispatch, Snippet, Tensor, Value};

/// Memory of one buffer.
pub enum Memory<R> {
    /// Real numbers, whatever they are stored as on a GPU.
    Real(Vec<R>),
    /// Integers.
    Words(Vec<u32>),
}

enum Slot<'a, R> {
    Read(&'a [R]),
    Write(&'a mut [R]),
    Words(&'a [u32]),
    WordsMut(&'a mut [u32]),
    Taken,
}

/// Arguments of one twin call. Asking for a name or type that the kernel's WGSL does not declare is a mistake in the twin, found by
/// the test that runs every twin; it panics.
pub struct Args<'a, R> {
    dispatch: &'a Dispatch,
    slots: Vec<Slot<'a, R>>,
    /// Memory for intermediate values, kept between calls.
    pub scratch: &'a mut Vec<R>,
    /// How matrix products are shared.
    pub way: Way,
}

impl<'a, R: Real> Args<'a, R> {
    /// The arguments of `dispatch` in the memory of its plan's buffers.
    pub(crate) fn bind(dispatch: &'a Dispatch, memory: &'a mut [Memory<R>], scratch: &'a mut Vec<R>, way: Way) -> Self {
        let mut slots = Vec::with_capacity(dispatch.bindings.len());
        for (binding, tensor) in dispatch.interface.bindings.iter().zip(&dispatch.bindings) {
            // SAFETY: the slices live no longer than the borrow of `memory`, and `Plan::dispatch` has refused any two bindings of one
            // dispatch that overlap while one of them is written.
            slots.push(unsafe {
                match (&mut memory[tensor.buffer.0], binding.access) {
                    (Memory::Real(v), Access::Read) => Slot::Read(shared(v, tensor)),
                    (Memory::Real(v), Access::Write) => Slot::Write(exclusive(v, tensor)),
                    (Memory::Words(v), Access::Read) => Slot::Words(shared(v, tensor)),
                    (Memory::Words(v), Access::Write) => Slot::WordsMut(exclusive(v, tensor)),
                }
            });
        }
        Args { dispatch, slots, scratch, way }
    }

    fn value(&self, name: &str) -> Value {
        let position = self.dispatch.interface.params.iter().position(|p| p.name == name);
        position.map(|i| self.dispatch.params[i]).unwrap_or_else(|| self.refuse(name))
    }

    fn refuse(&self, name: &str) -> ! {
        panic!("twin of {} asks for '{name}', which its WGSL does not declare so", self.dispatch.kernel.name)
    }

    /// A u32 parameter.
    pub fn u32(&self, name: &str) -> u32 {
        match self.value(name) {
            Value::U32(v) => v,
            Value::F32(_) => self.refuse(name),
        }
    }

    /// A u32 parameter as a size.
    pub fn size(&self, name: &str) -> usize {
        self.u32(name) as usize
    }

    /// An f32 parameter.
    pub fn real(&self, name: &str) -> R {
        match self.value(name) {
            Value::F32(v) => R::of(v),
            Value::U32(_) => self.refuse(name),
        }
    }

    /// Position of the row whose snippet the dispatch was composed with first: its function or distribution.
    pub fn chosen<T>(&self, rows: &'static [T], snippet: fn(&'static T) -> &'static Snippet) -> usize {
        let with = self.dispatch.with.first();
        rows.iter().position(|row| with.is_some_and(|with| std::ptr::eq(*with, snippet(row)))).unwrap_or_else(|| self.refuse("choice"))
    }

    fn slot(&self, name: &str) -> usize {
        let position = self.dispatch.interface.bindings.iter().position(|b| b.name == name);
        position.unwrap_or_else(|| self.refuse(name))
    }

    /// A read binding.
    pub fn read(&self, name: &str) -> &'a [R] {
        match &self.slots[self.slot(name)] {
            Slot::Read(values) => values,
            _ => self.refuse(name),
        }
    }

    /// A read binding of integers.
    pub fn words(&self, name: &str) -> &'a [u32] {
        match &self.slots[self.slot(name)] {
            Slot::Words(words) => words,
            _ => self.refuse(name),
        }
    }

    /// A written binding; can be taken once.
    pub fn write(&mut self, name: &str) -> &'a mut [R] {
        let i = self.slot(name);
        match std::mem::replace(&mut self.slots[i], Slot::Taken) {
            Slot::Write(values) => values,
            _ => self.refuse(name),
        }
    }

    /// A written binding of integers; can be taken once.
    pub fn words_mut(&mut self, name: &str) -> &'a mut [u32] {
        let i = self.slot(name);
        match std::mem::replace(&mut self.slots[i], Slot::Taken) {
            Slot::WordsMut(words) => words,
            _ => self.refuse(name),
        }
    }
}

/// Where a tensor starts in its buffer, and its length. From the buffer's pointer, not from a borrow of its elements, which would end
/// the slices taken before.
fn place<T>(buffer: &mut Vec<T>, tensor: &Tensor) -> (*mut T, usize) {
    let (start, len) = (tensor.start, tensor.len());
    assert!(start + len <= buffer.len(), "tensor {} lies outside its buffer", tensor.name);
    (buffer.as_mut_ptr().wrapping_add(start), len)
}

/// # Safety
/// The buffer must outlive `'a`, and nobody may write to the tensor meanwhile.
unsafe fn shared<'a, T>(buffer: &mut Vec<T>, tensor: &Tensor) -> &'a [T] {
    let (start, len) = place(buffer, tensor);
    // SAFETY: inside the buffer, as `place` checks; the rest is the caller's promise.
    unsafe { std::slice::from_raw_parts(start, len) }
}

/// # Safety
/// The buffer must outlive `'a`, and nobody else may use the tensor meanwhile.
unsafe fn exclusive<'a, T>(buffer: &mut Vec<T>, tensor: &Tensor) -> &'a mut [T] {
    let (start, len) = place(buffer, tensor);
    // SAFETY: as above.
    unsafe { std::slice::from_raw_parts_mut(start, len) }
}
