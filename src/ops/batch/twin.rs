//! Batches of real images.

use super::half_bits;
use crate::{
    random::{random_bits, stream},
    twin::{Args, Real, each_rows},
};

/// Twin of `shaders/batch/batch_indices.wgsl`.
pub fn batch_indices<R: Real>(args: &mut Args<R>) {
    let [count, seed] = ["count", "seed"].map(|n| args.u32(n));
    let update = args.words("state")[0];
    let batch = args.size("batch");
    order(seed, update, count, &mut args.words_mut("indices")[..batch]);
}

/// The numbers of the images of a batch of `indices.len()`, the one that comes after `update` others.
pub fn order(seed: u32, update: u32, count: u32, indices: &mut [u32]) {
    let (batch, half_bits, stream) = (indices.len() as u32, half_bits(count as usize), stream::ORDER);
    let batches = count / batch;
    let epoch = update / batches;
    let mask = (1u32 << half_bits) - 1;
    let feistel = |number: u32| {
        let (mut left, mut right) = (number >> half_bits, number & mask);
        for round in 0..4 {
            let mixed = left ^ (random_bits(seed, epoch, stream + round, right) & mask);
            left = right;
            right = mixed;
        }
        (left << half_bits) | right
    };
    for (i, index) in (0..batch).zip(indices) {
        *index = feistel((update % batches) * batch + i);
        while *index >= count {
            *index = feistel(*index);
        }
    }
}

/// Twin of `shaders/batch/staged_indices.wgsl`.
pub fn staged_indices<R: Real>(args: &mut Args<R>) {
    let [batch, slots, stride] = ["batch", "slots", "stride"].map(|n| args.u32(n));
    let first = (args.words("state")[0] % slots) * stride;
    for (i, index) in (0..batch).zip(args.words_mut("indices")) {
        *index = first + i;
    }
}

/// Twin of `shaders/batch/gather_batch.wgsl`.
pub fn gather_batch<R: Real>(args: &mut Args<R>) {
    let line = args.size("pixels") / args.size("channels");
    gather(args, line, |_| false);
}

/// Twin of `shaders/batch/gather_mirrored.wgsl`.
pub fn gather_mirrored<R: Real>(args: &mut Args<R>) {
    let ([seed, stream], update) = (["seed", "stream"].map(|n| args.u32(n)), args.words("state")[0]);
    let width = args.size("width");
    gather(args, width, |row| random_bits(seed, update, stream, row as u32) >> 31 == 1);
}

/// Images, with each of their lines of `width` pixels backwards where they are mirrored.
fn gather<R: Real>(args: &mut Args<R>, width: usize, mirrored: impl Fn(usize) -> bool + Sync) {
    let (pixels, channels) = (args.size("pixels"), args.size("channels"));
    let (scale, shift) = (args.real("scale"), args.real("shift"));
    let bytes: &[u8] = bytemuck::cast_slice(args.words("data"));
    let indices = args.words("indices");
    let images = &mut args.write("images")[args.size("first_row") * pixels..][..args.size("batch") * pixels];
    each_rows(images, pixels, |first, images| {
        for (row, (image, index)) in (first..).zip(images.chunks_exact_mut(pixels).zip(&indices[first..])) {
            let bytes = &bytes[*index as usize * pixels..][..pixels];
            for (channel, plane) in bytes.chunks_exact(pixels / channels).enumerate() {
                for (value, byte) in image[channel..].iter_mut().step_by(channels).zip(plane) {
                    *value = R::of(f32::from(*byte)) * scale + shift;
                }
            }
            if mirrored(row) {
                for line in image.chunks_exact_mut(width * channels) {
                    (0..width / 2).for_each(|column| {
                        (0..channels).for_each(|c| line.swap(column * channels + c, (width - 1 - column) * channels + c))
                    });
                }
            }
        }
    });
}

/// Twin of `shaders/batch/gather_points.wgsl`.
pub fn gather_points<R: Real>(args: &mut Args<R>) {
    let dimensions = args.size("dimensions");
    let data = args.read("data");
    let indices = args.words("indices");
    let points = &mut args.write("points")[args.size("first_row") * dimensions..][..args.size("batch") * dimensions];
    for (point, index) in points.chunks_exact_mut(dimensions).zip(indices) {
        point.copy_from_slice(&data[*index as usize * dimensions..][..dimensions]);
    }
}
