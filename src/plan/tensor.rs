//! Tensors: named views of device buffers.

use std::sync::Arc;

/// What one 4-byte element of a buffer holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Element {
    /// A real number: `f32` on the GPU and in the fast CPU engine, `f64` in the oracle.
    F32,
    /// An unsigned integer: counters, or four packed bytes of image data.
    U32,
}

/// Index of a buffer in its [`Plan`](super::Plan).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BufferId(pub usize);

/// Memory on the device. Engines set every element to `fill` before the first dispatch.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// Name for messages and debuggers.
    pub name: String,
    /// Type of the elements.
    pub element: Element,
    /// Number of elements (4 bytes each on the GPU).
    pub len: usize,
    /// Value of every element at the start (0 for integers).
    pub fill: f32,
}

/// A view of a buffer: `shape` elements, row-major, from element `start` on.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Name as printed by `--print-plan`, such as `D.0.weight`.
    pub name: Arc<str>,
    /// The buffer that holds it.
    pub buffer: BufferId,
    /// First element in the buffer; a multiple of [`ALIGNMENT`].
    pub start: usize,
    /// Extent per dimension.
    pub shape: Vec<usize>,
}

/// Views start at multiples of this many elements: 256 bytes, the default WebGPU limit
/// `min_storage_buffer_offset_alignment`.
pub const ALIGNMENT: usize = 64;

impl Tensor {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// True where the tensor has no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `[2, 3]`, for messages.
    pub fn shape_text(&self) -> String {
        let extents: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        format!("[{}]", extents.join(", "))
    }
}

/// Lays tensors of one buffer one after another, each aligned; the gaps between them are never written
/// by a kernel and so keep the buffer's `fill`.
#[derive(Default)]
pub struct Packing {
    next: usize,
}

impl Packing {
    /// Start of the next tensor of `len` elements.
    pub fn place(&mut self, len: usize) -> usize {
        let start = self.next;
        self.next = (start + len).next_multiple_of(ALIGNMENT);
        start
    }

    /// Elements that the buffer needs for all that was placed.
    pub fn total(&self) -> usize {
        self.next
    }
}
