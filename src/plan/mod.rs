//! The Plan: a training step as data, a printable list of kernel dispatches over named tensors.
//!
//! Models write a Plan, an engine runs it. Nothing here needs a device.

mod kernel;
mod print;
mod products;
pub mod snippets;
mod tensor;

pub use kernel::{Access, Binding, Grid, Interface, Kernel, ParamSlot, Snippet, compose, interface};
pub use print::{Workgroups, amount};
pub use tensor::{ALIGNMENT, Buffer, BufferId, Element, Packing, Storage, Tensor};

use std::sync::Arc;

/// A value of a kernel parameter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value {
    /// For `u32` members.
    U32(u32),
    /// For `f32` members; the f64 oracle computes with the same value as f32 rounds it.
    F32(f32),
}

impl From<u32> for Value {
    fn from(v: u32) -> Self {
        Value::U32(v)
    }
}
impl From<f32> for Value {
    fn from(v: f32) -> Self {
        Value::F32(v)
    }
}
impl From<usize> for Value {
    /// Extents are checked against `u32` when tensors are made ([`Plan::tensor`]).
    fn from(v: usize) -> Self {
        Value::U32(u32::try_from(v).unwrap_or(u32::MAX))
    }
}

/// One run of one kernel.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// What runs.
    pub kernel: &'static Kernel,
    /// Snippets chosen for this dispatch (an activation, a loss).
    pub with: Vec<&'static Snippet>,
    /// What the kernel's WGSL declares.
    pub interface: Arc<Interface>,
    /// Values in the order of `interface.params`.
    pub params: Vec<Value>,
    /// Tensors in the order of `interface.bindings`.
    pub bindings: Vec<Tensor>,
    /// Amount of work.
    pub grid: Grid,
}

/// Dispatches that always run together, in order.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Name, such as `d_update`.
    pub name: &'static str,
    /// In order.
    pub dispatches: Vec<Dispatch>,
}

/// Index of a sequence in its plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SequenceId(pub usize);

/// Buffers, and sequences of dispatches over them. Both grow only by the methods below: engines rely on what these have checked.
#[derive(Clone, Default, Debug)]
pub struct Plan {
    buffers: Vec<Buffer>,
    sequences: Vec<Sequence>,
    /// How [`Element::Stored`] rests in memory.
    pub storage: Storage,
}

/// A mistake in a plan: in a kernel's text, or between it and the host code that dispatches it.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The WGSL does not parse or breaks a convention.
    #[error("kernel {kernel}: {what}")]
    Kernel {
        /// Kernel name.
        kernel: String,
        /// What is wrong.
        what: String,
    },
    /// A dispatch does not fit its kernel.
    #[error("dispatch of {kernel}, '{name}': {what}")]
    Dispatch {
        /// Kernel name.
        kernel: &'static str,
        /// Binding or parameter.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A view that does not fit its buffer.
    #[error("tensor {name} {shape} does not fit buffer {buffer}: {what}")]
    View {
        /// Tensor name.
        name: String,
        /// Its shape.
        shape: String,
        /// Buffer name.
        buffer: String,
        /// What is wrong.
        what: String,
    },
    /// A tensor too large to index with u32.
    #[error("tensor {name} {shape} has more than 2^31 elements; choose smaller layers, batch or data")]
    TooLarge {
        /// Tensor name.
        name: String,
        /// Its shape.
        shape: String,
    },
}

impl Plan {
    /// A plan without buffers and sequences.
    pub fn new(storage: Storage) -> Self {
        Plan { storage, ..Plan::default() }
    }

    /// All device memory; a [`BufferId`] is an index here.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// What can be run; a [`SequenceId`] is an index here.
    pub fn sequences(&self) -> &[Sequence] {
        &self.sequences
    }

    /// A sequence of this plan.
    pub fn sequence(&self, id: SequenceId) -> &Sequence {
        &self.sequences[id.0]
    }

    /// Whether a tensor lies in one of this plan's buffers; one of another plan may not.
    pub fn holds(&self, tensor: &Tensor) -> bool {
        let buffer = self.buffers.get(tensor.buffer.0);
        buffer.is_some_and(|buffer| tensor.end().is_some_and(|end| end <= buffer.len))
    }

    /// Bytes of an element on a GPU.
    pub fn width(&self, element: Element) -> usize {
        match (element, self.storage) {
            (Element::Stored, Storage::F16) => 2,
            _ => 4,
        }
    }

    /// Bytes of a buffer on a GPU, where copies and bindings take whole words.
    pub fn buffer_bytes(&self, buffer: &Buffer) -> usize {
        (buffer.len * self.width(buffer.element)).next_multiple_of(4)
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        self.buffers.iter().map(|buffer| self.buffer_bytes(buffer)).sum()
    }

    /// Bytes of an element of a tensor.
    pub fn tensor_width(&self, tensor: &Tensor) -> usize {
        self.width(self.buffers[tensor.buffer.0].element)
    }

    /// Bytes of a tensor on a GPU, as [`Plan::buffer_bytes`]; behind an odd half lies the end of its buffer or a gap.
    pub fn tensor_bytes(&self, tensor: &Tensor) -> usize {
        (tensor.len() * self.tensor_width(tensor)).next_multiple_of(4)
    }

    /// A buffer for `len` elements that all start as `fill`.
    pub fn buffer(&mut self, name: &str, element: Element, len: usize, fill: f32) -> BufferId {
        self.add(Buffer { name: name.into(), element, len: len.max(1), fill, initial: None })
    }

    fn add(&mut self, buffer: Buffer) -> BufferId {
        self.buffers.push(buffer);
        BufferId(self.buffers.len() - 1)
    }

    /// Elements of a buffer.
    pub fn buffer_len(&self, buffer: BufferId) -> usize {
        self.buffers[buffer.0].len
    }

    /// Makes a buffer at least `len` elements long; views of it stay as they are.
    pub fn grow(&mut self, buffer: BufferId, len: usize) {
        let buffer = &mut self.buffers[buffer.0];
        buffer.len = buffer.len.max(len);
    }

    /// A view of `buffer`.
    ///
    /// # Errors
    /// [`PlanError::TooLarge`] where u32 cannot index it; [`PlanError::View`] where it does not lie in the buffer, or starts where
    /// devices cannot bind it.
    pub fn view(&mut self, buffer: BufferId, start: usize, name: &str, shape: &[usize]) -> Result<Tensor, PlanError> {
        let element = self.buffers.get(buffer.0).map_or(Element::F32, |buffer| buffer.element);
        let tensor = Tensor { name: name.into(), buffer, start, element, shape: shape.to_vec() };
        let shape = tensor.shape_text();
        let Some(end) = tensor.end().filter(|end| *end <= 1 << 31) else {
            return Err(PlanError::TooLarge { name: name.into(), shape });
        };
        let fail =
            |buffer: &str, what: String| Err(PlanError::View { name: name.into(), shape: shape.clone(), buffer: buffer.into(), what });
        let Some(viewed) = self.buffers.get(buffer.0) else {
            return fail(&format!("number {}", buffer.0), format!("the plan has only {}", self.buffers.len()));
        };
        let alignment = if viewed.element == Element::Stored { 2 * ALIGNMENT } else { ALIGNMENT };
        if !start.is_multiple_of(alignment) {
            return fail(&viewed.name, format!("it starts at element {start}, which is no multiple of {alignment}"));
        }
        if end > viewed.len {
            return fail(&viewed.name, format!("it would end at element {end} of {}", viewed.len));
        }
        Ok(tensor)
    }

    /// A tensor with a buffer of its own, zero at the start.
    ///
    /// # Errors
    /// As [`Plan::view`].
    pub fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, PlanError> {
        self.filled(name, Element::F32, shape, 0.0)
    }

    /// As [`Plan::tensor`], for values of a forward pass.
    ///
    /// # Errors
    /// As [`Plan::view`].
    pub fn stored(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, PlanError> {
        self.filled(name, Element::Stored, shape, 0.0)
    }

    /// A tensor with a buffer of its own, all elements `fill` at the start.
    ///
    /// # Errors
    /// As [`Plan::view`].
    pub fn filled(&mut self, name: &str, element: Element, shape: &[usize], fill: f32) -> Result<Tensor, PlanError> {
        let len = shape.iter().fold(1usize, |product, &extent| product.saturating_mul(extent));
        let buffer = self.buffer(name, element, len, fill);
        self.view(buffer, 0, name, shape)
    }

    /// A tensor `[words.len()]` of integers that never change: engines write them before the first dispatch, and no dispatch may.
    ///
    /// # Errors
    /// As [`Plan::view`].
    pub fn constant_words(&mut self, name: &str, words: &[u32]) -> Result<Tensor, PlanError> {
        let (len, initial) = (words.len().max(1), Some(words.into()));
        let buffer = self.add(Buffer { name: name.into(), element: Element::U32, len, fill: 0.0, initial });
        self.view(buffer, 0, name, &[words.len()])
    }

    /// Starts a sequence; later dispatches go into it.
    pub fn begin(&mut self, name: &'static str) -> SequenceId {
        self.sequences.push(Sequence { name, dispatches: Vec::new() });
        SequenceId(self.sequences.len() - 1)
    }

    /// Adds a dispatch to the sequence begun last, after checking it against the kernel's own declarations. It is the only way to add
    /// one, because engines count on these checks: that bindings lie in their buffers, and that none that is written overlaps another.
    ///
    /// # Errors
    /// [`PlanError::Dispatch`] that names the parameter or binding that is missing, unknown, of the wrong type or shape or too small,
    /// that is written though it is constant, or whose buffer is both read and written.
    pub fn dispatch(
        &mut self,
        kernel: &'static Kernel,
        with: &[&'static Snippet],
        params: &[(&str, Value)],
        bindings: &[(&str, &Tensor)],
        grid: Grid,
    ) -> Result<(), PlanError> {
        let interface = interface(kernel, with)?;
        let fail = |name: &str, what: String| PlanError::Dispatch { kernel: kernel.name, name: name.into(), what };
        if let Some((name, _)) = params.iter().find(|(n, _)| interface.params.iter().all(|p| p.name != *n)) {
            return Err(fail(name, "the kernel has no such parameter".into()));
        }
        if let Some((name, _)) = bindings.iter().find(|(n, _)| interface.bindings.iter().all(|b| b.name != *n)) {
            return Err(fail(name, "the kernel has no such binding".into()));
        }
        if interface.workgroup_size.is_none() != matches!(grid, Grid::Product { .. }) {
            return Err(fail("grid", format!("{grid} does not suit the kernel")));
        }
        let mut values = Vec::new();
        for slot in &interface.params {
            let value = params.iter().find(|(n, _)| *n == slot.name).map(|(_, v)| *v);
            match (value, slot.element) {
                (Some(v @ Value::U32(_)), Element::U32) | (Some(v @ Value::F32(_)), Element::F32) => values.push(v),
                (Some(v), element) => return Err(fail(&slot.name, format!("{v:?} given, {element:?} declared"))),
                (None, _) => return Err(fail(&slot.name, "parameter not given".into())),
            }
        }
        let mut tensors: Vec<Tensor> = Vec::new();
        for binding in &interface.bindings {
            let Some((_, tensor)) = bindings.iter().find(|(n, _)| *n == binding.name) else {
                return Err(fail(&binding.name, "binding not given".into()));
            };
            if !self.holds(tensor) {
                return Err(fail(
                    &binding.name,
                    format!("tensor {} {} lies outside this plan's buffers", tensor.name, tensor.shape_text()),
                ));
            }
            let buffer = &self.buffers[tensor.buffer.0];
            if buffer.initial.is_some() && binding.access == Access::Write {
                return Err(fail(&binding.name, format!("tensor {} is constant, and the kernel writes to it", tensor.name)));
            }
            if buffer.element != binding.element {
                return Err(fail(&binding.name, format!("tensor {} is {:?}, declared {:?}", tensor.name, buffer.element, binding.element)));
            }
            let needed = extents(&binding.shape, &interface.params, &values).map_err(|what| fail(&binding.name, what))?;
            if let Err(what) = tensor.covers(&needed) {
                let (shape, declared) = (tensor.shape_text(), binding.shape.join(", "));
                return Err(fail(&binding.name, format!("tensor {} {shape} {what} [{declared}] = {needed:?}", tensor.name)));
            }
            tensors.push((*tensor).clone());
        }
        for (i, (a, ta)) in interface.bindings.iter().zip(&tensors).enumerate() {
            for (b, tb) in interface.bindings.iter().zip(&tensors).skip(i + 1) {
                let same_buffer = ta.buffer == tb.buffer;
                let overlap = ta.start < tb.start + tb.len() && tb.start < ta.start + ta.len();
                let written = a.access == Access::Write || b.access == Access::Write;
                // WebGPU tracks read against write for whole buffers, write against write for ranges.
                if same_buffer && written && (a.access != b.access || overlap) {
                    return Err(fail(&b.name, format!("shares memory with '{}', and one of them is written", a.name)));
                }
            }
        }
        let dispatch = Dispatch { kernel, with: with.to_vec(), interface, params: values, bindings: tensors, grid };
        match self.sequences.last_mut() {
            Some(sequence) => sequence.dispatches.push(dispatch),
            None => return Err(fail("plan", "dispatch before Plan::begin".into())),
        }
        Ok(())
    }
}

/// The values of extents such as `rows`, `first_row + rows`, `2`.
fn extents(shape: &[String], slots: &[ParamSlot], values: &[Value]) -> Result<Vec<usize>, String> {
    let mut extents = Vec::new();
    for extent in shape {
        let mut sum = 0usize;
        for term in extent.split('+').map(str::trim) {
            let value = slots.iter().position(|s| s.name == term).map(|i| values[i]);
            sum += match (value, term.parse::<usize>()) {
                (Some(Value::U32(v)), _) => v as usize,
                (None, Ok(number)) => number,
                _ => {
                    return Err(format!("'{term}' in the shape [{}] is neither a u32 parameter nor a number", shape.join(", ")));
                }
            };
        }
        extents.push(sum);
    }
    Ok(extents)
}

impl Dispatch {
    /// Its kernel with the snippets chosen for it: `linear_forward tanh`.
    pub fn name(&self) -> String {
        let names: Vec<&str> = std::iter::once(self.kernel.name).chain(self.with.iter().map(|s| s.name)).collect();
        names.join(" ")
    }

    /// Words of the `Params` uniform, padding as zeros.
    pub fn param_words(&self) -> Vec<u32> {
        let mut words = vec![0; self.interface.param_words];
        for (slot, value) in self.interface.params.iter().zip(&self.params) {
            words[slot.word] = match *value {
                Value::U32(v) => v,
                Value::F32(v) => v.to_bits(),
            };
        }
        words
    }

    /// Bytes read or written at least once, each bound element counted once; `width` gives the bytes of an element.
    pub fn bytes(&self, width: impl Fn(Element) -> usize) -> usize {
        self.interface.bindings.iter().zip(&self.bindings).map(|(binding, tensor)| tensor.len() * width(binding.element)).sum()
    }

    /// Multiply-adds of a matrix product counted as two operations; other kernels count as none.
    pub fn flops(&self) -> usize {
        match self.grid {
            Grid::Product { rows, columns, inner, parts } => 2 * rows * columns * inner * parts,
            _ => 0,
        }
    }
}
