//! Which expressions one kernel computes together. A tile covers an expression and, inside, those that nothing else needs.

use super::{Sequence, maximum, reads};
use crate::{
    graph::{BatchNorm, Id, Op, Order, Patches},
    ops::{
        augment::Picture,
        convolution::Way,
        group_norm::Blocks,
        pointwise::{Activation, Saves, by_name},
        resample::Resample,
    },
    plan::Element,
};

/// A derivative that a kernel multiplies with: of `function`, computed from `of`, which is its input or its output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slope {
    pub(super) function: Activation,
    pub(super) order: Order,
    pub(super) of: Id,
}

/// One dispatch to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tile {
    /// f(x w^T + b) of a forward pass; of patches either way.
    Forward { patches: Patches, way: Way, x: Id, w: Id, b: Option<Id>, f: Activation },
    /// t w^T, times a slope.
    Tangent { patches: Patches, t: Id, w: Id, slope: Option<Slope> },
    /// scale * dy w, times a slope.
    ByInput { patches: Patches, dy: Id, w: Id, slope: Option<Slope>, scale: f32 },
    /// dy^T x, and with it the sum of dy over its rows.
    ByWeight { patches: Patches, dy: Id, x: Id, bias: Option<Id> },
    /// delta^T (c x + t), where t has the rows from `first` on, and with it the sum of c delta.
    ByWeightScaled { patches: Patches, delta: Id, c: Id, x: Id, t: Id, first: usize, bias: Option<Id> },
    /// f(x) of a forward pass.
    Activation { x: Id, f: Activation },
    /// f(x) of anything else.
    Map { x: Id, f: Activation },
    /// scale * dy times a slope.
    SlopeProduct { dy: Id, slope: Slope, scale: f32 },
    /// x mask of a forward pass.
    Dropout { x: Id, mask: Id },
    /// dy mask, times a slope.
    DropoutBackward { dy: Id, mask: Id, slope: Slope },
    /// ka a + kb b, with repeated rows and columns.
    Add { a: Id, ka: f32, b: Id, kb: f32, of: Element },
    /// scale * a b, with repeated rows and columns.
    Multiply { a: Id, b: Id, scale: f32, of: Element },
    /// scale * x + shift.
    Affine { x: Id, scale: f32, shift: f32, of: Element },
    /// The dot products of the rows of a and b.
    RowDots { a: Id, b: Id },
    /// Sums of rows.
    RowSums { x: Id },
    /// Sums of columns.
    ColumnSums { x: Id },
    /// A part of x, or x in a frame of zeros.
    Window { x: Id, row: isize, column: isize },
    /// Repeats rows and columns.
    Expand { x: Id },
    /// Parts below each other, most of them already where they belong.
    Stack { a: Id, b: Id },
    /// Parts beside each other.
    Beside { a: Id, b: Id },
    /// Pictures enlarged or reduced.
    Resample { x: Id, resample: Resample, of: Element },
    /// Rows of a table.
    Gather { w: Id, index: Id },
    /// Sums of rows by their index.
    Scatter { dy: Id, index: Id },
    /// Pictures as their knobs have them.
    Augment { x: Id, knobs: Id, picture: Picture, shift: bool, of: Element },
    /// Its way back.
    AugmentByInput { dy: Id, knobs: Id, picture: Picture },
    /// Maxout's maximum.
    Max { h: Id, pieces: usize },
    /// Its way back.
    Unmax { dy: Id, max: (Id, usize), pieces: usize },
    /// Its tangent.
    Pick { t: Id, max: (Id, usize), pieces: usize },
    /// Batch normalisation, with f.
    BatchNorm { norm: BatchNorm, node: Id, f: Activation },
    /// The same by the running statistics.
    BatchNormInference { norm: BatchNorm, node: Id, f: Activation },
    /// Its way back, times a slope.
    BatchNormByInput { dy: Id, normed: Id, slope: Option<Slope> },
    /// Gradients by its parameters.
    BatchNormByWeight { dy: Id, normed: Id, bias: Option<Id> },
    /// Normalisation of each picture, with f.
    GroupNorm { blocks: Blocks, node: Id, f: Activation },
    /// Its way back.
    GroupNormByInput { blocks: Blocks, dy: Id, normed: Id, w: Id },
    /// Gradients by its parameters.
    GroupNormByWeight { blocks: Blocks, dy: Id, normed: Id, bias: Option<Id> },
    /// Numbers per row or for all rows: computed by a program together with others that are ready.
    Small,
    /// The same number everywhere.
    Filled(f32),
}

impl Tile {
    /// What it reads, and as which type of element; none where it takes either.
    pub(super) fn reads(&self, sequence: &Sequence) -> Vec<(Id, Option<Element>)> {
        let stored = |id: Id| (id, Some(Element::Stored));
        let wide = |id: Id| (id, Some(Element::F32));
        let slope = |slope: Option<Slope>| slope.map(|slope| stored(slope.of));
        let normed = |id: Id| sequence.node(id).operands.clone();
        match *self {
            Tile::Forward { x, w, b, .. } => [Some(stored(x)), Some(wide(w)), b.map(wide)].into_iter().flatten().collect(),
            Tile::Tangent { t, w, slope: s, .. } => [Some(wide(t)), Some(wide(w)), slope(s)].into_iter().flatten().collect(),
            Tile::ByInput { dy, w, slope: s, .. } => [Some(wide(dy)), Some(wide(w)), slope(s)].into_iter().flatten().collect(),
            Tile::ByWeight { dy, x, .. } if sequence.is_forward(x) => vec![wide(dy), stored(x)],
            // Of a transposed convolution.
            Tile::ByWeight { patches: Patches::Conv(_), dy, x, .. } if sequence.is_forward(dy) => vec![stored(dy), wide(x)],
            Tile::ByWeight { dy, x, .. } => vec![wide(dy), wide(x)],
            Tile::ByWeightScaled { delta, c, x, t, .. } => vec![wide(delta), wide(c), stored(x), wide(t)],
            Tile::Activation { x, .. } => vec![stored(x)],
            Tile::SlopeProduct { dy, slope, .. } => vec![wide(dy), stored(slope.of)],
            Tile::Dropout { x, mask } => vec![stored(x), wide(mask)],
            Tile::DropoutBackward { dy, mask, slope } => vec![wide(dy), wide(mask), stored(slope.of)],
            Tile::Affine { x, of, .. } | Tile::Resample { x, of, .. } => vec![(x, Some(of))],
            Tile::Map { x, .. } | Tile::RowSums { x } | Tile::ColumnSums { x } => vec![wide(x)],
            Tile::Add { a, b, of, .. } | Tile::Multiply { a, b, of, .. } => {
                [a, b].map(|operand| (sequence.unexpanded(operand), Some(of))).into()
            }
            Tile::RowDots { a, b } => vec![wide(sequence.unexpanded(a)), wide(sequence.unexpanded(b))],
            Tile::Expand { x } => vec![wide(x)],
            Tile::Window { x, .. } => vec![(x, None)],
            Tile::Stack { a, b } | Tile::Beside { a, b } => vec![(a, None), (b, None)],
            Tile::Gather { w: x, index } | Tile::Scatter { dy: x, index } => vec![wide(x), wide(index)],
            Tile::Augment { x, knobs, of, .. } => vec![(x, Some(of)), wide(knobs)],
            Tile::AugmentByInput { dy, knobs, .. } => vec![wide(dy), wide(knobs)],
            Tile::Max { h, .. } => vec![stored(h)],
            Tile::Unmax { dy, max, .. } => vec![wide(dy), (max.0, None)],
            Tile::Pick { t, max, .. } => vec![wide(t), (max.0, None)],
            Tile::BatchNorm { node, .. } | Tile::BatchNormInference { node, .. } | Tile::GroupNorm { node, .. } => {
                let operands = normed(node);
                let mut all = vec![stored(operands[0])];
                all.extend(operands[1..].iter().map(|id| wide(*id)));
                all
            }
            Tile::BatchNormByInput { dy, normed: node, slope: s } => {
                let operands = normed(node);
                [Some(wide(dy)), Some((node, None)), Some(stored(operands[0])), Some(wide(operands[1])), slope(s)]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Tile::GroupNormByInput { dy, normed: node, w, .. } => vec![wide(dy), (node, None), stored(normed(node)[0]), wide(w)],
            Tile::BatchNormByWeight { dy, normed: node, .. } | Tile::GroupNormByWeight { dy, normed: node, .. } => {
                vec![wide(dy), (node, None), stored(normed(node)[0])]
            }
            Tile::Small | Tile::Filled(_) => Vec::new(),
        }
    }

    /// Whether its output can start at a row that is not the first of a tensor.
    pub(super) fn takes_first_row(&self) -> bool {
        matches!(
            self,
            Tile::Forward { .. }
                | Tile::Activation { .. }
                | Tile::Dropout { .. }
                | Tile::Gather { .. }
                | Tile::Resample { .. }
                | Tile::Max { .. }
                | Tile::BatchNorm { .. }
                | Tile::GroupNorm { .. }
                | Tile::BatchNormInference { .. }
                | Tile::Window { .. }
        )
    }

    /// The type of element that it writes, where there is a choice the first.
    pub(super) fn writes(&self) -> &'static [Element] {
        match self {
            Tile::Forward { .. }
            | Tile::Gather { .. }
            | Tile::Add { of: Element::Stored, .. }
            | Tile::Multiply { of: Element::Stored, .. }
            | Tile::Affine { of: Element::Stored, .. }
            | Tile::Resample { of: Element::Stored, .. }
            | Tile::Augment { of: Element::Stored, .. } => &[Element::Stored, Element::F32],
            Tile::Activation { .. }
            | Tile::Dropout { .. }
            | Tile::Max { .. }
            | Tile::BatchNorm { .. }
            | Tile::BatchNormInference { .. }
            | Tile::GroupNorm { .. } => &[Element::Stored],
            Tile::Window { .. } | Tile::Stack { .. } | Tile::Beside { .. } => &[Element::F32, Element::Stored],
            _ => &[Element::F32],
        }
    }
}

impl Sequence<'_, '_> {
    /// The tile that computes an expression.
    pub(super) fn choose_tile(&self, id: Id) -> Tile {
        let node = self.node(id);
        let operand = |i: usize| node.operands[i];
        if let Op::Constant(value) = node.op {
            return Tile::Filled(value);
        }
        if let Some(tile) = self.contraction(id) {
            return tile;
        }
        if self.is_small(id) {
            return Tile::Small;
        }
        let forward = node.gradient_of.is_none();
        match node.op {
            Op::Pointwise(f) if forward && self.native(operand(0)) == Element::Stored => Tile::Activation { x: operand(0), f },
            Op::Pointwise(f) => Tile::Map { x: operand(0), f },
            Op::Mul => self.multiplication(id),
            Op::Slope(..) => {
                let ones = self.graph.constant(1.0, node.shape).id();
                self.as_slope(id).map_or(Tile::Small, |slope| Tile::SlopeProduct { dy: ones, slope, scale: 1.0 })
            }
            Op::Add => {
                let [(a, ka), (b, kb)] = [operand(0), operand(1)].map(|id| self.scaled(id));
                Tile::Add { a, ka, b, kb, of: self.resting(id, &[a, b]) }
            }
            Op::Affine { scale, shift } => {
                let x = self.node(operand(0));
                let affine = || Tile::Affine { x: operand(0), scale, shift, of: self.resting(id, &[operand(0)]) };
                match x.op {
                    Op::Mul if shift == 0.0 && self.only_here(operand(0)) => match self.multiplication(operand(0)) {
                        Tile::Multiply { a, b, scale: s, of } => Tile::Multiply { a, b, scale: s * scale, of },
                        Tile::SlopeProduct { dy, slope, scale: s } => Tile::SlopeProduct { dy, slope, scale: s * scale },
                        _ => affine(),
                    },
                    _ => affine(),
                }
            }
            Op::Sum if node.shape == [self.node(operand(0)).shape[0], 1] => {
                let x = self.node(operand(0));
                match x.op {
                    Op::Mul if self.only_here(operand(0)) => Tile::RowDots { a: x.operands[0], b: x.operands[1] },
                    Op::Pointwise(f) if std::ptr::eq(f.kind, by_name::square()) && self.only_here(operand(0)) => {
                        Tile::RowDots { a: x.operands[0], b: x.operands[0] }
                    }
                    _ => Tile::RowSums { x: operand(0) },
                }
            }
            Op::Sum => Tile::ColumnSums { x: operand(0) },
            Op::Window { row, column } => Tile::Window { x: operand(0), row, column },
            Op::Expand => Tile::Expand { x: operand(0) },
            Op::Stack => Tile::Stack { a: operand(0), b: operand(1) },
            Op::Beside => Tile::Beside { a: operand(0), b: operand(1) },
            Op::Resample(resample) => Tile::Resample { x: operand(0), resample, of: self.resting(id, &[operand(0)]) },
            Op::Gather => Tile::Gather { w: operand(0), index: operand(1) },
            Op::Scatter => Tile::Scatter { dy: operand(0), index: operand(1) },
            Op::Augment { picture, shift } => {
                Tile::Augment { x: operand(0), knobs: operand(1), picture, shift, of: self.resting(id, &[operand(0)]) }
            }
            Op::AugmentByInput(picture) => Tile::AugmentByInput { dy: operand(0), knobs: operand(1), picture },
            Op::Max { pieces } => Tile::Max { h: operand(0), pieces },
            Op::Unmax { pieces } => Tile::Unmax { dy: operand(0), max: maximum(self.graph, operand(1)), pieces },
            Op::Pick { pieces } => Tile::Pick { t: operand(0), max: maximum(self.graph, operand(1)), pieces },
            Op::BatchNorm(norm) => Tile::BatchNorm { norm, node: id, f: Activation::identity() },
            Op::BatchNormInference(norm) => Tile::BatchNormInference { norm, node: id, f: Activation::identity() },
            Op::BatchNormByInput(_) => Tile::BatchNormByInput { dy: operand(0), normed: operand(1), slope: None },
            Op::BatchNormByWeight(_) => {
                Tile::BatchNormByWeight { dy: operand(0), normed: operand(1), bias: self.column_sums_of(operand(0), id) }
            }
            Op::GroupNorm(blocks) => Tile::GroupNorm { blocks, node: id, f: Activation::identity() },
            Op::GroupNormByInput(blocks) => Tile::GroupNormByInput { blocks, dy: operand(0), normed: operand(1), w: operand(3) },
            Op::GroupNormByWeight(blocks) => {
                let bias = self.column_sums_of(operand(0), id);
                Tile::GroupNormByWeight { blocks, dy: operand(0), normed: operand(1), bias }
            }
            // Handled before: leaves and aliases are no tiles, products are contractions.
            Op::Leaf | Op::Constant(_) | Op::Detach | Op::Reshape | Op::Product(_) | Op::ByInput(_) | Op::ByWeight(_) => Tile::Small,
        }
    }

    /// Products with what joins them.
    fn contraction(&self, id: Id) -> Option<Tile> {
        let node = self.node(id);
        let operand = |i: usize| node.operands[i];
        match node.op {
            Op::Product(_) | Op::ByInput(_) => Some(self.product(id, None, Activation::identity())),
            Op::ByWeight(patches) => {
                Some(Tile::ByWeight { patches, dy: operand(0), x: operand(1), bias: self.column_sums_of(operand(0), id) })
            }
            Op::Add => self.biased(id).or_else(|| self.by_weight_scaled(id)),
            Op::Pointwise(f) if node.gradient_of.is_none() && self.only_here(operand(0)) => {
                let inner = operand(0);
                match self.node(inner).op {
                    Op::Add => match self.biased(inner) {
                        Some(Tile::Forward { patches, way, x, w, b, .. }) => Some(Tile::Forward { patches, way, x, w, b, f }),
                        _ => None,
                    },
                    Op::Product(_) | Op::ByInput(_) => match self.product(inner, None, f) {
                        tile @ Tile::Forward { .. } => Some(tile),
                        _ => None,
                    },
                    Op::BatchNorm(norm) => Some(Tile::BatchNorm { norm, node: inner, f }),
                    Op::GroupNorm(blocks) => Some(Tile::GroupNorm { blocks, node: inner, f }),
                    Op::BatchNormInference(norm) => Some(Tile::BatchNormInference { norm, node: inner, f }),
                    _ => None,
                }
            }
            Op::Affine { scale, shift: 0.0 } if self.only_here(operand(0)) => match self.contraction(operand(0)) {
                Some(Tile::ByInput { patches, dy, w, slope, scale: s }) => Some(Tile::ByInput { patches, dy, w, slope, scale: s * scale }),
                _ => None,
            },
            Op::Mul => self.sloped(id),
            _ => None,
        }
    }

    /// x w^T as a forward pass or as a tangent; its adjoint as a forward pass (a transposed convolution) or as a gradient.
    fn product(&self, id: Id, b: Option<Id>, f: Activation) -> Tile {
        let node = self.node(id);
        let (x, w) = (node.operands[0], node.operands[1]);
        match node.op {
            Op::ByInput(patches @ Patches::Conv(_)) if node.gradient_of.is_none() && self.is_forward(x) => {
                Tile::Forward { patches, way: Way::Adjoint, x, w, b, f }
            }
            Op::ByInput(patches) => Tile::ByInput { patches, dy: x, w, slope: None, scale: 1.0 },
            Op::Product(patches) if self.is_forward(x) => Tile::Forward { patches, way: Way::Forward, x, w, b, f },
            Op::Product(patches) => Tile::Tangent { patches, t: x, w, slope: None },
            _ => Tile::Small,
        }
    }

    /// A product plus a bias.
    fn biased(&self, id: Id) -> Option<Tile> {
        let node = self.node(id);
        for (product, bias) in [(0, 1), (1, 0)].map(|(p, b)| (node.operands[p], node.operands[b])) {
            let expanded = self.unexpanded(bias);
            let row = self.node(expanded).shape == [1, node.shape[1]] && (node.shape[0] == 1 || expanded != bias);
            let contracts = matches!(self.node(product).op, Op::Product(_) | Op::ByInput(_));
            if row && contracts && self.only_here(product) && self.wide_leaf(expanded) {
                return match self.product(product, Some(expanded), Activation::identity()) {
                    tile @ Tile::Forward { .. } => Some(tile),
                    _ => None,
                };
            }
        }
        None
    }

    /// The sum of two gradients by a weight that share their delta: see [`crate::graph::share`].
    fn by_weight_scaled(&self, id: Id) -> Option<Tile> {
        let node = self.node(id);
        for (whole, some) in [(0, 1), (1, 0)].map(|(a, b)| (node.operands[a], node.operands[b])) {
            let (whole_node, some_node) = (self.node(whole), self.node(some));
            let Op::ByWeight(patches) = whole_node.op else { continue };
            if some_node.op != whole_node.op || !self.only_here(whole) || !self.only_here(some) {
                continue;
            }
            let (delta, part, t) = (whole_node.operands[0], some_node.operands[0], some_node.operands[1]);
            let moved = self.node(whole_node.operands[1]);
            let [[rows, columns], [part_rows, part_columns]] = [delta, part].map(|id| self.node(id).shape);
            let first = match (self.node(delta).op, self.node(part).op) {
                // Where all rows are the same, it does not matter which.
                (Op::Constant(a), Op::Constant(b)) => (a == b && part_rows <= rows).then_some(0),
                (_, Op::Window { row, column: 0 }) => {
                    let row = usize::try_from(row).ok().filter(|row| row + part_rows <= rows && part_columns == columns);
                    row.filter(|_| self.node(part).operands[0] == delta)
                }
                _ => (part == delta).then_some(0),
            };
            let Some(first) = first.filter(|_| moved.op == Op::Mul && self.only_here(whole_node.operands[1])) else { continue };
            let (x, c) = (moved.operands[0], self.per_picture(moved.operands[1]));
            let pictures = self.node(x).shape[0] / patches.input_pixels();
            if self.node(c).shape == [pictures, 1] && self.is_forward(x) {
                return Some(Tile::ByWeightScaled { patches, delta, c, x, t, first, bias: self.scaled_sums_of(delta, c, id) });
            }
        }
        None
    }

    /// A gradient or a tangent times the slope of an activation.
    fn sloped(&self, id: Id) -> Option<Tile> {
        let node = self.node(id);
        let (inner, slope) = (node.operands[0], self.as_slope(node.operands[1])?);
        if slope.order != Order::First || !self.only_here(inner) {
            return None;
        }
        let slope = Some(slope);
        // Between rows and pictures a product's result only changes its shape.
        let inner = match self.node(inner).op {
            Op::Reshape if self.only_here(self.node(inner).operands[0]) => self.node(inner).operands[0],
            _ => inner,
        };
        match (self.node(inner).op, self.node(inner).operands.clone()) {
            (Op::ByInput(_) | Op::Product(_), _) => match self.product(inner, None, Activation::identity()) {
                Tile::ByInput { patches, dy, w, scale, .. } => Some(Tile::ByInput { patches, dy, w, slope, scale }),
                Tile::Tangent { patches, t, w, .. } => Some(Tile::Tangent { patches, t, w, slope }),
                _ => None,
            },
            // Its kernel reads the slope from its own input.
            (Op::BatchNormByInput(_), operands) if slope.is_some_and(|slope| slope.of == self.node(operands[1]).operands[0]) => {
                Some(Tile::BatchNormByInput { dy: operands[0], normed: operands[1], slope })
            }
            (Op::Affine { scale, shift: 0.0 }, operands) => match (self.node(operands[0]).op, self.only_here(operands[0])) {
                (Op::ByInput(patches), true) => {
                    let by = self.node(operands[0]).operands.clone();
                    Some(Tile::ByInput { patches, dy: by[0], w: by[1], slope, scale })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A summand as what is scaled and its factor.
    fn scaled(&self, id: Id) -> (Id, f32) {
        let node = self.node(id);
        match node.op {
            Op::Affine { scale, shift: 0.0 } if self.only_here(id) && self.contraction(id).is_none() => (node.operands[0], scale),
            _ => (id, 1.0),
        }
    }

    fn multiplication(&self, id: Id) -> Tile {
        let node = self.node(id);
        let (a, b) = (node.operands[0], node.operands[1]);
        if let Some(slope) = self.as_slope(b) {
            let inner = self.node(a);
            let masks = inner.op == Op::Mul && self.only_here(a) && self.wide_leaf(inner.operands[1]);
            return match slope.order {
                Order::First if masks && self.node(inner.operands[1]).shape == node.shape => {
                    Tile::DropoutBackward { dy: inner.operands[0], mask: inner.operands[1], slope }
                }
                _ => Tile::SlopeProduct { dy: a, slope, scale: 1.0 },
            };
        }
        if node.gradient_of.is_none() && self.native(a) == Element::Stored && self.wide_leaf(b) && self.node(b).shape == node.shape {
            return Tile::Dropout { x: a, mask: b };
        }
        Tile::Multiply { a, b, scale: 1.0, of: self.resting(id, &[a, b]) }
    }

    /// The type of element of the operands of arithmetic: that of forward passes where all of them, and what comes of them, belong to one.
    fn resting(&self, id: Id, operands: &[Id]) -> Element {
        let stored = |operand: &Id| self.native(self.unexpanded(*operand)) == Element::Stored;
        if self.node(id).gradient_of.is_none() && operands.iter().all(stored) { Element::Stored } else { Element::F32 }
    }

    /// A derivative as a factor: of which function, computed from what.
    fn as_slope(&self, id: Id) -> Option<Slope> {
        let node = self.node(id);
        let Op::Slope(function, order) = node.op else { return None };
        let of = match function.kind.saves {
            Saves::Input => node.operands[0],
            Saves::Output => node.operands[1],
        };
        // Numbers per row are not multiplied by kernels of whole matrices.
        (!self.is_small(id) || self.native(of) == Element::Stored).then_some(Slope { function, order, of })
    }

    /// The sum of `dy` over its rows, where another expression needs it.
    fn column_sums_of(&self, dy: Id, by: Id) -> Option<Id> {
        self.roots_of(|node| node.op == Op::Sum && node.shape[0] == 1 && node.operands[0] == dy && node.shape[1] == self.node(dy).shape[1])
            .filter(|sum| self.covered.get(sum).is_none_or(|cover| *cover == by))
    }

    /// The sum of c `delta` over the rows, where another expression needs it.
    fn scaled_sums_of(&self, delta: Id, c: Id, by: Id) -> Option<Id> {
        self.roots_of(|node| {
            let Op::Sum = node.op else { return false };
            if node.shape[0] != 1 {
                return false;
            }
            let x = self.node(node.operands[0]);
            match (x.op, self.node(delta).op) {
                (Op::Mul, _) => x.operands[0] == delta && self.per_picture(x.operands[1]) == c,
                // Ones times c is c.
                (_, Op::Constant(1.0)) => node.operands[0] == c && node.shape[1] == 1,
                _ => false,
            }
        })
        .filter(|sum| self.covered.get(sum).is_none_or(|cover| *cover == by))
    }

    /// What an expression repeats for all values of a picture, or itself.
    fn per_picture(&self, id: Id) -> Id {
        let inner = self.unexpanded(id);
        match self.node(inner).op {
            Op::Reshape => {
                let expanded = self.node(inner).operands[0];
                let c = self.unexpanded(expanded);
                if c != expanded && self.node(c).shape == [self.node(expanded).shape[0], 1] { c } else { inner }
            }
            _ => inner,
        }
    }

    /// True for an expression that is its rows' numbers, or one number, made of such.
    pub(super) fn is_small(&self, id: Id) -> bool {
        /// Rows beyond which one workgroup would be too slow.
        const MOST: usize = 1 << 14;
        let node = self.node(id);
        let narrow = |id: &Id| self.node(*id).shape[1] == 1 && self.node(*id).shape[0] <= MOST;
        let op = match node.op {
            Op::Affine { .. } | Op::Add | Op::Mul | Op::Pointwise(_) | Op::Slope(..) | Op::Sum | Op::Expand | Op::Stack => true,
            Op::Window { column, .. } => column == 0,
            _ => false,
        };
        op && node.shape[1] == 1 && node.shape[0] <= MOST && reads(self.graph, id).iter().all(narrow)
    }
}
