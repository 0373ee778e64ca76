//! Pictures enlarged and reduced by whole factors. Every filter is a matrix for rows and one for columns, of few elements per row, so that
//! one kernel serves them all; the gradient is the same with both matrices transposed.

pub mod cases;
pub mod twin;

use super::window::{result, source};
use crate::plan::{Grid, Kernel, Plan, PlanError, Tensor, snippets};

/// y = H x W^T for every picture and channel
pub static RESAMPLE: Kernel =
    Kernel { name: "resample", source: include_str!("../../../shaders/resample/resample.wgsl"), snippets: &[&snippets::ELEMENT] };

/// What an output pixel is made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Filter {
    /// Enlarges: the pixel that covers it.
    Nearest,
    /// Enlarges: the line between the two nearest along each axis, as PyTorch's `bilinear` with `align_corners=False`.
    Bilinear,
    /// Enlarges or reduces by 2 with the filter `[1, 3, 3, 1]` along each axis, zeros beyond the borders (Karras et al. 2019, StyleGAN).
    Blur,
    /// Reduces: the mean of what it covers.
    Mean,
    /// Reduces: the sum of what it covers.
    Sum,
}

/// A filter over pictures of some height and width, or its adjoint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Resample {
    filter: Filter,
    /// Height and width before the filter.
    from: [usize; 2],
    /// And behind it.
    to: [usize; 2],
    /// Back from `to` to `from` by the transposed matrices.
    adjoint: bool,
}

/// A matrix as the elements of each row that are not 0: column and value.
type Rows = Vec<Vec<(usize, f32)>>;

impl Resample {
    /// Enlarges by a factor.
    pub fn up(filter: Filter, from: [usize; 2], factor: usize) -> Resample {
        Resample { filter, from, to: from.map(|extent| extent * factor), adjoint: false }
    }

    /// Reduces to a height and width that divide those of the input.
    pub fn down(filter: Filter, from: [usize; 2], to: [usize; 2]) -> Resample {
        Resample { filter, from, to, adjoint: false }
    }

    /// The gradient by the input as a function of that by the output.
    pub fn adjoint(self) -> Resample {
        Resample { adjoint: !self.adjoint, ..self }
    }

    /// Height and width of what it reads.
    pub fn input(&self) -> [usize; 2] {
        if self.adjoint { self.to } else { self.from }
    }

    /// Height and width of what it gives.
    pub fn output(&self) -> [usize; 2] {
        if self.adjoint { self.from } else { self.to }
    }

    /// Pixels of a picture that it reads.
    pub fn input_pixels(&self) -> usize {
        self.input().iter().product()
    }

    /// Pixels of a picture that it gives.
    pub fn output_pixels(&self) -> usize {
        self.output().iter().product()
    }

    /// For `--print-graph`.
    pub fn text(&self) -> String {
        let ([height, width], [to_height, to_width]) = (self.from, self.to);
        let adjoint = if self.adjoint { "adjoint of " } else { "" };
        format!("{adjoint}{} {height} x {width} to {to_height} x {to_width}", format!("{:?}", self.filter).to_lowercase())
    }

    /// The matrix of an axis: 0 for rows of pixels, 1 for columns.
    fn matrix(&self, axis: usize) -> Rows {
        let (from, to) = (self.from[axis], self.to[axis]);
        let rows: Rows = (0..to).map(|i| self.filter.row(i, from, to)).collect();
        if !self.adjoint {
            return rows;
        }
        let mut transposed = vec![Vec::new(); from];
        for (i, row) in rows.iter().enumerate() {
            row.iter().for_each(|(j, value)| transposed[*j].push((i, *value)));
        }
        transposed
    }

    /// The matrix of an axis as words, all rows of one length, and that length.
    fn taps(&self, axis: usize) -> (Vec<u32>, usize) {
        let matrix = self.matrix(axis);
        let most = matrix.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut words = Vec::with_capacity(2 * most * matrix.len());
        for row in matrix {
            let nothing = (most - row.len()).min(most);
            words.extend(row.iter().flat_map(|(column, value)| [*column as u32, value.to_bits()]));
            words.extend(std::iter::repeat_n([0, 0.0f32.to_bits()], nothing).flatten());
        }
        (words, most)
    }
}

impl Filter {
    /// Row `i` of the matrix from `from` pixels to `to`.
    fn row(self, i: usize, from: usize, to: usize) -> Vec<(usize, f32)> {
        // Input pixels that an output pixel of a reduced picture covers.
        let covered = || i * (from / to)..(i + 1) * (from / to);
        match self {
            Filter::Nearest => vec![(i * from / to, 1.0)],
            Filter::Bilinear => {
                let at = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0);
                let (low, share) = (at as usize, at.fract() as f32);
                match low + 1 < from && share > 0.0 {
                    true => vec![(low, 1.0 - share), (low + 1, share)],
                    false => vec![(low, 1.0)],
                }
            }
            Filter::Blur => {
                // Of the two input pixels beside an output pixel between them, or of the four around one.
                let taps = match to > from {
                    true => {
                        [(i.div_ceil(2) as isize - 1, 0.25 + 0.5 * (i % 2) as f32), (i.div_ceil(2) as isize, 0.75 - 0.5 * (i % 2) as f32)]
                            .to_vec()
                    }
                    false => (0..4).map(|k| (2 * i as isize + k - 1, [0.125, 0.375, 0.375, 0.125][k as usize])).collect(),
                };
                taps.into_iter().filter_map(|(j, value)| Some((usize::try_from(j).ok().filter(|j| *j < from)?, value))).collect()
            }
            Filter::Mean => covered().map(|j| (j, to as f32 / from as f32)).collect(),
            Filter::Sum => covered().map(|j| (j, 1.0)).collect(),
        }
    }
}

/// The matrices of a [`Resample`] in a plan.
#[derive(Clone, Debug)]
pub struct Taps {
    high: (Tensor, usize),
    wide: (Tensor, usize),
}

impl Taps {
    /// Writes them to the plan.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(plan: &mut Plan, resample: &Resample) -> Result<Taps, PlanError> {
        let mut axis = |axis: usize| {
            let (words, most) = resample.taps(axis);
            Ok((plan.constant_words("taps", &words)?, most))
        };
        Ok(Taps { high: axis(0)?, wide: axis(1)? })
    }
}

/// Writes the resampled pictures x `[pixels, channels]` to y `[first_row + pixels, channels]`, from row `first_row` on.
///
/// # Errors
/// [`PlanError`].
pub fn dispatch(
    plan: &mut Plan,
    (resample, taps): (&Resample, &Taps),
    x: &Tensor,
    (y, first_row): (&Tensor, usize),
) -> Result<(), PlanError> {
    let channels = x.shape[1];
    let images = x.shape[0] / resample.input_pixels();
    let ([height, width], [out_height, out_width]) = (resample.input(), resample.output());
    let rows = images * resample.output_pixels();
    plan.dispatch(
        &RESAMPLE,
        &[source(x.element), result(y.element)],
        &[
            ("images", images.into()),
            ("channels", channels.into()),
            ("height", height.into()),
            ("width", width.into()),
            ("out_height", out_height.into()),
            ("out_width", out_width.into()),
            ("rows", rows.into()),
            ("high", taps.high.1.into()),
            ("wide", taps.wide.1.into()),
            ("first_row", first_row.into()),
        ],
        &[("high_taps", &taps.high.0), ("wide_taps", &taps.wide.0), ("x", x), ("y", y)],
        Grid::Elements(rows * channels),
    )
}
