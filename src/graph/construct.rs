//! Making expressions, each in its simplest form: what is zero disappears, and rows of zeros (the adjoint of taking some rows) travel
//! outward, so that the backward pass of some images computes with those images alone.

use super::{BatchNorm, GraphError, Op, Order, Patches, Var};
use crate::ops::{
    augment::{KNOBS, Picture},
    convolution::Conv,
    group_norm::Blocks,
    pointwise::Activation,
    resample::Resample,
};

/// Up to here f32 holds every whole number.
const LARGEST_INDEX: usize = 1 << 24;

impl<'g> Var<'g> {
    fn unfit(self, op: Op, other: Var<'g>, what: &'static str, shape: [usize; 2]) -> Var<'g> {
        let shapes = format!("{:?} and {:?}", self.shape(), other.shape());
        self.graph.fail(GraphError::Shapes { op: op.name(), shapes, what }, shape)
    }

    fn made(self, op: Op, others: &[Var<'g>], shape: [usize; 2]) -> Var<'g> {
        let mut operands = vec![self.id];
        operands.extend(others.iter().map(|v| v.id));
        self.graph.node(op, &operands, shape)
    }

    /// x w^T of x `[rows, inputs]` and w `[outputs, inputs]`: `[rows, outputs]`.
    pub fn product(self, w: Var<'g>) -> Var<'g> {
        self.product_of(Patches::Rows, w)
    }

    /// dy w of dy `[rows, outputs]` and w `[outputs, inputs]`: `[rows, inputs]`.
    pub fn by_input(self, w: Var<'g>) -> Var<'g> {
        self.by_input_of(Patches::Rows, w)
    }

    /// dy^T x of dy `[rows, outputs]` and x `[rows, inputs]`: `[outputs, inputs]`.
    pub fn by_weight(self, x: Var<'g>) -> Var<'g> {
        self.by_weight_of(Patches::Rows, x)
    }

    /// w * x of pictures x `[pixels, channels]` and w `[filters, kernel height * kernel width * channels of a group]`:
    /// `[pixels, filters]`.
    pub fn conv(self, w: Var<'g>, conv: Conv) -> Var<'g> {
        self.product_of(Patches::Conv(conv), w)
    }

    /// The adjoint of [`Var::conv`], a transposed convolution: of pictures `[pixels, filters]` and w as there, `[pixels, channels]`.
    pub fn conv_transpose(self, w: Var<'g>, conv: Conv) -> Var<'g> {
        self.by_input_of(Patches::Conv(conv), w)
    }

    /// The product of x's patches with w^T.
    pub(super) fn product_of(self, patches: Patches, w: Var<'g>) -> Var<'g> {
        let op = Op::Product(patches);
        let rows = match patches {
            Patches::Rows if self.columns() != w.columns() => Err("both need the same number of columns"),
            Patches::Rows => Ok(self.rows()),
            Patches::Conv(conv) if !self.rows().is_multiple_of(conv.input_pixels()) => Err("the first must be whole pictures"),
            Patches::Conv(conv)
                if conv.kernel_len() * self.columns() != w.columns() * conv.groups || !w.rows().is_multiple_of(conv.groups) =>
            {
                Err("the second needs a column per element of the kernel and channel of a group, and as many rows for each group")
            }
            Patches::Conv(conv) => Ok(self.rows() / conv.input_pixels() * conv.output_pixels()),
        };
        let shape = [rows.unwrap_or(self.rows()), w.rows()];
        if let Err(what) = rows {
            return self.unfit(op, w, what, shape);
        }
        if self.is_zero() || w.is_zero() {
            return self.graph.constant(0.0, shape);
        }
        match self.as_row_pad().and_then(|(x, first)| Some((x, x.whole_pictures(first, patches.input_pixels())?))) {
            Some((x, first)) => x.product_of(patches, w).pad_rows(first * patches.output_pixels(), shape[0]),
            None => self.made(op, &[w], shape),
        }
    }

    /// The gradient of [`Var::product_of`] by x, from dy.
    pub(super) fn by_input_of(self, patches: Patches, w: Var<'g>) -> Var<'g> {
        let op = Op::ByInput(patches);
        let sizes = match patches {
            _ if self.columns() != w.rows() => Err("the first needs as many columns as the second has rows"),
            Patches::Rows => Ok([self.rows(), w.columns()]),
            Patches::Conv(conv) if !self.rows().is_multiple_of(conv.output_pixels()) => Err("the first must be whole pictures"),
            Patches::Conv(conv) if !w.columns().is_multiple_of(conv.kernel_len()) || !w.rows().is_multiple_of(conv.groups) => {
                Err("the second needs a column per element of the kernel and channel of a group, and as many rows for each group")
            }
            Patches::Conv(conv) => {
                Ok([self.rows() / conv.output_pixels() * conv.input_pixels(), w.columns() / conv.kernel_len() * conv.groups])
            }
        };
        let shape = sizes.unwrap_or([self.rows(), w.columns()]);
        if let Err(what) = sizes {
            return self.unfit(op, w, what, shape);
        }
        if self.is_zero() || w.is_zero() {
            return self.graph.constant(0.0, shape);
        }
        match self.as_row_pad().and_then(|(dy, first)| Some((dy, dy.whole_pictures(first, patches.output_pixels())?))) {
            Some((dy, first)) => dy.by_input_of(patches, w).pad_rows(first * patches.input_pixels(), shape[0]),
            None => self.made(op, &[w], shape),
        }
    }

    /// The gradient of [`Var::product_of`] by w, of this as dy, and x.
    pub(super) fn by_weight_of(self, patches: Patches, x: Var<'g>) -> Var<'g> {
        let op = Op::ByWeight(patches);
        let (pixels_in, pixels_out) = (patches.input_pixels(), patches.output_pixels());
        let columns = match patches {
            Patches::Rows => x.columns(),
            Patches::Conv(conv) => conv.kernel_len() * x.columns() / conv.groups,
        };
        let shape = [self.columns(), columns];
        if self.rows() * pixels_in != x.rows() * pixels_out || !self.rows().is_multiple_of(pixels_out) {
            return self.unfit(op, x, "both need the same number of rows, or of pictures", shape);
        }
        if self.is_zero() || x.is_zero() {
            return self.graph.constant(0.0, shape);
        }
        let pictures =
            |value: Var<'g>, pixels| value.as_row_pad().and_then(|(inner, first)| Some((inner, inner.whole_pictures(first, pixels)?)));
        if let Some((dy, first)) = pictures(self, pixels_out) {
            let count = dy.rows() / pixels_out;
            return dy.by_weight_of(patches, x.part(first * pixels_in, count * pixels_in));
        }
        if let Some((inner, first)) = pictures(x, pixels_in) {
            let count = inner.rows() / pixels_in;
            return self.part(first * pixels_out, count * pixels_out).by_weight_of(patches, inner);
        }
        self.made(op, &[x], shape)
    }

    /// The picture at whose start row `first` lies, where this is whole pictures of so many pixels.
    fn whole_pictures(self, first: usize, pixels: usize) -> Option<usize> {
        (first.is_multiple_of(pixels) && self.rows().is_multiple_of(pixels)).then_some(first / pixels)
    }

    /// Both repeated to one shape, if there is one.
    fn together(self, other: Var<'g>) -> Option<[Var<'g>; 2]> {
        let (a, b) = (self.shape(), other.shape());
        let fits = |i: usize| a[i] == b[i] || a[i] == 1 || b[i] == 1;
        let shape = [a[0].max(b[0]), a[1].max(b[1])];
        (fits(0) && fits(1)).then(|| [self.expand(shape), other.expand(shape)])
    }

    pub(super) fn plus(self, other: Var<'g>) -> Var<'g> {
        let Some([a, b]) = self.together(other) else {
            return self.unfit(Op::Add, other, "shapes must be equal, or 1 where they differ", self.shape());
        };
        if a.is_zero() {
            return b;
        }
        if b.is_zero() {
            return a;
        }
        if let (Some(x), Some(y)) = (a.as_constant(), b.as_constant()) {
            return self.graph.constant(x + y, a.shape());
        }
        if a.id == b.id {
            return a.affine(2.0, 0.0);
        }
        for (constant, rest) in [(a, b), (b, a)] {
            if let Some(shift) = constant.as_constant() {
                return rest.affine(1.0, shift);
            }
        }
        // Two parts in frames of zeros that fill each other's gaps are one above the other.
        if let (Some((x, first)), Some((y, second))) = (a.as_row_pad(), b.as_row_pad()) {
            if first == 0 && second == x.rows() && second + y.rows() == a.rows() {
                return x.stack(y);
            }
            if second == 0 && first == y.rows() && first + x.rows() == a.rows() {
                return y.stack(x);
            }
            if first == second && x.rows() == y.rows() {
                return x.plus(y).pad_rows(first, a.rows());
            }
        }
        a.made(Op::Add, &[b], a.shape())
    }

    pub(super) fn times(self, other: Var<'g>) -> Var<'g> {
        // A constant is no reason to repeat anything.
        for (constant, rest) in [(self, other), (other, self)] {
            if let (Some(scale), [1, 1]) = (constant.as_constant(), constant.shape()) {
                return rest.affine(scale, 0.0);
            }
        }
        let Some([a, b]) = self.together(other) else {
            return self.unfit(Op::Mul, other, "shapes must be equal, or 1 where they differ", self.shape());
        };
        for (constant, rest) in [(a, b), (b, a)] {
            if let Some(scale) = constant.as_constant() {
                return rest.affine(scale, 0.0);
            }
        }
        for (padded, rest) in [(a, b), (b, a)] {
            if let Some((inner, first)) = padded.as_row_pad() {
                return inner.times(rest.part(first, inner.rows())).pad_rows(first, padded.rows());
            }
        }
        a.made(Op::Mul, &[b], a.shape())
    }

    /// scale * x + shift.
    pub fn affine(self, scale: f32, shift: f32) -> Var<'g> {
        if scale == 0.0 {
            return self.graph.constant(shift, self.shape());
        }
        if (scale, shift) == (1.0, 0.0) {
            return self;
        }
        if let Some(value) = self.as_constant() {
            return self.graph.constant(scale * value + shift, self.shape());
        }
        if let (Some((inner, first)), true) = (self.as_row_pad(), shift == 0.0) {
            return inner.affine(scale, 0.0).pad_rows(first, self.rows());
        }
        let inner = self.graph.op(self.id);
        if let Op::Affine { scale: s, shift: t } = inner {
            return self.graph.operand(self.id, 0).affine(scale * s, scale * t + shift);
        }
        if let (Op::Expand, true) = (inner, shift == 0.0) {
            return self.graph.operand(self.id, 0).affine(scale, 0.0).expand(self.shape());
        }
        self.made(Op::Affine { scale, shift }, &[], self.shape())
    }

    /// f(x), element by element.
    pub fn apply(self, f: Activation) -> Var<'g> {
        if f.is_identity() { self } else { self.made(Op::Pointwise(f), &[], self.shape()) }
    }

    /// f'(x) or f''(x), element by element.
    pub(super) fn slope(self, f: Activation, order: Order) -> Var<'g> {
        if order == Order::Second && f.kind.piecewise_linear {
            return self.graph.constant(0.0, self.shape());
        }
        if f.is_identity() {
            return self.graph.constant(1.0, self.shape());
        }
        self.made(Op::Slope(f, order), &[self.apply(f)], self.shape())
    }

    /// Sums to `shape`, which has 1 wherever it differs from that of x.
    pub fn sum_to(self, shape: [usize; 2]) -> Var<'g> {
        let from = self.shape();
        if from == shape {
            return self;
        }
        if (0..2).any(|i| shape[i] != from[i] && shape[i] != 1) {
            let shapes = format!("{from:?} to {shape:?}");
            return self
                .graph
                .fail(GraphError::Shapes { op: "sum".into(), shapes, what: "only whole rows and columns can be summed" }, shape);
        }
        let terms = (from[0] * from[1]) as f32 / (shape[0] * shape[1]) as f32;
        if let Some(value) = self.as_constant() {
            return self.graph.constant(value * terms, shape);
        }
        // First along the rows, whose elements are neighbours.
        if shape == [1, 1] && from[0] > 1 && from[1] > 1 {
            return self.sum_to([from[0], 1]).sum_to(shape);
        }
        if let (Some((inner, _)), 1) = (self.as_row_pad(), shape[0]) {
            return inner.sum_to(shape);
        }
        match self.graph.op(self.id) {
            Op::Expand if self.graph.operand(self.id, 0).shape() == shape => self.graph.operand(self.id, 0).affine(terms, 0.0),
            Op::Affine { scale, shift: 0.0 } => self.graph.operand(self.id, 0).sum_to(shape).affine(scale, 0.0),
            _ => self.made(Op::Sum, &[], shape),
        }
    }

    /// Repeats rows and columns up to `shape`.
    pub fn expand(self, shape: [usize; 2]) -> Var<'g> {
        let from = self.shape();
        if from == shape {
            return self;
        }
        if (0..2).any(|i| shape[i] != from[i] && from[i] != 1) {
            let shapes = format!("{from:?} to {shape:?}");
            return self.graph.fail(GraphError::Shapes { op: "expand".into(), shapes, what: "only single rows and columns repeat" }, shape);
        }
        match self.as_constant() {
            Some(value) => self.graph.constant(value, shape),
            None => self.made(Op::Expand, &[], shape),
        }
    }

    /// y[r, c] = x[r + row, c + column], zero outside x.
    fn window(self, row: isize, column: isize, shape: [usize; 2]) -> Var<'g> {
        if (row, column, shape) == (0, 0, self.shape()) {
            return self;
        }
        if self.is_zero() {
            return self.graph.constant(0.0, shape);
        }
        self.made(Op::Window { row, column }, &[], shape)
    }

    /// `count` rows from `first` on.
    pub fn part(self, first: usize, count: usize) -> Var<'g> {
        let shape = [count, self.columns()];
        if first + count > self.rows() {
            let shapes = format!("{:?}", self.shape());
            return self
                .graph
                .fail(GraphError::Shapes { op: format!("rows {first}..{}", first + count), shapes, what: "there are fewer" }, shape);
        }
        if let Some(value) = self.as_constant() {
            return self.graph.constant(value, shape);
        }
        if let Some((inner, at)) = self.as_row_pad()
            && first >= at
            && first + count <= at + inner.rows()
        {
            return inner.part(first - at, count);
        }
        if let Some((inner, at)) = self.as_row_part() {
            return inner.part(at + first, count);
        }
        let operand = |i: usize| self.graph.operand(self.id, i);
        match self.graph.op(self.id) {
            Op::Stack if first + count <= operand(0).rows() => operand(0).part(first, count),
            Op::Stack if first >= operand(0).rows() => operand(1).part(first - operand(0).rows(), count),
            // What costs nothing is taken of the part alone; what is computed once for all rows stays so.
            Op::Slope(f, order) => operand(0).part(first, count).slope_of(f, order, operand(1).part(first, count)),
            Op::ByInput(Patches::Rows) => operand(0).part(first, count).by_input(operand(1)),
            Op::ByInput(patches @ Patches::Conv(conv)) if [first, count].iter().all(|n| n.is_multiple_of(conv.input_pixels())) => {
                let [first, count] = [first, count].map(|n| n / conv.input_pixels() * conv.output_pixels());
                operand(0).part(first, count).by_input_of(patches, operand(1))
            }
            Op::Resample(resample) if [first, count].iter().all(|n| n.is_multiple_of(resample.output_pixels())) => {
                let [first, count] = [first, count].map(|n| n / resample.output_pixels() * resample.input_pixels());
                operand(0).part(first, count).resample(resample)
            }
            Op::Reshape if self.changes_shape() && [first, count].iter().all(|n| (n * shape[1]).is_multiple_of(operand(0).columns())) => {
                let [first, count] = [first, count].map(|n| n * shape[1] / operand(0).columns());
                operand(0).part(first, count).reshape(shape)
            }
            Op::AugmentByInput(picture) => operand(0).part(first, count).augment_by_input(picture, operand(1).part(first, count)),
            Op::Expand if operand(0).rows() == 1 => operand(0).expand(shape),
            Op::Expand => operand(0).part(first, count).expand(shape),
            _ => self.window(first as isize, 0, shape),
        }
    }

    /// A derivative whose f(x) is known already, as rows of a larger one.
    fn slope_of(self, f: Activation, order: Order, value: Var<'g>) -> Var<'g> {
        self.made(Op::Slope(f, order), &[value], self.shape())
    }

    /// x from row `first` on, with rows of zeros around it up to `rows`.
    pub fn pad_rows(self, first: usize, rows: usize) -> Var<'g> {
        self.window(-(first as isize), 0, [rows, self.columns()])
    }

    /// `count` columns from `first` on.
    pub fn columns_part(self, first: usize, count: usize) -> Var<'g> {
        let shape = [self.rows(), count];
        if first + count > self.columns() {
            let shapes = format!("{:?}", self.shape());
            let op = format!("columns {first}..{}", first + count);
            return self.graph.fail(GraphError::Shapes { op, shapes, what: "there are fewer" }, shape);
        }
        self.window(0, first as isize, shape)
    }

    /// The adjoint of a window on a value of `shape`.
    pub(super) fn framed(self, row: isize, column: isize, shape: [usize; 2]) -> Var<'g> {
        self.window(-row, -column, shape)
    }

    /// This above `other`.
    pub fn stack(self, other: Var<'g>) -> Var<'g> {
        let shape = [self.rows() + other.rows(), self.columns()];
        if self.columns() != other.columns() {
            return self.unfit(Op::Stack, other, "both need the same number of columns", shape);
        }
        match (self.as_constant(), other.as_constant()) {
            (Some(a), Some(b)) if a == b => self.graph.constant(a, shape),
            (_, Some(0.0)) => self.pad_rows(0, shape[0]),
            (Some(0.0), _) => other.pad_rows(self.rows(), shape[0]),
            _ => self.made(Op::Stack, &[other], shape),
        }
    }

    /// This beside `other`.
    pub fn beside(self, other: Var<'g>) -> Var<'g> {
        let shape = [self.rows(), self.columns() + other.columns()];
        if self.rows() != other.rows() {
            return self.unfit(Op::Beside, other, "both need the same number of rows", shape);
        }
        self.made(Op::Beside, &[other], shape)
    }

    /// The same elements in the same order as `shape`.
    pub fn reshape(self, shape: [usize; 2]) -> Var<'g> {
        let from = self.shape();
        if from == shape {
            return self;
        }
        if from[0] * from[1] != shape[0] * shape[1] {
            let shapes = format!("{from:?} to {shape:?}");
            return self.graph.fail(GraphError::Shapes { op: "reshape".into(), shapes, what: "the number of elements must stay" }, shape);
        }
        if let Some(value) = self.as_constant() {
            return self.graph.constant(value, shape);
        }
        if self.changes_shape() {
            return self.graph.operand(self.id, 0).reshape(shape);
        }
        // Rows of zeros stay outside, where they are whole rows of the new shape too.
        if let Some((inner, first)) = self.as_row_pad() {
            let elements = [first, inner.rows()].map(|rows| rows * from[1]);
            if elements.iter().all(|n| n.is_multiple_of(shape[1])) {
                let [first, rows] = elements.map(|n| n / shape[1]);
                return inner.reshape([rows, shape[1]]).pad_rows(first, shape[0]);
            }
        }
        self.made(Op::Reshape, &[], shape)
    }

    /// x as a constant: no gradient passes.
    pub fn detach(self) -> Var<'g> {
        self.made(Op::Detach, &[], self.shape())
    }

    /// Pictures `[pixels, channels]` enlarged or reduced.
    pub fn resample(self, resample: Resample) -> Var<'g> {
        let (pixels_in, pixels_out) = (resample.input_pixels(), resample.output_pixels());
        let shape = [self.rows() / pixels_in * pixels_out, self.columns()];
        if !self.rows().is_multiple_of(pixels_in) {
            let shapes = format!("{:?}", self.shape());
            return self.graph.fail(GraphError::Shapes { op: resample.text(), shapes, what: "rows must be whole pictures" }, shape);
        }
        if self.is_zero() {
            return self.graph.constant(0.0, shape);
        }
        match self.as_row_pad().and_then(|(x, first)| Some((x, x.whole_pictures(first, pixels_in)?))) {
            Some((x, first)) => x.resample(resample).pad_rows(first * pixels_out, shape[0]),
            None => self.made(Op::Resample(resample), &[], shape),
        }
    }

    /// Row `index[r]` of this table for each row r of index `[rows, 1]`, such as the embedding of its class. See [`Op::Gather`] for what
    /// an index is.
    pub fn gather(self, index: Var<'g>) -> Var<'g> {
        let shape = [index.rows(), self.columns()];
        if index.columns() != 1 || self.rows() > LARGEST_INDEX {
            return self.unfit(Op::Gather, index, "it needs one index per row, and a table of at most 2^24 rows", shape);
        }
        match self.as_constant() {
            Some(value) => self.graph.constant(value, shape),
            None => self.made(Op::Gather, &[index], shape),
        }
    }

    /// The sum of this' rows of each index, for a table of `entries` rows.
    pub(super) fn scatter(self, index: Var<'g>, entries: usize) -> Var<'g> {
        let shape = [entries, self.columns()];
        match self.as_row_pad() {
            _ if self.is_zero() => self.graph.constant(0.0, shape),
            Some((dy, first)) => dy.scatter(index.part(first, dy.rows()), entries),
            None => self.made(Op::Scatter, &[index], shape),
        }
    }

    /// Pictures, a row each, changed as their `knobs` `[rows, KNOBS]` have it; no gradient goes to the knobs.
    pub fn augment(self, picture: Picture, knobs: Var<'g>) -> Var<'g> {
        if (knobs.shape(), self.columns()) != ([self.rows(), KNOBS], picture.columns()) {
            let what = "the first needs a picture per row, the second as many rows of knobs";
            return self.unfit(Op::Augment { picture, shift: true }, knobs, what, self.shape());
        }
        self.augmented(picture, true, knobs)
    }

    pub(super) fn augmented(self, picture: Picture, shift: bool, knobs: Var<'g>) -> Var<'g> {
        match self.as_row_pad() {
            _ if self.is_zero() && !shift => self,
            Some((x, first)) if !shift => x.augmented(picture, shift, knobs.part(first, x.rows())).pad_rows(first, self.rows()),
            _ => self.made(Op::Augment { picture, shift }, &[knobs], self.shape()),
        }
    }

    pub(super) fn augment_by_input(self, picture: Picture, knobs: Var<'g>) -> Var<'g> {
        match self.as_row_pad() {
            _ if self.is_zero() => self,
            Some((dy, first)) => dy.augment_by_input(picture, knobs.part(first, dy.rows())).pad_rows(first, self.rows()),
            None => self.made(Op::AugmentByInput(picture), &[knobs], self.shape()),
        }
    }

    /// The largest of each `pieces` neighbours (Goodfellow et al. 2013, "Maxout Networks").
    pub fn max_of(self, pieces: usize) -> Var<'g> {
        let shape = [self.rows(), self.columns() / pieces.max(1)];
        if pieces == 0 || !self.columns().is_multiple_of(pieces) {
            let shapes = format!("{:?}", self.shape());
            return self
                .graph
                .fail(GraphError::Shapes { op: format!("max of {pieces}"), shapes, what: "columns must be whole units" }, shape);
        }
        self.made(Op::Max { pieces }, &[], shape)
    }

    /// dy for the piece that won in `max`, 0 for the others.
    pub(super) fn unmax(self, pieces: usize, max: Var<'g>) -> Var<'g> {
        let shape = [self.rows(), self.columns() * pieces];
        match self.as_row_pad() {
            _ if self.is_zero() => self.graph.constant(0.0, shape),
            // The first rows of what won are a view; others would have to be copied.
            Some((dy, 0)) => dy.unmax(pieces, max.part(0, dy.rows())).pad_rows(0, shape[0]),
            _ => self.made(Op::Unmax { pieces }, &[max], shape),
        }
    }

    /// The piece of t that won in `max`.
    pub(super) fn pick(self, pieces: usize, max: Var<'g>) -> Var<'g> {
        let shape = [self.rows(), self.columns() / pieces];
        match self.as_row_pad() {
            _ if self.is_zero() => self.graph.constant(0.0, shape),
            Some((t, 0)) => t.pick(pieces, max.part(0, t.rows())).pad_rows(0, shape[0]),
            _ => self.made(Op::Pick { pieces }, &[max], shape),
        }
    }

    /// w (x - mean) / sqrt(variance + epsilon) + b per column, by the statistics of each group of rows (Ioffe and Szegedy 2015).
    /// `parameters` are w and b `[1, columns]`, `running` mean and variance `[1, columns]`, which move by the momentum.
    pub fn batch_norm(self, norm: BatchNorm, parameters: [Var<'g>; 2], running: [Var<'g>; 2]) -> Var<'g> {
        let [[w, b], [mean, variance]] = [parameters, running];
        if norm.groups == 0 || !self.rows().is_multiple_of(norm.groups) {
            let shapes = format!("{:?}", self.shape());
            return self
                .graph
                .fail(GraphError::Shapes { op: Op::BatchNorm(norm).name(), shapes, what: "rows must be whole groups" }, self.shape());
        }
        self.per_channel(Op::BatchNorm(norm), [w, b, mean, variance])
    }

    /// As [`Var::batch_norm`] by the running statistics, so that rows do not depend on each other.
    pub fn batch_norm_inference(self, norm: BatchNorm, parameters: [Var<'g>; 2], running: [Var<'g>; 2]) -> Var<'g> {
        let [[w, b], [mean, variance]] = [parameters, running];
        self.per_channel(Op::BatchNormInference(norm), [w, b, mean, variance])
    }

    fn per_channel(self, op: Op, operands: [Var<'g>; 4]) -> Var<'g> {
        let channels = [1, self.columns()];
        match operands.into_iter().find(|operand| operand.shape() != channels) {
            Some(other) => self.unfit(op, other, "parameters and running statistics need one number per column", self.shape()),
            None => self.made(op, &operands, self.shape()),
        }
    }

    pub(super) fn batch_norm_by_input(self, norm: BatchNorm, normed: Var<'g>, x: Var<'g>, w: Var<'g>) -> Var<'g> {
        if self.is_zero() { self } else { self.made(Op::BatchNormByInput(norm), &[normed, x, w], self.shape()) }
    }

    pub(super) fn batch_norm_by_weight(self, norm: BatchNorm, normed: Var<'g>, x: Var<'g>) -> Var<'g> {
        let shape = [1, self.columns()];
        if self.is_zero() { self.graph.constant(0.0, shape) } else { self.made(Op::BatchNormByWeight(norm), &[normed, x], shape) }
    }

    /// w (x - mean) / sqrt(variance + epsilon) + b, by the statistics of each block of pictures `[pixels, channels]` (Wu and He 2018).
    /// w and b `[1, channels]`.
    pub fn group_norm(self, blocks: Blocks, [w, b]: [Var<'g>; 2]) -> Var<'g> {
        let op = Op::GroupNorm(blocks);
        let divides = |whole: usize, part: usize| part > 0 && whole.is_multiple_of(part);
        if !divides(self.rows(), blocks.pixels) || !divides(self.columns(), blocks.groups) {
            let shapes = format!("{:?}", self.shape());
            return self
                .graph
                .fail(GraphError::Shapes { op: op.name(), shapes, what: "rows and columns must be whole blocks" }, self.shape());
        }
        match [w, b].into_iter().find(|operand| operand.shape() != [1, self.columns()]) {
            Some(other) => self.unfit(op, other, "parameters need one number per column", self.shape()),
            None => self.made(op, &[w, b], self.shape()),
        }
    }

    pub(super) fn group_norm_by_input(self, blocks: Blocks, normed: Var<'g>, x: Var<'g>, w: Var<'g>) -> Var<'g> {
        if self.is_zero() { self } else { self.made(Op::GroupNormByInput(blocks), &[normed, x, w], self.shape()) }
    }

    pub(super) fn group_norm_by_weight(self, blocks: Blocks, normed: Var<'g>, x: Var<'g>) -> Var<'g> {
        let shape = [1, self.columns()];
        if self.is_zero() { self.graph.constant(0.0, shape) } else { self.made(Op::GroupNormByWeight(blocks), &[normed, x], shape) }
    }

    /// True for an expression that is another under its shape, and not one that must not be looked into.
    fn changes_shape(self) -> bool {
        self.graph.op(self.id) == Op::Reshape && self.graph.operand(self.id, 0).shape() != self.shape()
    }

    /// The same expression as one that no rule of this file looks into.
    pub(super) fn opaque(self) -> Var<'g> {
        self.made(Op::Reshape, &[], self.shape())
    }
}
