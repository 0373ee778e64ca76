//! Weighted sums of pixels.

use crate::twin::{Args, Real, each_rows};

/// Twin of `shaders/resample/resample.wgsl`.
pub fn resample<R: Real>(args: &mut Args<R>) {
    let [channels, height, width, out_height, out_width] = ["channels", "height", "width", "out_height", "out_width"].map(|n| args.size(n));
    let [rows, high, wide, first_row] = ["rows", "high", "wide", "first_row"].map(|n| args.size(n));
    let (high_taps, wide_taps, x) = (args.words("high_taps"), args.words("wide_taps"), args.read("x"));
    let y = &mut args.write("y")[first_row * channels..][..rows * channels];
    let tap = |words: &[u32]| (words[0] as usize, R::of(f32::from_bits(words[1])));
    each_rows(y, out_width * channels, |first, lines| {
        for (line, y) in (first..).zip(lines.chunks_exact_mut(out_width * channels)) {
            y.fill(R::zero());
            let (image, row) = (line / out_height, line % out_height);
            for (from, share) in high_taps[2 * row * high..][..2 * high].chunks_exact(2).map(tap) {
                let x = &x[(image * height + from) * width * channels..][..width * channels];
                for (y, taps) in y.chunks_exact_mut(channels).zip(wide_taps.chunks_exact(2 * wide)) {
                    for (from, along) in taps.chunks_exact(2).map(tap) {
                        let weight = share * along;
                        y.iter_mut().zip(&x[from * channels..]).for_each(|(y, x)| *y += weight * *x);
                    }
                }
            }
        }
    });
}
