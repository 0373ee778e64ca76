//! Tiles become dispatches.

use super::{
    LowerError, Sequence, TARGET, Target,
    tile::{Slope, Tile},
};
use crate::{
    graph::{Id, Op, Patches},
    ops::{
        arithmetic, augment, batch_norm,
        convolution::{self, Conv, Gather, Way},
        dropout, gather, group_norm, max, pointwise, product, reduce, resample, window,
    },
    plan::{ALIGNMENT, Element, Plan, PlanError, Tensor},
};
use std::collections::HashSet;

impl<'g> Sequence<'_, 'g> {
    /// Writes all dispatches; the tensors of the targets.
    pub(super) fn emit_all(&mut self, plan: &mut Plan, targets: &[Target<'g>]) -> Result<Vec<Tensor>, LowerError> {
        let mut pending = self.roots(targets);
        self.find_destinations(&pending, targets);
        for &root in &pending {
            for read in self.tile_reads(root) {
                *self.left.entry(read).or_insert(0) += 1;
            }
        }
        // What is asked for stays, unless it is made where it belongs.
        for target in targets {
            let root = self.view(target.value.id()).root;
            if target.into.is_none() || !self.destinations.contains_key(&root) {
                *self.left.entry(root).or_insert(0) += 1;
            }
        }
        while !pending.is_empty() {
            let before = pending.len();
            self.emit_ready(plan, &mut pending)?;
            self.emit_ready_program(plan, &mut pending)?;
            if pending.len() == before {
                let id = pending[0];
                return Err(LowerError::NoKernel {
                    what: self.graph.describe(id),
                    shape: self.node(id).shape,
                    why: "it depends on itself",
                });
            }
        }
        let mut tensors = Vec::new();
        for target in targets {
            let value = self.tensor(plan, target.value.id(), None)?;
            if let Some(into) = &target.into
                && (value.buffer, value.start) != (into.buffer, into.start)
            {
                let shape = target.value.shape();
                window::dispatch(plan, &reshaped(&value, shape), &reshaped(into, shape), ([0, 0], 0))?;
            }
            tensors.push(target.into.clone().unwrap_or(value));
        }
        let rest: Vec<Tensor> = self.converted.drain().map(|(_, tensor)| tensor).collect();
        rest.iter().for_each(|tensor| self.lowering.pool.give_back(tensor));
        Ok(tensors)
    }

    /// Roots of all tiles, operands first.
    fn roots(&self, targets: &[Target<'g>]) -> Vec<Id> {
        let (mut roots, mut seen) = (Vec::new(), HashSet::new());
        // Each entry is visited twice: to open its operands, then to close it.
        let mut stack: Vec<(Id, bool)> = targets.iter().rev().map(|target| (self.root(target.value.id()), false)).collect();
        while let Some((id, closes)) = stack.pop() {
            if closes {
                roots.push(id);
            } else if seen.insert(id) && self.node(id).op != Op::Leaf {
                stack.push((id, true));
                stack.extend(self.tile_reads(id).into_iter().rev().map(|read| (read, false)));
            }
        }
        roots
    }

    /// The expression whose tile computes this one.
    fn root(&self, id: Id) -> Id {
        let root = self.view(id).root;
        self.covered.get(&root).copied().unwrap_or(root)
    }

    /// Roots that a root's tile reads.
    fn tile_reads(&self, root: Id) -> Vec<Id> {
        match self.tile(root) {
            Tile::Small => super::reads(self.graph, root).into_iter().map(|read| self.root(read)).collect(),
            tile => tile.reads(self).into_iter().map(|(read, _)| self.root(read)).collect(),
        }
    }

    /// Where outputs go that have a place: targets, placed expressions, and parts of stacks.
    fn find_destinations(&mut self, roots: &[Id], targets: &[Target<'g>]) {
        for target in targets {
            let id = target.value.id();
            // What others read too stays apart, because they may write to the same buffer.
            let alone = self.uses.get(&id) == Some(&TARGET);
            if let (Some(into), true, true) = (&target.into, alone, self.view(id).root == id) {
                self.destinations.entry(id).or_insert_with(|| (into.clone(), 0));
            }
        }
        for &root in roots {
            if let Some((tensor, first_row)) = self.lowering.places.get(&root)
                && (*first_row == 0 || self.tile(root).takes_first_row())
            {
                self.destinations.insert(root, (tensor.clone(), *first_row));
            }
        }
    }

    /// Everything of whole matrices that can be computed now.
    fn emit_ready(&mut self, plan: &mut Plan, pending: &mut Vec<Id>) -> Result<(), LowerError> {
        let mut i = 0;
        while i < pending.len() {
            let id = pending[i];
            let tile = self.tile(id);
            if matches!(tile, Tile::Small) || !self.ready(id) {
                i += 1;
                continue;
            }
            pending.remove(i);
            self.emit(plan, id, tile)?;
            self.done(id);
            i = 0;
        }
        Ok(())
    }

    /// All numbers per row that can be computed now, as one program.
    fn emit_ready_program(&mut self, plan: &mut Plan, pending: &mut Vec<Id>) -> Result<(), LowerError> {
        let mut small: Vec<Id> = Vec::new();
        for &id in pending.iter() {
            let there = |read: &Id| small.contains(read) || self.is_there(*read);
            if matches!(self.tile(id), Tile::Small) && self.tile_reads(id).iter().all(there) {
                small.push(id);
            }
        }
        self.emit_program(plan, &small)?;
        pending.retain(|id| !small.contains(id));
        self.count_alive(&small);
        small.iter().for_each(|id| self.done(*id));
        Ok(())
    }

    fn is_there(&self, root: Id) -> bool {
        self.tensors.contains_key(&root) || self.node(root).op == Op::Leaf
    }

    fn ready(&self, root: Id) -> bool {
        self.tile_reads(root).iter().all(|read| self.is_there(*read))
    }

    /// Counts new values among those of their buffers, as far as something will read them; buffers without any are free.
    fn count_alive(&mut self, values: &[Id]) {
        let tensors: Vec<(Id, Tensor)> = values.iter().filter_map(|id| Some((*id, self.tensors.get(id)?.clone()))).collect();
        for (id, tensor) in &tensors {
            let read = self.left.get(id).is_some_and(|left| *left > 0);
            *self.alive.entry(tensor.buffer).or_insert(0) += usize::from(read);
        }
        for (_, tensor) in &tensors {
            if self.alive.get(&tensor.buffer) == Some(&0) {
                self.lowering.pool.give_back(tensor);
            }
        }
    }

    /// What a tile has read once more may be free.
    fn done(&mut self, root: Id) {
        for read in self.tile_reads(root) {
            let Some(left) = self.left.get_mut(&read) else { continue };
            *left -= 1;
            if *left > 0 {
                continue;
            }
            if let Some(tensor) = self.tensors.get(&read)
                && let Some(alive) = self.alive.get_mut(&tensor.buffer)
            {
                *alive = alive.saturating_sub(1);
                if *alive == 0 {
                    self.lowering.pool.give_back(tensor);
                }
            }
            if let Some(saved) = self.saved.get(&read) {
                self.lowering.pool.give_back(saved);
            }
        }
    }

    /// The tensor of a value that is there, as a type of element.
    pub(super) fn tensor(&mut self, plan: &mut Plan, id: Id, element: Option<Element>) -> Result<Tensor, LowerError> {
        let view = self.view(id);
        let shape = self.node(id).shape;
        let in_place = self.node(view.root).op == Op::Leaf || self.in_place.contains(&view.root);
        let place = self.lowering.places.get(&view.root).filter(|_| in_place);
        let (base, start) = match (place, self.tensors.get(&view.root)) {
            (Some((tensor, first_row)), _) => (tensor.clone(), first_row * self.node(view.root).shape[1]),
            (None, Some(tensor)) => (tensor.clone(), 0),
            (None, None) => {
                let node = self.node(view.root);
                return Err(LowerError::Unplaced { leaf: self.graph.describe(view.root), shape: node.shape });
            }
        };
        let start = start + view.start;
        let element = element.unwrap_or(base.element);
        // A kernel's binding starts at a multiple of this; twice the alignment serves both widths.
        if element == base.element && (start == 0 || start.is_multiple_of(2 * ALIGNMENT)) {
            return Ok(plan.view(base.buffer, base.start + start, &base.name, &shape)?);
        }
        if let Some(known) = self.converted.get(&(id, element)) {
            return Ok(known.clone());
        }
        let columns = shape[1];
        let converted = self.lowering.pool.take(plan, &base.name, element, &shape)?;
        let rows = base.len() / columns;
        window::dispatch(plan, &reshaped(&base, [rows, columns]), &converted, ([(start / columns) as isize, 0], 0))?;
        self.converted.insert((id, element), converted.clone());
        Ok(converted)
    }

    /// Where the output of a root goes: its place, or shared memory.
    fn output(&mut self, plan: &mut Plan, id: Id, element: Element) -> Result<(Tensor, usize), LowerError> {
        if let Some(place) = self.destinations.get(&id)
            && place.0.element == element
        {
            self.in_place.insert(id);
            let (tensor, first_row) = place.clone();
            let [_, columns] = self.node(id).shape;
            // A bias lies there as `[columns]`.
            return Ok((reshaped(&tensor, [tensor.len() / columns, columns]), first_row));
        }
        let tensor = self.lowering.pool.take(plan, &self.graph.describe(id), element, &self.node(id).shape)?;
        Ok((tensor, 0))
    }

    /// Which type the readers of a root want, where its tile has a choice: 4 bytes unless a layer reads it.
    fn wanted(&self, id: Id, tile: &Tile) -> Element {
        let choice = tile.writes();
        if let Some((place, _)) = self.destinations.get(&id)
            && choice.contains(&place.element)
        {
            return place.element;
        }
        match tile {
            Tile::Window { .. } | Tile::Stack { .. } | Tile::Beside { .. } => self.native(id),
            _ if choice.len() > 1 => {
                let as_layers = |root: &Id| {
                    let tile = self.tile(*root);
                    let reads_it = |(read, element): &(Id, Option<Element>)| self.root(*read) == id && *element != Some(Element::F32);
                    !matches!(tile, Tile::Small) && tile.reads(self).iter().any(reads_it)
                };
                if self.needed.iter().any(as_layers) { Element::Stored } else { Element::F32 }
            }
            _ => choice[0],
        }
    }

    /// Memory for something that a tile saves beside its output.
    fn save(&mut self, plan: &mut Plan, id: Id, name: &str, element: Element, shape: &[usize]) -> Result<Tensor, PlanError> {
        let tensor = self.lowering.pool.take(plan, &format!("{}/{name}", self.graph.describe(id)), element, shape)?;
        self.saved.insert(id, tensor.clone());
        Ok(tensor)
    }

    /// A tensor that holds one number everywhere.
    fn filled(&mut self, plan: &mut Plan, value: f32, shape: [usize; 2]) -> Result<Tensor, PlanError> {
        let key = (value.to_bits(), shape[0] * shape[1]);
        let tensor = match self.lowering.constants.get(&key) {
            Some(tensor) => tensor.clone(),
            None => {
                let tensor = plan.filled(&format!("constant {value}"), Element::F32, &shape, value)?;
                self.lowering.constants.insert(key, tensor.clone());
                tensor
            }
        };
        Ok(reshaped(&tensor, shape))
    }

    /// The sum that a tile computes besides: into its place, or where nobody looks.
    fn bias_output(&mut self, plan: &mut Plan, root: Id, bias: Option<Id>, columns: usize) -> Result<Tensor, LowerError> {
        match bias.filter(|bias| self.covered.get(bias) == Some(&root)) {
            Some(bias) => {
                let (tensor, _) = self.output(plan, bias, Element::F32)?;
                self.tensors.insert(bias, tensor.clone());
                Ok(tensor)
            }
            None => {
                let unused = self.lowering.pool.take(plan, "unused", Element::F32, &[1, columns])?;
                self.converted.insert((root, Element::U32), unused.clone());
                Ok(unused)
            }
        }
    }

    /// An operand of `add` and `multiply` without its repetitions, which these kernels make themselves.
    fn broadcast(&mut self, plan: &mut Plan, id: Id, element: Element) -> Result<Tensor, LowerError> {
        let id = self.unexpanded(id);
        let tensor = self.tensor(plan, id, Some(element))?;
        Ok(reshaped(&tensor, self.node(id).shape))
    }

    /// The tables of a convolution that reads x, either way, with weights w.
    fn gather(&mut self, plan: &mut Plan, (conv, way): (Conv, Way), x: &Tensor, w: &Tensor) -> Result<Gather, PlanError> {
        let pixels = match way {
            Way::Forward => conv.input_pixels(),
            Way::Adjoint => conv.output_pixels(),
        };
        let sizes = [x.shape[0] / pixels, w.shape[1] / conv.kernel_len() * conv.groups, w.shape[0]];
        self.known_gather(plan, (conv, way, sizes))
    }

    /// The tables of the gradient by weights `[filters, window]` from pictures x.
    fn gather_of_weights(&mut self, plan: &mut Plan, conv: Conv, x: &Tensor, [filters, _]: [usize; 2]) -> Result<Gather, PlanError> {
        self.known_gather(plan, (conv, Way::Forward, [x.shape[0] / conv.input_pixels(), x.shape[1], filters]))
    }

    fn known_gather(&mut self, plan: &mut Plan, key: (Conv, Way, [usize; 3])) -> Result<Gather, PlanError> {
        if let Some(known) = self.lowering.gathers.get(&key) {
            return Ok(known.clone());
        }
        let (conv, way, [images, channels, filters]) = key;
        let made = Gather::new(plan, (conv, way), images, channels, filters)?;
        self.lowering.gathers.insert(key, made.clone());
        Ok(made)
    }

    /// A slope for an output of the shape of y.
    fn slope_of(&mut self, plan: &mut Plan, slope: Slope, y: &Tensor) -> Result<pointwise::Slope, LowerError> {
        let of = self.tensor(plan, slope.of, Some(Element::Stored))?;
        let of = Tensor { shape: y.shape.clone(), ..of };
        Ok(pointwise::Slope { function: slope.function, second: slope.order == crate::graph::Order::Second, of })
    }

    fn emit(&mut self, plan: &mut Plan, id: Id, tile: Tile) -> Result<(), LowerError> {
        let stored = Some(Element::Stored);
        let wide = Some(Element::F32);
        let shape = self.node(id).shape;
        if let Tile::Filled(value) = tile {
            let tensor = self.filled(plan, value, shape)?;
            self.tensors.insert(id, tensor);
            return Ok(());
        }
        let element = self.wanted(id, &tile);
        let (y, first_row) = self.output(plan, id, element)?;
        match tile {
            Tile::Forward { patches, way, x, w, b, f } => {
                let (x, w) = (self.tensor(plan, x, stored)?, self.tensor(plan, w, wide)?);
                let b = match b {
                    Some(b) => self.tensor(plan, b, wide)?,
                    None => self.filled(plan, 0.0, [1, shape[1]])?,
                };
                match patches {
                    Patches::Rows => product::forward(plan, (&x, &w, &b), f, (&y, first_row))?,
                    Patches::Conv(conv) => {
                        let gather = self.gather(plan, (conv, way), &x, &w)?;
                        convolution::forward(plan, &gather, (&x, &w, &b), f, (&y, first_row))?;
                    }
                }
            }
            Tile::Tangent { patches, t, w, slope } => {
                let (t, w) = (self.tensor(plan, t, wide)?, self.tensor(plan, w, wide)?);
                let y = reshaped(&y, [y.len() / w.shape[0], w.shape[0]]);
                let slope = slope.map(|slope| self.slope_of(plan, slope, &y)).transpose()?;
                match patches {
                    Patches::Rows => product::tangent(plan, (&t, &w), slope.as_ref(), &y)?,
                    Patches::Conv(conv) => {
                        let gather = self.gather(plan, (conv, Way::Forward), &t, &w)?;
                        convolution::product(plan, &gather, (&t, &w), slope.as_ref(), 1.0, &y)?;
                    }
                }
            }
            Tile::ByInput { patches, dy, w, slope, scale } => {
                let (dy, w) = (self.tensor(plan, dy, wide)?, self.tensor(plan, w, wide)?);
                let columns = match patches {
                    Patches::Rows => w.shape[1],
                    Patches::Conv(conv) => w.shape[1] / conv.kernel_len() * conv.groups,
                };
                let y = reshaped(&y, [y.len() / columns, columns]);
                let slope = slope.map(|slope| self.slope_of(plan, slope, &y)).transpose()?;
                match patches {
                    Patches::Rows => product::by_input(plan, (&dy, &w), slope.as_ref(), scale, &y)?,
                    Patches::Conv(conv) => {
                        let gather = self.gather(plan, (conv, Way::Adjoint), &dy, &w)?;
                        convolution::product(plan, &gather, (&dy, &w), slope.as_ref(), scale, &y)?;
                    }
                }
            }
            Tile::ByWeight { patches: Patches::Conv(conv), dy, x, bias } => {
                let (left, right) = match (self.is_forward(dy), self.is_forward(x)) {
                    (_, true) => (wide, stored),
                    (true, _) => (stored, wide),
                    _ => (wide, wide),
                };
                let (dy, x) = (self.tensor(plan, dy, left)?, self.tensor(plan, x, right)?);
                let db = self.bias_output(plan, id, bias, shape[0])?;
                let gather = self.gather_of_weights(plan, conv, &x, shape)?;
                let partials = self.lowering.pool.take(plan, "slices", Element::F32, &[convolution::partials_len(&gather, shape[0])])?;
                convolution::by_weight(plan, &gather, (&dy, &x), &partials, (&y, &db))?;
                self.lowering.pool.give_back(&partials);
            }
            Tile::ByWeight { patches: Patches::Rows, dy, x, bias } => {
                let dy = self.tensor(plan, dy, wide)?;
                if self.is_forward(x) {
                    let x = self.tensor(plan, x, stored)?;
                    let db = self.bias_output(plan, id, bias, shape[0])?;
                    product::by_weight(plan, (&dy, &x), (&y, &db))?;
                } else {
                    let x = self.tensor(plan, x, wide)?;
                    product::by_weight_alone(plan, (&dy, &x), &y)?;
                }
            }
            Tile::ByWeightScaled { patches, delta, c, x, t, first, bias } => {
                let (delta, c) = (self.tensor(plan, delta, wide)?, self.tensor(plan, c, wide)?);
                let (x, t) = (self.tensor(plan, x, stored)?, self.tensor(plan, t, wide)?);
                let db = self.bias_output(plan, id, bias, shape[0])?;
                match patches {
                    Patches::Rows => product::by_weight_scaled(plan, (&delta, &c), (&x, (&t, first)), (&y, &db))?,
                    Patches::Conv(conv) => {
                        let gather = self.gather_of_weights(plan, conv, &x, shape)?;
                        let partials = &[convolution::partials_len(&gather, shape[0])];
                        let partials = self.lowering.pool.take(plan, "slices", Element::F32, partials)?;
                        convolution::by_weight_scaled(plan, &gather, (&delta, &c), (&x, (&t, first)), &partials, (&y, &db))?;
                        self.lowering.pool.give_back(&partials);
                    }
                }
            }
            Tile::Activation { x, f } => {
                let x = self.tensor(plan, x, stored)?;
                pointwise::forward(plan, &reshaped(&x, shape), f, (&y, first_row))?;
            }
            Tile::Map { x, f } => {
                let x = self.tensor(plan, x, wide)?;
                pointwise::map(plan, &reshaped(&x, shape), f, &y)?;
            }
            Tile::SlopeProduct { dy, slope, scale } => {
                let dy = self.tensor(plan, dy, wide)?;
                let slope = self.slope_of(plan, slope, &y)?;
                pointwise::slope_product(plan, &reshaped(&dy, shape), &slope, scale, &y)?;
            }
            Tile::Dropout { x, mask } => {
                let (x, mask) = (self.tensor(plan, x, stored)?, self.tensor(plan, mask, wide)?);
                dropout::forward(plan, &x, &mask, (&y, first_row))?;
            }
            Tile::DropoutBackward { dy, mask, slope } => {
                let (dy, mask) = (self.tensor(plan, dy, wide)?, self.tensor(plan, mask, wide)?);
                let slope = self.slope_of(plan, slope, &y)?;
                dropout::backward(plan, &dy, &mask, &slope, &y)?;
            }
            Tile::Add { a, ka, b, kb, of } => {
                let (a, b) = (self.broadcast(plan, a, of)?, self.broadcast(plan, b, of)?);
                arithmetic::add(plan, (&a, ka), (&b, kb), &y)?;
            }
            Tile::Multiply { a, b, scale, of } => {
                let (a, b) = (self.broadcast(plan, a, of)?, self.broadcast(plan, b, of)?);
                arithmetic::multiply(plan, &a, &b, scale, &y)?;
            }
            Tile::Affine { x, scale, shift, of } => {
                let x = self.tensor(plan, x, Some(of))?;
                arithmetic::affine(plan, &x, (scale, shift), &y)?;
            }
            Tile::Expand { x } => {
                let x = self.tensor(plan, x, wide)?;
                let x = reshaped(&x, self.node(self.node(id).operands[0]).shape);
                arithmetic::add(plan, (&x, 1.0), (&x, 0.0), &y)?;
            }
            Tile::RowDots { a, b } => {
                let shape = self.node(a).shape;
                let (a, b) = (self.whole(plan, a)?, self.whole(plan, b)?);
                reduce::row_dots(plan, &reshaped(&a, shape), &reshaped(&b, shape), 1.0, &y)?;
            }
            Tile::RowSums { x } => {
                let from = self.node(x).shape;
                let x = self.tensor(plan, x, wide)?;
                let ones = self.filled(plan, 1.0, from)?;
                reduce::row_dots(plan, &reshaped(&x, from), &ones, 1.0, &y)?;
            }
            Tile::ColumnSums { x } => {
                let from = self.node(x).shape;
                let x = self.tensor(plan, x, wide)?;
                match reduce::slices(from[0]) {
                    1 => reduce::column_sums(plan, &reshaped(&x, from), 1.0, &y)?,
                    slices => {
                        let partials = self.lowering.pool.take(plan, "slices", Element::F32, &[slices, from[1]])?;
                        reduce::column_sums(plan, &reshaped(&x, from), 1.0, &partials)?;
                        reduce::column_sums(plan, &partials, 1.0, &y)?;
                        self.lowering.pool.give_back(&partials);
                    }
                }
            }
            Tile::Window { x, row, column } => {
                let from = self.node(x).shape;
                let x = self.tensor(plan, x, None)?;
                window::dispatch(plan, &reshaped(&x, from), &y, ([row, column], first_row))?;
            }
            Tile::Stack { a, b } => {
                let mut at = first_row;
                for part in [a, b] {
                    let from = self.node(part).shape;
                    let root = self.view(part).root;
                    let start = |row: usize| row * self.node(root).shape[1];
                    let place = self.lowering.places.get(&root);
                    let there = place.is_some_and(|(tensor, row)| tensor.buffer == y.buffer && start(*row) == at * from[1]);
                    if !there || !(self.node(root).op == Op::Leaf || self.in_place.contains(&root)) {
                        let x = self.tensor(plan, part, None)?;
                        window::dispatch(plan, &reshaped(&x, from), &reshaped(&y, [at + from[0], from[1]]), ([0, 0], at))?;
                    }
                    at += from[0];
                }
            }
            Tile::Beside { a, b } => {
                let (left, right) = (self.node(a).shape, self.node(b).shape);
                let (a, b) = (self.tensor(plan, a, Some(element))?, self.tensor(plan, b, Some(element))?);
                window::beside(plan, &reshaped(&a, left), &reshaped(&b, right), &y)?;
            }
            Tile::Resample { x, resample, of } => {
                let columns = shape[1];
                let x = self.tensor(plan, x, Some(of))?;
                let taps = match self.lowering.taps.get(&resample) {
                    Some(known) => known.clone(),
                    None => {
                        let made = resample::Taps::new(plan, &resample)?;
                        self.lowering.taps.insert(resample, made.clone());
                        made
                    }
                };
                let x = reshaped(&x, [x.len() / columns, columns]);
                resample::dispatch(plan, (&resample, &taps), &x, (&y, first_row))?;
            }
            Tile::Gather { w, index } => {
                let (w, index) = (self.tensor(plan, w, wide)?, self.tensor(plan, index, wide)?);
                gather::forward(plan, &w, &index, (&y, first_row))?;
            }
            Tile::Scatter { dy, index } => {
                let (dy, index) = (self.tensor(plan, dy, wide)?, self.tensor(plan, index, wide)?);
                gather::backward(plan, &dy, &index, &y)?;
            }
            Tile::Augment { x, knobs, picture, shift, of } => {
                let (x, knobs) = (self.tensor(plan, x, Some(of))?, self.tensor(plan, knobs, wide)?);
                augment::forward(plan, picture, shift, &reshaped(&x, shape), &knobs, &y)?;
            }
            Tile::AugmentByInput { dy, knobs, picture } => {
                let (dy, knobs) = (self.tensor(plan, dy, wide)?, self.tensor(plan, knobs, wide)?);
                augment::by_input(plan, picture, &reshaped(&dy, shape), &knobs, &y)?;
            }
            Tile::Max { h, pieces } => {
                let h = self.tensor(plan, h, stored)?;
                let winner = self.save(plan, id, "winner", Element::U32, &shape)?;
                max::forward(plan, &h, pieces, (&y, first_row), &winner)?;
            }
            Tile::Unmax { dy, max, pieces } => {
                let dy = self.tensor(plan, dy, wide)?;
                let winner = self.winner(plan, max, shape[0])?;
                max::backward(plan, &dy, &winner, pieces, &y)?;
            }
            Tile::Pick { t, max, pieces } => {
                let t = self.tensor(plan, t, wide)?;
                let winner = self.winner(plan, max, shape[0])?;
                max::tangent(plan, &t, &winner, pieces, &y)?;
            }
            Tile::BatchNorm { norm, node, f } => {
                let operands = self.norm_operands(plan, node)?;
                let saved = self.save(plan, node, "saved", Element::F32, &[2, norm.groups, shape[1]])?;
                if node != id {
                    self.saved.insert(id, saved.clone());
                }
                batch_norm::forward(plan, &operands, (norm.epsilon, norm.momentum), f, &saved, (&y, first_row))?;
            }
            Tile::BatchNormInference { norm, node, f } => {
                let operands = self.norm_operands(plan, node)?;
                batch_norm::inference(plan, &operands, norm.epsilon, f, (&y, first_row))?;
            }
            Tile::BatchNormByInput { dy, normed, slope } => {
                let dy = self.tensor(plan, dy, wide)?;
                let operands = self.node(normed).operands.clone();
                let (x, w) = (self.tensor(plan, operands[0], stored)?, self.tensor(plan, operands[1], wide)?);
                let saved = self.saved_of(normed)?;
                let slope = slope.map(|slope| self.slope_of(plan, slope, &y)).transpose()?;
                batch_norm::by_input(plan, (&dy, &x, &w), &saved, slope.as_ref(), &y)?;
            }
            Tile::BatchNormByWeight { dy, normed, bias } => {
                let dy = self.tensor(plan, dy, wide)?;
                let x = self.node(normed).operands[0];
                let x = self.tensor(plan, x, stored)?;
                let saved = self.saved_of(normed)?;
                let db = self.bias_output(plan, id, bias, shape[1])?;
                batch_norm::by_params(plan, &dy, &x, &saved, (&y, &db))?;
            }
            Tile::GroupNorm { blocks, node, f } => {
                let operands = self.node(node).operands.clone();
                let (w, b) = (self.tensor(plan, operands[1], wide)?, self.tensor(plan, operands[2], wide)?);
                let x = self.tensor(plan, operands[0], stored)?;
                let saved = self.save(plan, node, "saved", Element::F32, &[2, blocks.count(shape[0])])?;
                if node != id {
                    self.saved.insert(id, saved.clone());
                }
                group_norm::forward(plan, &blocks, [&x, &w, &b], f, &saved, (&y, first_row))?;
            }
            Tile::GroupNormByInput { blocks, dy, normed, w } => {
                let (dy, w) = (self.tensor(plan, dy, wide)?, self.tensor(plan, w, wide)?);
                let x = self.tensor(plan, self.node(normed).operands[0], stored)?;
                group_norm::by_input(plan, &blocks, [&dy, &x, &w], &self.saved_of(normed)?, &y)?;
            }
            Tile::GroupNormByWeight { blocks, dy, normed, bias } => {
                let dy = self.tensor(plan, dy, wide)?;
                let x = self.tensor(plan, self.node(normed).operands[0], stored)?;
                let db = self.bias_output(plan, id, bias, shape[1])?;
                group_norm::by_params(plan, &blocks, [&dy, &x], &self.saved_of(normed)?, (&y, &db))?;
            }
            Tile::Small | Tile::Filled(_) => {}
        }
        self.tensors.insert(id, y);
        self.count_alive(&[id]);
        Ok(())
    }

    /// An operand with its repetitions written out.
    fn whole(&mut self, plan: &mut Plan, id: Id) -> Result<Tensor, LowerError> {
        let inner = self.unexpanded(id);
        if inner == id {
            return self.tensor(plan, id, Some(Element::F32));
        }
        let x = self.broadcast(plan, id, Element::F32)?;
        let y = self.lowering.pool.take(plan, &self.graph.describe(id), Element::F32, &self.node(id).shape)?;
        arithmetic::add(plan, (&x, 1.0), (&x, 0.0), &y)?;
        self.converted.insert((id, Element::F32), y.clone());
        Ok(y)
    }

    /// Which pieces won in some rows of a maximum.
    fn winner(&mut self, plan: &mut Plan, (max, first_row): (Id, usize), rows: usize) -> Result<Tensor, LowerError> {
        let units = self.node(max).shape[1];
        let saved = self.saved_of(max)?;
        Ok(plan.view(saved.buffer, saved.start + first_row * units, &saved.name, &[rows, units])?)
    }

    fn saved_of(&self, id: Id) -> Result<Tensor, LowerError> {
        let missing = || LowerError::NoKernel {
            what: self.graph.describe(id),
            shape: self.node(id).shape,
            why: "what its forward pass saves is of another sequence",
        };
        self.saved.get(&id).cloned().ok_or_else(missing)
    }

    fn norm_operands(&mut self, plan: &mut Plan, node: Id) -> Result<batch_norm::Operands, LowerError> {
        let operands = self.node(node).operands.clone();
        let x = self.tensor(plan, operands[0], Some(Element::Stored))?;
        let mut wide = |place: usize| self.tensor(plan, operands[place], Some(Element::F32));
        Ok(batch_norm::Operands { x, w: wide(1)?, b: wide(2)?, running_mean: wide(3)?, running_var: wide(4)? })
    }
}

/// The same elements under another shape.
fn reshaped(tensor: &Tensor, shape: [usize; 2]) -> Tensor {
    Tensor { shape: shape.to_vec(), ..tensor.clone() }
}
