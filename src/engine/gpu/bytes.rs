//! Real values as a device's buffers hold them: 4 bytes each, or 2.

use half::{f16, slice::HalfFloatSliceExt as _, vec::HalfFloatVecExt as _};
use std::borrow::Cow;

/// `values` at `width` bytes each; halves are filled up with a zero to whole words, in which copies come.
pub(super) fn of_reals(values: &[f32], width: usize) -> Cow<'_, [u8]> {
    if width == 4 {
        return Cow::Borrowed(bytemuck::cast_slice(values));
    }
    let mut halves: Vec<f16> = Vec::from_f32_slice(values);
    halves.resize(values.len().next_multiple_of(2), f16::ZERO);
    Cow::Owned(bytemuck::cast_slice(&halves).to_vec())
}

/// The first `len` values behind `bytes`, at `width` bytes each.
pub(super) fn to_reals(bytes: &[u8], width: usize, len: usize) -> Vec<f32> {
    if width == 4 {
        return bytemuck::pod_collect_to_vec(&bytes[..4 * len]);
    }
    let halves: Vec<f16> = bytemuck::pod_collect_to_vec(&bytes[..2 * len]);
    halves.to_f32_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_their_width_rounds_them() {
        let values = [1.0, -0.333_333_34, 65_504.0, 1e6, f32::NAN];
        let words = of_reals(&values, 4);
        assert_eq!(words.len(), 20);
        assert_eq!(to_reals(&words, 4, 4), values[..4]);
        let halves = of_reals(&values, 2);
        assert_eq!(halves.len(), 12, "five halves, in whole words");
        let back = to_reals(&halves, 2, 5);
        assert_eq!(back[..4], [1.0, -0.333_251_95, 65_504.0, f32::INFINITY]);
        assert!(back[4].is_nan());
    }
}
