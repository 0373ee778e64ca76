//! What an expression can be: a small set of operations, closed under differentiation.

use crate::ops::{augment::Picture, convolution::Conv, group_norm::Blocks, pointwise::Activation, resample::Resample};

/// Number of an expression in its graph; operands have smaller numbers than what is made of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Id(pub(super) u32);

impl Id {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// An operation. Every value is a matrix `[rows, columns]`: a scalar is `[1, 1]`, a bias `[1, columns]`, one number per image `[rows, 1]`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Op {
    /// A value that comes from outside: a parameter, what is drawn, what the host writes.
    Leaf,
    /// The same number everywhere.
    Constant(f32),

    /// x w^T of x `[rows, inputs]` and w `[outputs, inputs]`, or of the patches of x.
    Product(Patches),
    /// dy w of dy `[rows, outputs]` and w `[outputs, inputs]`: the gradient of [`Op::Product`] by x. Of patches it is a transposed
    /// convolution.
    ByInput(Patches),
    /// dy^T x of dy `[rows, outputs]` and x `[rows, inputs]`, or the patches of x: the gradient of [`Op::Product`] by w.
    ByWeight(Patches),

    /// a + b.
    Add,
    /// a b, element by element.
    Mul,
    /// scale a + shift.
    Affine {
        /// Factor.
        scale: f32,
        /// Summand.
        shift: f32,
    },
    /// f(x), element by element.
    Pointwise(Activation),
    /// A derivative of f at x, from the operands x and f(x), of which f reads one.
    Slope(Activation, Order),

    /// Sums over rows, columns or both, to a shape that has 1 there.
    Sum,
    /// Repeats rows, columns or both, from a shape that has 1 there: the gradient of [`Op::Sum`].
    Expand,
    /// y[r, c] = x[r + row, c + column] where x has that element, else 0: a part, or x in a frame of zeros. Its own gradient.
    Window {
        /// Row of x at which y starts; negative for rows of zeros above.
        row: isize,
        /// Column of x at which y starts.
        column: isize,
    },
    /// a above b.
    Stack,
    /// a beside b.
    Beside,
    /// The same elements in the same order under another shape.
    Reshape,
    /// x, but a constant to differentiation.
    Detach,

    /// Pictures x `[pixels, channels]` enlarged or reduced, each channel by itself. Its gradient is its adjoint.
    Resample(Resample),

    /// y[r] = w[index[r]] of w `[entries, columns]` and index `[rows, 1]`: a row of a table for each row. An index is a whole number
    /// held as a real, like every value here, so that indices are stacked and parted like what they belong to; f32 holds them exactly
    /// up to 2^24. One outside the table takes the nearest row.
    Gather,
    /// dw[e] = the sum of dy[r] over the rows with index[r] = e, in their order: the gradient of [`Op::Gather`] by w.
    Scatter,

    /// Pictures x `[rows, columns]`, each changed as its knobs `[rows, KNOBS]` have it: see [`crate::ops::augment`].
    Augment {
        /// What a row holds.
        picture: Picture,
        /// Whether the brightness, which does not depend on x, is added: without, it is linear in x.
        shift: bool,
    },
    /// Gradient of [`Op::Augment`] by x, from dy and the knobs.
    AugmentByInput(Picture),

    /// The largest of each `pieces` neighbours: h `[rows, units * pieces]` to `[rows, units]` (maxout).
    Max {
        /// Neighbours that compete.
        pieces: usize,
    },
    /// dy for the piece that won in the second operand, an [`Op::Max`]; 0 for the others.
    Unmax {
        /// Neighbours that competed.
        pieces: usize,
    },
    /// The piece of t that won in the second operand: how a maximum moves, and the gradient of [`Op::Unmax`].
    Pick {
        /// Neighbours that competed.
        pieces: usize,
    },

    /// Batch normalisation of x with w, b and the running statistics, by the statistics of the batch.
    BatchNorm(BatchNorm),
    /// Batch normalisation of the same operands by the running statistics.
    BatchNormInference(BatchNorm),
    /// Gradient by x from dy, the [`Op::BatchNorm`], x and w. Of the second only what it saved is read.
    BatchNormByInput(BatchNorm),
    /// Gradient by w from dy, the [`Op::BatchNorm`] and x. (That by b is the sum of dy over the rows.)
    BatchNormByWeight(BatchNorm),

    /// Normalisation of each picture of x with w and b, by its own statistics.
    GroupNorm(Blocks),
    /// Gradient by x from dy, the [`Op::GroupNorm`], x and w. Of the second only what it saved is read.
    GroupNormByInput(Blocks),
    /// Gradient by w from dy, the [`Op::GroupNorm`] and x.
    GroupNormByWeight(Blocks),
}

/// What a product takes for the rows of x.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patches {
    /// Its rows.
    Rows,
    /// What a kernel covers at each of its places: a convolution. x is `[pixels, channels]`, the pixels of all images row by row; w
    /// `[filters, height * width * channels of a group]`; y `[pixels, filters]`.
    Conv(Conv),
}

impl Patches {
    /// Rows of x that make a picture: 1 where each is one.
    pub(super) fn input_pixels(self) -> usize {
        match self {
            Patches::Rows => 1,
            Patches::Conv(conv) => conv.input_pixels(),
        }
    }

    /// Rows of y that make a picture.
    pub(super) fn output_pixels(self) -> usize {
        match self {
            Patches::Rows => 1,
            Patches::Conv(conv) => conv.output_pixels(),
        }
    }

    /// Behind the name of an operation.
    fn text(self) -> String {
        match self {
            Patches::Rows => String::new(),
            Patches::Conv(conv) => format!(" of patches {}", conv.text()),
        }
    }
}

/// Which derivative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// f'
    First,
    /// f''
    Second,
}

/// Constants of a batch normalisation.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BatchNorm {
    /// Added to the variance.
    pub epsilon: f32,
    /// Share of this batch in the running statistics; 0 leaves them as they are.
    pub momentum: f32,
    /// Equal parts of the batch with statistics of their own.
    pub groups: usize,
}

impl Op {
    /// Name as in `--print-graph`.
    pub fn name(&self) -> String {
        match self {
            Op::Leaf => "leaf".into(),
            Op::Constant(value) => format!("{value}"),
            Op::Product(patches) => format!("product{}", patches.text()),
            Op::ByInput(patches) => format!("product_by_input{}", patches.text()),
            Op::ByWeight(patches) => format!("product_by_weight{}", patches.text()),
            Op::Add => "add".into(),
            Op::Mul => "multiply".into(),
            Op::Affine { scale, shift: 0.0 } => format!("{scale} *"),
            Op::Affine { scale: 1.0, shift } => format!("{shift} +"),
            Op::Affine { scale, shift } => format!("{shift} + {scale} *"),
            Op::Pointwise(f) => f.text(),
            Op::Slope(f, Order::First) => format!("slope of {}", f.text()),
            Op::Slope(f, Order::Second) => format!("second slope of {}", f.text()),
            Op::Sum => "sum".into(),
            Op::Expand => "expand".into(),
            Op::Window { row, column } => format!("window from ({row}, {column})"),
            Op::Stack => "stack".into(),
            Op::Beside => "beside".into(),
            Op::Reshape => "reshape".into(),
            Op::Detach => "detach".into(),
            Op::Resample(resample) => resample.text(),
            Op::Gather => "gather".into(),
            Op::Scatter => "scatter".into(),
            Op::Augment { picture, shift: true } => format!("augment {}", picture.text()),
            Op::Augment { picture, shift: false } => format!("augment linearly {}", picture.text()),
            Op::AugmentByInput(picture) => format!("augment_by_input {}", picture.text()),
            Op::Max { pieces } => format!("max of {pieces}"),
            Op::Unmax { pieces } => format!("unmax of {pieces}"),
            Op::Pick { pieces } => format!("pick of {pieces}"),
            Op::BatchNorm(norm) => format!("batch_norm in {} groups", norm.groups),
            Op::BatchNormInference(_) => "batch_norm by running statistics".into(),
            Op::BatchNormByInput(_) => "batch_norm_by_input".into(),
            Op::BatchNormByWeight(_) => "batch_norm_by_weight".into(),
            Op::GroupNorm(blocks) => format!("norm of {} pixels in {} groups", blocks.pixels, blocks.groups),
            Op::GroupNormByInput(_) => "norm_by_input".into(),
            Op::GroupNormByWeight(_) => "norm_by_weight".into(),
        }
    }

    /// What tells two operations over the same operands apart, for finding equal expressions.
    pub(super) fn key(&self) -> String {
        match self {
            // Exact, where the printed number may not be.
            Op::Constant(value) => format!("constant {:08x}", value.to_bits()),
            Op::Affine { scale, shift } => format!("affine {:08x} {:08x}", scale.to_bits(), shift.to_bits()),
            Op::BatchNorm(norm) => format!("batch_norm {norm:?}"),
            Op::GroupNorm(blocks) | Op::GroupNormByInput(blocks) | Op::GroupNormByWeight(blocks) => format!("{} {blocks:?}", self.name()),
            Op::Product(patches) => format!("product {patches:?}"),
            Op::ByInput(patches) => format!("product_by_input {patches:?}"),
            Op::ByWeight(patches) => format!("product_by_weight {patches:?}"),
            Op::Pointwise(f) => format!("{} {:08x}", f.kind.name, f.alpha.to_bits()),
            Op::Slope(f, order) => format!("{order:?} slope of {} {:08x}", f.kind.name, f.alpha.to_bits()),
            other => other.name(),
        }
    }
}
