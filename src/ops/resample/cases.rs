//! Every filter and its adjoint, over pictures of odd sizes.

use super::{Filter, Resample};
use crate::{
    ops::case::{Case, Input, case},
    plan::Grid,
};

/// Each filter at a size, for some channels, by turns from the first row and from row 3.
pub fn resample() -> Vec<Case> {
    let sizes = [
        Resample::up(Filter::Nearest, [1, 1], 2),
        Resample::up(Filter::Nearest, [3, 5], 3),
        Resample::up(Filter::Bilinear, [1, 2], 2),
        Resample::up(Filter::Bilinear, [5, 3], 4),
        Resample::up(Filter::Blur, [1, 7], 2),
        Resample::down(Filter::Blur, [6, 10], [3, 5]),
        Resample::down(Filter::Mean, [9, 6], [3, 2]),
        Resample::down(Filter::Sum, [7, 11], [1, 1]),
    ];
    let both = sizes.into_iter().flat_map(|one| [one, one.adjoint()]);
    both.enumerate().map(|(n, one)| of(&one, [1 + n % 3, [1, 3, 67][n % 3]], if n % 2 == 0 { 0 } else { 3 })).collect()
}

fn of(resample: &Resample, [images, channels]: [usize; 2], first_row: usize) -> Case {
    let ([height, width], [out_height, out_width]) = (resample.input(), resample.output());
    let rows = images * resample.output_pixels();
    let ((high_taps, high), (wide_taps, wide)) = (resample.taps(0), resample.taps(1));
    let params = vec![
        ("images", images.into()),
        ("channels", channels.into()),
        ("height", height.into()),
        ("width", width.into()),
        ("out_height", out_height.into()),
        ("out_width", out_width.into()),
        ("rows", rows.into()),
        ("high", high.into()),
        ("wide", wide.into()),
        ("first_row", first_row.into()),
    ];
    case(params, Grid::Elements(rows * channels), high * wide)
        .with("high_taps", Input::Words(high_taps))
        .with("wide_taps", Input::Words(wide_taps))
        .writes("y", first_row * channels..(first_row + rows) * channels)
}
