//! Tensors: named views of device buffers.

use std::sync::Arc;

/// What one element of a buffer holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Element {
    /// A real number: `f32` on the GPU and in the fast CPU engine, `f64` in the oracle.
    F32,
    /// A real number of a forward pass (a latent, an image, a layer's output): between kernels it rests as [`Storage`] says, and in a
    /// kernel it is an [`Element::F32`].
    Stored,
    /// An unsigned integer: counters, or four packed bytes of image data.
    U32,
}

/// How the values of forward passes rest in memory between kernels, which compute with them in f32. Weights, gradients, moments and
/// statistics are f32 in any case: they hold sums of small changes, and gradients are often too small for f16.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Storage {
    /// In 4 bytes, as they were computed.
    #[default]
    F32,
    /// In 2 bytes, rounded to 11 significant bits (IEEE 754 binary16).
    F16,
}

impl Storage {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::F32, Self::F16];

    /// Name in a configuration, and of the type in WGSL.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }
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
    /// Number of elements.
    pub len: usize,
    /// Value of every element at the start (0 for integers).
    pub fill: f32,
    /// Of a buffer of constant integers, what it holds instead, from its first element on.
    pub initial: Option<Arc<[u32]>>,
}

/// A view of a buffer: `shape` elements, row-major, from element `start` on.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Name as printed by `--print-plan`, such as `D.0.weight`.
    pub name: Arc<str>,
    /// The buffer that holds it.
    pub buffer: BufferId,
    /// First element in the buffer; a multiple of [`ALIGNMENT`], of [`Element::Stored`] of twice that.
    pub start: usize,
    /// Type of its elements, as the buffer's.
    pub element: Element,
    /// Extent per dimension.
    pub shape: Vec<usize>,
}

/// Views start at multiples of this many elements of 4 bytes: 256 bytes, the default WebGPU limit
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

    /// The element of the buffer behind its last one; none where that is no number.
    pub fn end(&self) -> Option<usize> {
        self.shape.iter().try_fold(1usize, |len, &extent| len.checked_mul(extent))?.checked_add(self.start)
    }

    /// Whether the first elements are a row-major array of these `extents`. Where a tensor has as many dimensions, it may have more rows
    /// (the first extent) but must agree in all others; where it has not, its dimensions are those of another point of view, and only
    /// the number of elements tells.
    ///
    /// # Errors
    /// What is wrong, as words between tensor and extents.
    pub(super) fn covers(&self, extents: &[usize]) -> Result<(), &'static str> {
        let needed = extents.iter().fold(1usize, |product, &extent| product.saturating_mul(extent));
        if self.len() < needed {
            return Err("is smaller than");
        }
        let same_dimensions = self.shape.len() == extents.len();
        if same_dimensions && self.shape.iter().zip(extents).skip(1).any(|(has, needs)| has != needs) {
            return Err("is of another shape than");
        }
        Ok(())
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
