//! Augmentation of pictures.

use super::KNOBS;
use crate::{
    random::{random_bits, uniform01},
    twin::{Args, Real, each_rows},
};

/// What is done to a picture, as `shaders/augment/knobs.wgsl` has it.
struct Knob<R> {
    brightness: R,
    saturation: R,
    contrast: R,
    flip: bool,
    down: isize,
    right: isize,
    cut_top: isize,
    cut_left: isize,
}

fn whole<R: Real>(value: R) -> isize {
    value.to_f32_lossy() as isize
}

impl<R: Real> Knob<R> {
    fn read(knobs: &[R]) -> Knob<R> {
        Knob {
            brightness: knobs[0],
            saturation: knobs[1],
            contrast: knobs[2],
            flip: knobs[3] > R::of(0.5),
            down: whole(knobs[4]),
            right: whole(knobs[5]),
            cut_top: whole(knobs[6]),
            cut_left: whole(knobs[7]),
        }
    }

    /// For each pixel of y the one of x that it shows, if it does.
    fn sources(&self, [height, width]: [usize; 2]) -> impl Iterator<Item = Option<usize>> {
        let within = |place: isize, extent: usize| usize::try_from(place).ok().filter(|place| *place < extent);
        let cut = move |place: usize, start: isize, extent: usize| within(place as isize - start, extent.div_ceil(2)).is_some();
        let Knob { flip, down, right, cut_top, cut_left, .. } = *self;
        (0..height * width).map(move |pixel| {
            let (row, column) = (pixel / width, pixel % width);
            let moved = within(row as isize + down, height).zip(within(column as isize + right, width));
            let (from, shown) = moved.filter(|_| !(cut(row, cut_top, height) && cut(column, cut_left, width)))?;
            Some(from * width + if flip { width - 1 - shown } else { shown })
        })
    }

    /// The colour of a pixel with contrast and saturation, without what comes of the picture's mean.
    fn colour(&self, pixel: &[R], to: &mut [R]) {
        let grey = pixel.iter().copied().sum::<R>() / R::of(pixel.len() as f32);
        for (to, value) in to.iter_mut().zip(pixel) {
            *to = self.contrast * (self.saturation * *value + (R::one() - self.saturation) * grey);
        }
    }

    /// What contrast adds to every value of a picture whose values have this sum.
    fn constant(&self, sum: R, columns: usize) -> R {
        (R::one() - self.contrast) * (sum / R::of(columns as f32))
    }
}

/// Twin of `shaders/augment/augment.wgsl`.
pub fn augment<R: Real>(args: &mut Args<R>) {
    let [rows, height, width, channels, columns] = ["rows", "height", "width", "channels", "columns"].map(|n| args.size(n));
    let (x, knobs, shift) = (args.read("x"), args.read("knobs"), args.real("shift"));
    each_rows(&mut args.write("y")[..rows * columns], columns, |first, y| {
        let pictures = x[first * columns..].chunks_exact(columns).zip(knobs[first * KNOBS..].chunks_exact(KNOBS));
        for (y, (x, knobs)) in y.chunks_exact_mut(columns).zip(pictures) {
            let knob = Knob::read(knobs);
            let constant = knob.constant(x.iter().copied().sum(), columns) + shift * knob.brightness;
            for (y, source) in y.chunks_exact_mut(channels).zip(knob.sources([height, width])) {
                let Some(source) = source else {
                    y.fill(R::zero());
                    continue;
                };
                knob.colour(&x[source * channels..][..channels], y);
                y.iter_mut().for_each(|y| *y += constant);
            }
        }
    });
}

/// Twin of `shaders/augment/augment_by_input.wgsl`.
pub fn augment_by_input<R: Real>(args: &mut Args<R>) {
    let [rows, height, width, channels, columns] = ["rows", "height", "width", "channels", "columns"].map(|n| args.size(n));
    let (dy, knobs) = (args.read("dy"), args.read("knobs"));
    each_rows(&mut args.write("dx")[..rows * columns], columns, |first, dx| {
        let pictures = dy[first * columns..].chunks_exact(columns).zip(knobs[first * KNOBS..].chunks_exact(KNOBS));
        for (dx, (dy, knobs)) in dx.chunks_exact_mut(columns).zip(pictures) {
            let knob = Knob::read(knobs);
            dx.fill(R::zero());
            let mut sum = R::zero();
            // No two pixels of y show the same of x.
            for (dy, source) in dy.chunks_exact(channels).zip(knob.sources([height, width])) {
                let Some(source) = source else { continue };
                knob.colour(dy, &mut dx[source * channels..][..channels]);
                sum += dy.iter().copied().sum::<R>();
            }
            let constant = knob.constant(sum, columns);
            dx.iter_mut().for_each(|dx| *dx += constant);
        }
    });
}

/// Twin of `shaders/augment/augment_knobs.wgsl`.
pub fn augment_knobs<R: Real>(args: &mut Args<R>) {
    let [rows, height, width] = ["rows", "height", "width"].map(|n| args.size(n));
    let [chosen, seed, stream, counter] = ["chosen", "seed", "stream", "counter"].map(|n| args.u32(n));
    let (step, p, most) = (args.words("state")[counter as usize], args.read("p")[0], args.real("brightness"));
    for (row, knobs) in args.write("knobs")[..rows * KNOBS].chunks_exact_mut(KNOBS).enumerate() {
        let bits = |number: usize| random_bits(seed, step, stream, (row * 16 + number) as u32);
        let unit = |number: usize| R::of(uniform01(bits(number)));
        let falls = |number: usize, kind: u32| chosen & kind != 0 && unit(number) < p;
        let below = |number: usize, count: usize| (((bits(number) >> 16) * count as u32) >> 16) as isize;
        let real = |number: isize| R::of(number as f32);
        let moved = |number: usize, extent: usize| {
            let most = (extent + 4) / 8;
            below(number, 2 * most + 1) - most as isize
        };
        let cut = |number: usize, extent: usize| {
            let size = extent.div_ceil(2);
            below(number, extent + 1 - size % 2) - (size / 2) as isize
        };
        let or = |drawn: bool, value: R, rest: f32| if drawn { value } else { R::of(rest) };
        let (moves, cuts) = (falls(8, 4), falls(11, 8));
        knobs[0] = or(falls(2, 2), most * (R::of(2.0) * unit(3) - R::one()), 0.0);
        knobs[1] = or(falls(4, 2), R::of(2.0) * unit(5), 1.0);
        knobs[2] = or(falls(6, 2), R::of(0.5) + unit(7), 1.0);
        knobs[3] = or(falls(0, 1), real((bits(1) >> 31) as isize), 0.0);
        knobs[4] = or(moves, real(moved(9, height)), 0.0);
        knobs[5] = or(moves, real(moved(10, width)), 0.0);
        knobs[6] = or(cuts, real(cut(12, height)), height as f32);
        knobs[7] = or(cuts, real(cut(13, width)), width as f32);
    }
}

/// Twin of `shaders/augment/augment_adapt.wgsl`.
pub fn augment_adapt<R: Real>(args: &mut Args<R>) {
    let every = args.u32("every");
    let (target, step) = (args.real("target_sign"), args.real("step"));
    let sum = args.read("numbers")[args.size("place")];
    let due = args.words("state")[args.size("counter")].is_multiple_of(every);
    let ada = args.write("ada");
    ada[1] += sum;
    if due {
        let above = ada[1] / R::of(every as f32) - target;
        let sign = if above > R::zero() { R::one() } else if above < R::zero() { -R::one() } else { R::zero() };
        ada[0] = (ada[0] + step * sign).max(R::zero()).min(R::one());
        ada[1] = R::zero();
    }
}
