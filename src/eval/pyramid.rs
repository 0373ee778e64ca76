//! The Laplacian pyramid (Burt and Adelson 1983): a picture as what each size adds to the next smaller one.

/// Values of a kernel along an axis, and their weights.
const KERNEL: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];

/// The shortest side of the smallest level, unless the pictures themselves are smaller.
pub const LEAST_SIDE: usize = 16;

/// Where the values of an output lie, and their weights.
type Taps = [(usize, f32); 5];

/// Heights and widths of the levels, the pictures' own first: each half of the one before, rounded up, down to [`LEAST_SIDE`].
pub fn sizes([height, width]: [usize; 2]) -> Vec<[usize; 2]> {
    let half = |size: &[usize; 2]| Some(size.map(|side| side.div_ceil(2))).filter(|size| size.iter().all(|side| *side >= LEAST_SIDE));
    std::iter::successors(Some([height, width]), half).collect()
}

/// Level `level` of a picture `[channels, height, width]`, counted from the finest: what the next smaller level lacks, or, of the
/// last level of `sizes`, the small picture itself.
pub fn level(picture: &[f32], channels: usize, sizes: &[[usize; 2]], level: usize) -> Vec<f32> {
    let mut fine = picture.to_vec();
    for step in sizes[..=level].windows(2) {
        fine = halve(&fine, channels, step[0]);
    }
    if let Some(&[_, coarse]) = sizes.get(level..level + 2) {
        let below = double(&halve(&fine, channels, sizes[level]), channels, coarse, sizes[level]);
        fine.iter_mut().zip(below).for_each(|(value, below)| *value -= below);
    }
    fine
}

/// Smooths, then takes every second value along both axes.
fn halve(picture: &[f32], channels: usize, [height, width]: [usize; 2]) -> Vec<f32> {
    let taps = |from: usize| -> Vec<Taps> {
        let tap = |to: usize| std::array::from_fn(|k| (mirrored(2 * to + k, from), KERNEL[k]));
        (0..from.div_ceil(2)).map(tap).collect()
    };
    let lower = along(picture, [channels, height, width], &taps(height));
    along(&lower, [channels * height.div_ceil(2), width, 1], &taps(width))
}

/// Puts zeros between the values along both axes, then smooths, by a kernel of twice the weight, up to the size `to`.
fn double(picture: &[f32], channels: usize, [height, width]: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let taps = |to: usize| -> Vec<Taps> {
        let tap = |at: usize| {
            std::array::from_fn(|k| {
                let from = mirrored(at + k, to);
                if from.is_multiple_of(2) { (from / 2, 2.0 * KERNEL[k]) } else { (0, 0.0) }
            })
        };
        (0..to).map(tap).collect()
    };
    let higher = along(picture, [channels, height, width], &taps(to[0]));
    along(&higher, [channels * to[0], width, 1], &taps(to[1]))
}

/// The place that is 2 less than `shifted`, beyond the ends reflected about the first and the last of `count` places.
fn mirrored(shifted: usize, count: usize) -> usize {
    let at = shifted.abs_diff(2);
    if at < count { at } else { 2 * (count - 1) - at }
}

/// Weighted sums along the middle axis of `[outer, axis, inner]`.
fn along(values: &[f32], [outer, axis, inner]: [usize; 3], taps: &[Taps]) -> Vec<f32> {
    let mut sums = Vec::with_capacity(outer * taps.len() * inner);
    for block in values.chunks_exact(axis * inner).take(outer) {
        for taps in taps {
            sums.extend((0..inner).map(|i| taps.iter().map(|(at, weight)| weight * block[at * inner + i]).sum::<f32>()));
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_half_as_large_down_to_16() {
        assert_eq!(sizes([28, 28]), [[28, 28]]);
        assert_eq!(sizes([32, 32]), [[32, 32], [16, 16]]);
        assert_eq!(sizes([31, 64]), [[31, 64], [16, 32]]);
        assert_eq!(sizes([8, 100]), [[8, 100]]);
        assert_eq!(sizes([128, 128]).len(), 4);
    }

    #[test]
    fn smoothing_reflects_at_the_borders() {
        let row: Vec<f32> = [16.0, 0.0, 0.0, 0.0, 0.0, 32.0].to_vec();
        let lower = along(&row, [1, 6, 1], &[0, 1, 2].map(|to| std::array::from_fn(|k| (mirrored(2 * to + k, 6), KERNEL[k]))));
        // Around places 0, 2 and 4; beyond the border lie those within, the outermost not repeated.
        assert_eq!(lower, [6.0, 1.0, 8.0]);
        assert_eq!([0, 1, 2, 7, 8, 9].map(|shifted| mirrored(shifted, 6)), [2, 1, 0, 5, 4, 3]);
    }

    #[test]
    fn the_levels_together_are_the_picture() {
        let (channels, size) = (2, [33, 40]);
        let picture: Vec<f32> = (0..channels * size[0] * size[1]).map(|i| ((i * i) % 97) as f32 / 97.0).collect();
        let sizes = sizes(size);
        assert_eq!(sizes, [[33, 40], [17, 20]]);
        let (fine, coarse) = (level(&picture, channels, &sizes, 0), level(&picture, channels, &sizes, 1));
        let below = double(&coarse, channels, sizes[1], sizes[0]);
        assert!(fine.iter().zip(below).zip(&picture).all(|((fine, below), value)| (fine + below - value).abs() < 1e-5));
        // A flat picture has no detail.
        let flat = level(&vec![0.7; picture.len()], channels, &sizes, 0);
        assert!(flat.iter().all(|value| value.abs() < 1e-5), "{flat:?}");
    }
}
