//! Convolutions on the CPU: patches are packed block by block into memory that fits a core's cache, straight from the tables that the
//! kernels read, and multiplied there. Cores share pictures, or, for gradients by weights, slices of the sum and columns of the result.

use super::tables::WORDS;
use crate::{
    ops::pointwise::twin::function,
    twin::{Args, Real, block_product, vectorized},
};
use faer::MatRef;
use rayon::prelude::*;

/// Patches that are packed before they are multiplied, about: as many elements as half a second-level cache takes.
const BLOCK_ELEMENTS: usize = 1 << 16;

/// Patches per block, with whole register tiles.
fn block_rows(steps: usize) -> usize {
    (BLOCK_ELEMENTS / steps.max(1)).clamp(32, 1024).next_multiple_of(8)
}

/// A stretch of a patch whose elements are neighbours in the picture too, as long as it lies inside.
#[derive(Clone, Copy)]
struct Stretch {
    /// First element of the patch.
    step: usize,
    len: usize,
    /// Way from the corner.
    offset: i32,
    y: i32,
    /// Columns of the first and of the last pixel.
    x: [i32; 2],
}

/// Patches of pictures, as `shaders/convolution/gather.wgsl` finds them.
struct Patches<'a, R> {
    pictures: &'a [R],
    places: &'a [u32],
    /// Per class.
    stretches: Vec<Vec<Stretch>>,
    height: i32,
    width: i32,
    /// Elements from one pixel to the next.
    inputs: usize,
}

fn halves(word: u32) -> (i32, i32) {
    ((word as i32) >> 16, i32::from(word as i16))
}

impl<'a, R: Real> Patches<'a, R> {
    fn new(args: &Args<'a, R>, pictures: &str, classes: usize) -> Self {
        let [steps, height, width, inputs] = ["steps", "height", "width", "inputs"].map(|n| args.size(n));
        let stretches =
            args.words("taps")[..classes * steps * WORDS].chunks_exact(steps * WORDS).map(|taps| stretches(taps, inputs)).collect();
        Patches {
            pictures: args.read(pictures),
            places: args.words("places"),
            stretches,
            height: height as i32,
            width: width as i32,
            inputs,
        }
    }

    /// Packs the patches of places from `first` on, elements `from` to `from + columns` of each, into rows of `columns + extra`.
    fn pack(&self, (class, first): (usize, usize), group_offset: usize, from: usize, row: usize, packed: &mut [R]) {
        for (packed, place) in packed.chunks_exact_mut(row).zip(self.places[first * WORDS..].chunks_exact(WORDS)) {
            let base = place[0] as i32 + group_offset as i32;
            let (y0, x0) = halves(place[1]);
            for stretch in &self.stretches[class] {
                // What of the stretch is asked for.
                let begin = stretch.step.max(from);
                let end = (stretch.step + stretch.len).min(from + row);
                if begin >= end {
                    continue;
                }
                let into = &mut packed[begin - from..end - from];
                let skipped = begin - stretch.step;
                let y = y0 + stretch.y;
                if y < 0 || y >= self.height {
                    into.fill(R::zero());
                    continue;
                }
                let start = base + stretch.offset;
                if x0 + stretch.x[0] >= 0 && x0 + stretch.x[1] < self.width {
                    let start = (start + skipped as i32) as usize;
                    let len = into.len();
                    into.copy_from_slice(&self.pictures[start..start + len]);
                    continue;
                }
                // Partly outside: pixel by pixel.
                for (i, into) in (skipped..).zip(into) {
                    let x = x0 + stretch.x[0] + (i / self.inputs) as i32;
                    let inside = x >= 0 && x < self.width;
                    *into = if inside { self.pictures[(start + i as i32) as usize] } else { R::zero() };
                }
            }
        }
    }
}

/// Joins the taps of a class whose elements lie behind each other.
fn stretches(taps: &[u32], inputs: usize) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (step, tap) in taps.chunks_exact(WORDS).enumerate() {
        let (offset, (y, x)) = (tap[0] as i32, halves(tap[1]));
        match stretches.last_mut() {
            Some(last) if last.y == y && last.offset + last.len as i32 == offset && last.x[0] + (last.len / inputs) as i32 == x => {
                last.len += 1;
                last.x[1] = x;
            }
            _ => stretches.push(Stretch { step, len: 1, offset, y, x: [x, x] }),
        }
    }
    stretches
}

/// A product of patches with weights, whose results go through `finish` with the element of y at which a stretch of whole pixels, or of
/// a group's channels of one, begins.
fn patches_product<R: Real>(args: &mut Args<R>, pictures: &'static str, first_pixel: usize, finish: impl Fn(usize, &mut [R]) + Sync) {
    let [rows, columns, steps, classes, groups] = ["rows", "columns", "steps", "classes", "groups"].map(|n| args.size(n));
    let [group_inputs, group_weights, column_weights] = ["group_inputs", "group_weights", "column_weights"].map(|n| args.size(n));
    let [images, out_pixels, outputs] = ["images", "out_pixels", "outputs"].map(|n| args.size(n));
    let patches = Patches::new(args, pictures, classes);
    let (w, taps, places) = (args.read("w"), args.words("taps"), args.words("places"));
    let y = &mut args.write("y")[first_pixel * outputs..][..out_pixels * outputs];

    let threads = rayon::current_num_threads().min(images);
    let each = images.div_ceil(threads);
    let (per_picture, picture_rows) = (out_pixels / images * outputs, rows / images);
    let block = block_rows(steps).min(picture_rows.next_multiple_of(8));
    let packed_weights = if column_weights == 1 { classes * groups * steps * columns } else { 0 };
    // Outputs that lie apart go through memory of their own.
    let in_place = classes == 1;
    let work = block * (steps + if in_place { 0 } else { columns });
    args.scratch.resize(packed_weights + threads * work, R::zero());
    let (weights, work_space) = args.scratch.split_at_mut(packed_weights);
    if packed_weights > 0 {
        // A transposed convolution finds its weights by channel: they are put in order once.
        weights.par_chunks_exact_mut(columns).enumerate().for_each(|(row, weights)| {
            let (part, step) = (row / steps, row % steps);
            let (class, group) = (part / groups, part % groups);
            let tap = &taps[(class * steps + step) * WORDS..];
            // A tap outside of the kernel reads zeros, so that any weight does.
            weights.copy_from_slice(&w[group * group_weights + tap[2] as usize..][..columns]);
        });
    }
    let weights = &*weights;
    let weights_of = |class: usize, group: usize| match packed_weights {
        0 => MatRef::from_column_major_slice_with_stride(&w[group * group_weights..], steps, columns, column_weights),
        _ => MatRef::from_row_major_slice(&weights[(class * groups + group) * steps * columns..][..steps * columns], steps, columns),
    };
    let work_spaces = work_space.par_chunks_exact_mut(work);
    y.par_chunks_mut(each * per_picture).zip(work_spaces).enumerate().for_each(|(chunk, (y, work))| {
        let (packed, apart) = work.split_at_mut(block * steps);
        for (picture, y) in (chunk * each..).zip(y.chunks_exact_mut(per_picture)) {
            for (class, start) in (0..classes).flat_map(|class| (0..picture_rows).step_by(block).map(move |start| (class, start))) {
                let count = block.min(picture_rows - start);
                let first = class * rows + picture * picture_rows + start;
                let packed = &mut packed[..count * steps];
                for group in 0..groups {
                    patches.pack((class, first), group * group_inputs, 0, steps, packed);
                    let packed = MatRef::from_row_major_slice(packed, count, steps);
                    if in_place {
                        block_product(&mut y[start * outputs + group * columns..], outputs, packed, weights_of(class, group), false);
                        continue;
                    }
                    let apart = &mut apart[..count * columns];
                    block_product(apart, columns, packed, weights_of(class, group), false);
                    for (values, place) in apart.chunks_exact_mut(columns).zip(places[first * WORDS..].chunks_exact(WORDS)) {
                        if place[2] == u32::MAX {
                            continue;
                        }
                        let to = place[2] as usize * outputs + group * columns;
                        finish(first_pixel * outputs + to, values);
                        y[to - picture * per_picture..][..columns].copy_from_slice(values);
                    }
                }
                if in_place {
                    let y = &mut y[start * outputs..][..count * outputs];
                    finish(first_pixel * outputs + picture * per_picture + start * outputs, y);
                }
            }
        }
    });
}

/// Twin of `shaders/convolution/conv_forward.wgsl`.
pub fn conv_forward<R: Real>(args: &mut Args<R>) {
    let [first_pixel, outputs] = ["first_pixel", "outputs"].map(|n| args.size(n));
    let (b, alpha, twin) = (args.read("b"), args.real("alpha"), function::<R>(args));
    patches_product(args, "x", first_pixel, |at, y| {
        // Whole pixels, or the channels of a group.
        let b = &b[at % outputs..outputs];
        vectorized(|| {
            for y in y.chunks_mut(outputs) {
                for (y, b) in y.iter_mut().zip(b) {
                    *y += *b;
                }
            }
        });
        (twin.value)(y, alpha);
    });
}

/// Twin of the same with y in f32.
pub fn conv_forward_wide<R: Real>(args: &mut Args<R>) {
    conv_forward(args);
}

/// Twin of `shaders/convolution/conv_product.wgsl`.
pub fn conv_product<R: Real>(args: &mut Args<R>) {
    let scale = args.real("scale");
    patches_product(args, "x", 0, |_, y| {
        if scale != R::one() {
            y.iter_mut().for_each(|y| *y *= scale);
        }
    });
}

/// Twin of `shaders/convolution/conv_slope.wgsl`.
pub fn conv_slope<R: Real>(args: &mut Args<R>) {
    let (saved, scale, alpha, twin) = (args.read("saved"), args.real("scale"), args.real("alpha"), function::<R>(args));
    patches_product(args, "x", 0, |at, y| {
        if scale != R::one() {
            y.iter_mut().for_each(|y| *y *= scale);
        }
        (twin.times_slope)(y, &saved[at..], alpha);
    });
}

/// partials = dy^T [patches | bias] per slice and group, where `adjust` may change packed patches before they are multiplied: it gets the
/// first place of the block, the length of a row, the element of the patch at which rows begin, and the rows.
fn slices_product<R: Real>(
    args: &mut Args<R>,
    dy: &'static str,
    bias: impl Fn(usize) -> R + Sync,
    adjust: impl Fn(&Patches<R>, (usize, usize), usize, usize, &mut [R]) + Sync,
) {
    let [rows, steps, length, count, slices] = ["rows", "steps", "length", "count", "slices"].map(|n| args.size(n));
    let [groups, group_inputs, outputs] = ["groups", "group_inputs", "outputs"].map(|n| args.size(n));
    let patches = Patches::new(args, "x", 1);
    let dy = args.read(dy);
    let columns = steps + 1;
    let partials = &mut args.write("partials")[..slices * outputs * columns];

    // Each part of the result in as many bands of columns as give every core one.
    let threads = rayon::current_num_threads();
    let bands = threads.div_ceil(slices * groups).min(columns.div_ceil(16));
    let band = columns.div_ceil(bands).next_multiple_of(16).min(columns);
    let bands = columns.div_ceil(band);
    let block = block_rows(band).min(length.next_multiple_of(8));
    let tasks = slices * groups * bands;
    let cores = threads.min(tasks);
    let work = block * band + rows * band;
    args.scratch.resize(cores * work, R::zero());
    let out = Shared(partials.as_mut_ptr());
    args.scratch.par_chunks_exact_mut(work).enumerate().for_each(|(core, work)| {
        let (packed, sums) = work.split_at_mut(block * band);
        for task in (core * tasks / cores)..((core + 1) * tasks / cores) {
            let (part, from) = (task / bands, task % bands * band);
            let (slice, group) = (part / groups, part % groups);
            let width = band.min(columns - from);
            let sums = &mut sums[..rows * width];
            let (first, last) = (slice * length, ((slice + 1) * length).min(count));
            for start in (first..last).step_by(block) {
                let n = block.min(last - start);
                let packed = &mut packed[..n * width];
                patches.pack((0, start), group * group_inputs, from, width, packed);
                adjust(&patches, (start, group * group_inputs), from, width, packed);
                if from + width == columns {
                    for (place, row) in (start..).zip(packed.chunks_exact_mut(width)) {
                        row[width - 1] = bias(place);
                    }
                }
                let packed = MatRef::from_row_major_slice(packed, n, width);
                let dy = MatRef::from_row_major_slice_with_stride(&dy[start * outputs + group * rows..], n, rows, outputs);
                block_product(sums, width, dy.transpose(), packed, start > first);
            }
            for (row, sums) in sums.chunks_exact(width).enumerate() {
                let at = (slice * outputs + group * rows + row) * columns + from;
                // SAFETY: inside `partials`, which outlives this; each task writes columns of rows that no other does.
                unsafe { out.at(at, width) }.copy_from_slice(sums);
            }
        }
    });
}

/// Memory of which tasks write parts that are not theirs in one piece.
struct Shared<R>(*mut R);

// SAFETY: it is only a place; `at` says what a caller must promise.
unsafe impl<R: Send> Sync for Shared<R> {}

impl<R> Shared<R> {
    /// # Safety
    /// `start..start + len` must lie in the memory, which must outlive the slice, and nobody else may use it meanwhile.
    #[allow(clippy::mut_from_ref)]
    unsafe fn at(&self, start: usize, len: usize) -> &mut [R] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }
}

/// Twin of `shaders/convolution/conv_by_weight.wgsl`.
pub fn conv_by_weight<R: Real>(args: &mut Args<R>) {
    slices_product(args, "dy", |_| R::one(), |_, _, _, _, _| {});
}

/// Twin of `shaders/convolution/conv_by_weight_r1.wgsl`.
pub fn conv_by_weight_r1<R: Real>(args: &mut Args<R>) {
    let [count, images, pixels, inputs] = ["count", "images", "pixels", "inputs"].map(|n| args.size(n));
    let [tangent_first, tangent_pixels] = ["tangent_first", "tangent_pixels"].map(|n| args.size(n));
    let (c, t) = (args.read("c"), args.read("t"));
    let (places, pixels_per_image) = (count / images, pixels / images);
    slices_product(
        args,
        "delta",
        |place| c[place / places],
        |patches, (start, group_offset), from, width, packed| {
            for (place, row) in (start..).zip(packed.chunks_exact_mut(width)) {
                let image = place / places;
                row.iter_mut().for_each(|x| *x *= c[image]);
                let pixel = (image * pixels_per_image).checked_sub(tangent_first);
                if pixel.is_some_and(|pixel| pixel < tangent_pixels) {
                    patches.add(place, group_offset as i32 - (tangent_first * inputs) as i32, from, t, row);
                }
            }
        },
    );
}

impl<R: Real> Patches<'_, R> {
    /// Adds the patch of one place of other pictures of the same shape, which lie `shift` elements further.
    fn add(&self, place: usize, shift: i32, from: usize, pictures: &[R], row: &mut [R]) {
        let place = &self.places[place * WORDS..];
        let base = place[0] as i32 + shift;
        let (y0, x0) = halves(place[1]);
        for stretch in &self.stretches[0] {
            let (begin, end) = (stretch.step.max(from), (stretch.step + stretch.len).min(from + row.len()));
            let y = y0 + stretch.y;
            if begin >= end || y < 0 || y >= self.height {
                continue;
            }
            let start = base + stretch.offset;
            let row = &mut row[begin - from..end - from];
            if x0 + stretch.x[0] >= 0 && x0 + stretch.x[1] < self.width {
                let pictures = &pictures[(start as usize + begin - stretch.step)..];
                row.iter_mut().zip(pictures).for_each(|(into, t)| *into += *t);
                continue;
            }
            for (i, into) in (begin - stretch.step..).zip(row) {
                let x = x0 + stretch.x[0] + (i / self.inputs) as i32;
                if x >= 0 && x < self.width {
                    *into += pictures[(start + i as i32) as usize];
                }
            }
        }
    }
}

/// Twin of `shaders/convolution/sum_slices.wgsl`.
pub fn sum_slices<R: Real>(args: &mut Args<R>) {
    let [slices, outputs, steps] = ["slices", "outputs", "steps"].map(|n| args.size(n));
    let (partials, dw, db) = (args.read("partials"), args.write("dw"), args.write("db"));
    let columns = steps + 1;
    let filters = dw[..outputs * steps].par_chunks_exact_mut(steps).zip(&mut db[..outputs]);
    filters.enumerate().with_min_len(16).for_each(|(filter, (dw, db))| {
        for slice in 0..slices {
            let partials = &partials[(slice * outputs + filter) * columns..][..columns];
            if slice == 0 {
                dw.copy_from_slice(&partials[..steps]);
                *db = partials[steps];
            } else {
                vectorized(|| dw.iter_mut().zip(partials).for_each(|(dw, p)| *dw += *p));
                *db += partials[steps];
            }
        }
    });
}
