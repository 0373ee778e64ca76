//! Augmentation of pictures.

use super::KNOBS;
use crate::{
    random::{random_bits, uniform01},
    twin::{Args, Real, each_rows, vectorized},
};
use std::ops::Range;

/// Random numbers that a picture has.
const NUMBERS: usize = 16;

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

    /// Neighbouring pixels of y with those of x that they show, which lie backwards in a mirrored picture.
    fn pieces(&self, [height, width]: [usize; 2], mut each: impl FnMut(Range<usize>, Range<usize>)) {
        let [half_height, half_width] = [height, width].map(|extent| extent.div_ceil(2) as isize);
        let cut_columns = [self.cut_left, self.cut_left + half_width];
        for row in 0..height {
            let from = row as isize + self.down;
            if !(0..height as isize).contains(&from) {
                continue;
            }
            let cut = if (self.cut_top..self.cut_top + half_height).contains(&(row as isize)) { cut_columns } else { [width as isize; 2] };
            let shown = [(-self.right).max(0), (width as isize - self.right).min(width as isize)];
            for [first, last] in [[shown[0], shown[1].min(cut[0])], [shown[0].max(cut[1]), shown[1]]] {
                if first >= last {
                    continue;
                }
                let x = [first + self.right, last + self.right];
                let x = if self.flip { [width as isize - x[1], width as isize - x[0]] } else { x };
                let at = |line: usize, column: isize| line * width + column as usize;
                each(at(row, first)..at(row, last), at(from as usize, x[0])..at(from as usize, x[1]));
            }
        }
    }

    /// Pixels of `from` in the place of some of `to`.
    fn copy(&self, (from, source): (&[R], Range<usize>), (to, place): (&mut [R], Range<usize>), channels: usize) {
        let from = &from[source.start * channels..source.end * channels];
        let to = &mut to[place.start * channels..place.end * channels];
        if !self.flip {
            return to.copy_from_slice(from);
        }
        to.chunks_exact_mut(channels).zip(from.chunks_exact(channels).rev()).for_each(|(to, from)| to.copy_from_slice(from));
    }

    /// Mixes the colours of a picture, in place, with the means of pixel and picture.
    fn colour(&self, picture: &mut [R], channels: usize) {
        let (saturation, contrast, one) = (self.saturation, self.contrast, R::one());
        let constant = (one - contrast) * (sum(picture) / R::of(picture.len() as f32));
        // A grey pixel is its own mean.
        if channels > 1 && saturation != one {
            for pixel in picture.chunks_exact_mut(channels) {
                let grey = (one - saturation) * (pixel.iter().copied().sum::<R>() / R::of(channels as f32));
                pixel.iter_mut().for_each(|value| *value = saturation * *value + grey);
            }
        }
        vectorized(|| picture.iter_mut().for_each(|value| *value = contrast * *value + constant));
    }
}

/// In as many sums at once as compile to vector instructions.
fn sum<R: Real>(values: &[R]) -> R {
    let (blocks, rest) = values.as_chunks::<16>();
    let mut sums = [R::zero(); 16];
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, value)| *sum += *value);
    }
    sums.into_iter().chain(rest.iter().copied()).sum()
}

/// Twin of `shaders/augment/augment.wgsl`.
pub fn augment<R: Real>(args: &mut Args<R>) {
    let [rows, height, width, channels, columns] = ["rows", "height", "width", "channels", "columns"].map(|n| args.size(n));
    let (x, knobs, shift) = (args.read("x"), args.read("knobs"), args.real("shift"));
    each_rows(&mut args.write("y")[..rows * columns], columns, |first, y| {
        let mut coloured = vec![R::zero(); columns];
        let pictures = x[first * columns..].chunks_exact(columns).zip(knobs[first * KNOBS..].chunks_exact(KNOBS));
        for (y, (x, knobs)) in y.chunks_exact_mut(columns).zip(pictures) {
            let knob = Knob::read(knobs);
            coloured.copy_from_slice(x);
            knob.colour(&mut coloured, channels);
            let brightness = shift * knob.brightness;
            coloured.iter_mut().for_each(|value| *value += brightness);
            y.fill(R::zero());
            knob.pieces([height, width], |of_y, of_x| knob.copy((&coloured, of_x), (y, of_y), channels));
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
            // No two pixels of y show the same of x.
            knob.pieces([height, width], |of_y, of_x| knob.copy((dy, of_y), (dx, of_x), channels));
            knob.colour(dx, channels);
        }
    });
}

/// Twin of `shaders/augment/augment_knobs.wgsl`.
pub fn augment_knobs<R: Real>(args: &mut Args<R>) {
    let [rows, height, width] = ["rows", "height", "width"].map(|n| args.size(n));
    let [chosen, seed, stream, counter] = ["chosen", "seed", "stream", "counter"].map(|n| args.u32(n));
    let (step, p, most) = (args.words("state")[counter as usize], args.read("p")[0], args.real("brightness"));
    for (row, knobs) in args.write("knobs")[..rows * KNOBS].chunks_exact_mut(KNOBS).enumerate() {
        let bits = |number: usize| random_bits(seed, step, stream, (row * NUMBERS + number) as u32);
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
        let sign = if above > R::zero() {
            R::one()
        } else if above < R::zero() {
            -R::one()
        } else {
            R::zero()
        };
        ada[0] = (ada[0] + step * sign).max(R::zero()).min(R::one());
        ada[1] = R::zero();
    }
}
