//! Sets of points: images with pixels in [0, 1], or points of the plane.

use super::EvalError;
use std::ops::Range;

#[derive(Clone, Copy)]
enum Values<'a> {
    /// 0 to 255 stand for 0 to 1.
    Bytes(&'a [u8]),
    Reals(&'a [f32]),
}

/// A set of points `[count, values]`, converted as they are read, so that a large set of bytes stays one.
#[derive(Clone, Copy)]
pub struct Points<'a> {
    values: Values<'a>,
    /// Which of them count, in order, where it is not all of them.
    picked: Option<&'a [u32]>,
    /// Points.
    pub count: usize,
    /// Values per point.
    pub width: usize,
}

impl<'a> Points<'a> {
    /// Images as a data set has them: bytes, of which 255 stands for 1. `width` values each, at least 1.
    pub fn bytes(values: &'a [u8], width: usize) -> Self {
        Points { values: Values::Bytes(values), picked: None, count: values.len() / width, width }
    }

    /// Real values as they are, `width` each, at least 1.
    pub fn reals(values: &'a [f32], width: usize) -> Self {
        Points { values: Values::Reals(values), picked: None, count: values.len() / width, width }
    }

    /// The first `count` points, or all where there are fewer.
    pub fn first(self, count: usize) -> Self {
        let count = count.min(self.count);
        Points { picked: self.picked.map(|picked| &picked[..count]), count, ..self }
    }

    /// Those of a whole set that have these numbers, in that order.
    pub fn picked(self, numbers: &'a [u32]) -> Self {
        Points { picked: Some(numbers), count: numbers.len(), ..self }
    }

    /// Values of the points in `range` `[range, width]`.
    pub fn read(&self, range: Range<usize>) -> Vec<f32> {
        let Some(picked) = self.picked else {
            return self.lying(range.start * self.width..range.end * self.width);
        };
        picked[range].iter().flat_map(|i| self.lying(*i as usize * self.width..(*i as usize + 1) * self.width)).collect()
    }

    /// Values as they lie in memory.
    fn lying(&self, range: Range<usize>) -> Vec<f32> {
        match self.values {
            Values::Bytes(values) => values[range].iter().map(|byte| f32::from(*byte) / 255.0).collect(),
            Values::Reals(values) => values[range].to_vec(),
        }
    }

    /// The distance of point `i` to point `j` of `other`, in double precision.
    pub fn distance(&self, i: usize, other: &Points, j: usize) -> f64 {
        let (a, b) = (self.read(i..i + 1), other.read(j..j + 1));
        a.iter().zip(&b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
    }

    /// Ranges of at most `side` points that cover all, in order.
    pub(super) fn blocks(&self, side: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let count = self.count;
        (0..count).step_by(side.max(1)).map(move |first| first..(first + side).min(count))
    }
}

/// Checks samples of `width` values each.
///
/// # Errors
/// [`EvalError::NonFinite`].
pub fn check_finite(values: &[f32], width: usize) -> Result<(), EvalError> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(position) => Err(EvalError::NonFinite { index: position / width }),
        None => Ok(()),
    }
}

/// Maps samples from `range` to [0, 1], in place.
///
/// # Errors
/// [`EvalError::NonFinite`], or [`EvalError::Range`] where values lie outside the range by more than rounding: a wrong range would ruin
/// every score without a trace. Values beyond it by a hair are cut off.
pub fn to_unit(values: &mut [f32], width: usize, range: (f32, f32)) -> Result<(), EvalError> {
    let (low, high) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    check_finite(values, width)?;
    let slack = 1e-3 * (range.1 - range.0);
    if low < range.0 - slack || high > range.1 + slack {
        return Err(EvalError::Range { low, high, expected_low: range.0, expected_high: range.1 });
    }
    for value in values {
        *value = ((*value - range.0) / (range.1 - range.0)).clamp(0.0, 1.0);
    }
    Ok(())
}
