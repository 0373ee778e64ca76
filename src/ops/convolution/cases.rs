//! Sizes for convolutions: strides 1 to 3, kernels 1 to 7, borders, groups, and pictures that no tile divides.

use super::{Conv, Way, slices, tables::Tables};
use crate::{
    ops::{
        case::{Case, Input, case},
        pointwise::cases::ALPHA,
    },
    plan::Grid,
};

/// Height and width, kernel, stride, padding and groups; pictures, channels and filters.
type Size = ([usize; 2], [usize; 2], [usize; 3], [usize; 3]);

/// What is tried.
const SIZES: [Size; 12] = [
    ([1, 1], [1, 1], [1, 0, 1], [1, 1, 1]),
    ([5, 7], [3, 3], [1, 1, 1], [2, 3, 5]),
    ([8, 8], [4, 4], [2, 1, 1], [3, 5, 9]),
    ([7, 5], [4, 4], [2, 1, 1], [2, 4, 3]),
    ([9, 6], [5, 5], [2, 2, 1], [1, 3, 7]),
    ([4, 4], [4, 4], [1, 0, 1], [5, 33, 1]),
    ([6, 10], [3, 3], [3, 1, 1], [2, 2, 66]),
    ([3, 3], [1, 1], [2, 0, 1], [2, 7, 5]),
    ([6, 6], [3, 3], [1, 1, 2], [2, 6, 10]),
    ([10, 4], [2, 3], [2, 1, 3], [3, 9, 3]),
    ([13, 11], [7, 7], [2, 3, 1], [1, 2, 3]),
    ([33, 33], [3, 3], [1, 1, 1], [1, 2, 4]),
];

struct Sizes {
    conv: Conv,
    way: Way,
    images: usize,
    channels: usize,
    filters: usize,
    tables: Tables,
}

/// Every size, forward and adjoint.
fn sizes(ways: &[Way]) -> Vec<Sizes> {
    let mut all = Vec::new();
    for (input, kernel, [stride, pad, groups], [images, channels, filters]) in SIZES {
        let conv = Conv::over(input, kernel, stride, pad, groups).unwrap_or_else(|error| panic!("{input:?}: {error}"));
        for &way in ways {
            let tables = match way {
                Way::Forward => conv.forward_tables(images, channels),
                Way::Adjoint => conv.adjoint_tables(images, filters, channels),
            };
            all.push(Sizes { conv, way, images, channels, filters, tables });
        }
    }
    all
}

impl Sizes {
    /// A product of patches, whose y begins at a pixel.
    fn patches(&self, first_pixel: Option<usize>) -> Case {
        let (conv, groups) = (&self.conv, self.conv.groups);
        let window = conv.kernel_len() * self.channels / groups;
        let ([height, width], out_pixels, inputs, outputs, column_weights) = match self.way {
            Way::Forward => (conv.input, conv.output_pixels(), self.channels, self.filters, window),
            Way::Adjoint => (conv.output, conv.input_pixels(), self.filters, self.channels, 1),
        };
        let Tables { places, taps, classes, rows, steps } = &self.tables;
        let params = vec![
            ("rows", (*rows).into()),
            ("columns", (outputs / groups).into()),
            ("steps", (*steps).into()),
            ("classes", (*classes).into()),
            ("groups", groups.into()),
            ("height", height.into()),
            ("width", width.into()),
            ("group_inputs", (inputs / groups).into()),
            ("group_weights", (self.filters / groups * window).into()),
            ("column_weights", column_weights.into()),
            ("pixels", (self.images * height * width).into()),
            ("inputs", inputs.into()),
            ("filters", self.filters.into()),
            ("window", window.into()),
            ("out_pixels", (self.images * out_pixels).into()),
            ("outputs", outputs.into()),
            ("images", self.images.into()),
        ];
        let grid = Grid::Product { rows: *rows, columns: outputs / groups, inner: *steps, parts: classes * groups };
        let made = case(params, grid, *steps).with("places", Input::Words(places.clone())).with("taps", Input::Words(taps.clone()));
        let made = Case { floor: 1.0, ..made };
        match first_pixel {
            Some(first) => {
                let written = first * outputs..(first + self.images * out_pixels) * outputs;
                made.param("first_pixel", first).writes("y", written)
            }
            None => made.param("scale", 0.37f32),
        }
    }

    /// A gradient by weights.
    fn slices(&self) -> Case {
        let (conv, groups) = (&self.conv, self.conv.groups);
        let Tables { places, taps, rows: count, steps, .. } = &self.tables;
        // More slices than these sizes would get, one of them shorter than the others.
        let length = count.div_ceil(slices(*count, [self.filters, *steps], groups).max(3.min(*count)));
        let slices = count.div_ceil(length);
        let [height, width] = conv.input;
        let params = vec![
            ("rows", (self.filters / groups).into()),
            ("steps", (*steps).into()),
            ("length", length.into()),
            ("count", (*count).into()),
            ("slices", slices.into()),
            ("groups", groups.into()),
            ("height", height.into()),
            ("width", width.into()),
            ("group_inputs", (self.channels / groups).into()),
            ("pixels", (self.images * height * width).into()),
            ("inputs", self.channels.into()),
            ("outputs", self.filters.into()),
        ];
        let grid = Grid::Product { rows: self.filters / groups, columns: steps + 1, inner: length, parts: slices * groups };
        let made = case(params, grid, length).with("places", Input::Words(places.clone())).with("taps", Input::Words(taps.clone()));
        Case { floor: 1.0, ..made }
    }
}

/// From the first pixel of y, and from one further down.
pub fn conv_forward() -> Vec<Case> {
    let all = sizes(&[Way::Forward, Way::Adjoint]);
    all.iter().enumerate().map(|(n, sizes)| sizes.patches(Some(5 * (n % 2))).param("alpha", ALPHA)).collect()
}

/// As [`conv_forward`].
pub fn conv_forward_wide() -> Vec<Case> {
    conv_forward()
}

/// With a factor.
pub fn conv_product() -> Vec<Case> {
    sizes(&[Way::Forward, Way::Adjoint]).iter().map(|sizes| sizes.patches(None)).collect()
}

/// With a factor.
pub fn conv_slope() -> Vec<Case> {
    sizes(&[Way::Forward, Way::Adjoint]).iter().map(|sizes| sizes.patches(None).param("alpha", ALPHA)).collect()
}

/// In one slice and in several.
pub fn conv_by_weight() -> Vec<Case> {
    sizes(&[Way::Forward]).iter().map(Sizes::slices).collect()
}

/// With tangents of one picture, the first or the last, or of all.
pub fn conv_by_weight_r1() -> Vec<Case> {
    let all = sizes(&[Way::Forward]);
    let r1 = |(n, sizes): (usize, &Sizes)| {
        let pictures = if n % 2 == 0 { sizes.images } else { 1 };
        let pixels = sizes.conv.input_pixels();
        let first = if n % 4 == 1 { (sizes.images - pictures) * pixels } else { 0 };
        sizes.slices().param("images", sizes.images).param("tangent_first", first).param("tangent_pixels", pictures * pixels)
    };
    all.iter().enumerate().map(r1).collect()
}

/// One slice, and several.
pub fn sum_slices() -> Vec<Case> {
    let sizes = [[1, 1, 1], [3, 5, 27], [7, 64, 9], [2, 3, 255]];
    let sum = |[slices, outputs, steps]: [usize; 3]| {
        let params = vec![("slices", slices.into()), ("outputs", outputs.into()), ("steps", steps.into())];
        Case { floor: 1.0, ..case(params, Grid::Elements(outputs * (steps + 1)), slices) }
    };
    sizes.into_iter().map(sum).collect()
}
