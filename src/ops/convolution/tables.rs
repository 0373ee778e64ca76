//! Where the elements of patches lie: the tables that kernels look up in place of dividing (`shaders/convolution/gather.wgsl`).

use super::Conv;

/// Words of a row of either table.
pub const WORDS: usize = 3;

/// A place that no pixel is: classes have as many rows as the largest of them.
const NOWHERE: u32 = u32::MAX;

/// Rows below every picture: a tap that far away is outside of all of them.
const FAR: i32 = 1 << 14;

/// Largest height and width of a picture.
pub const MOST: usize = FAR as usize / 2;

/// Tables of one convolution for a number of pictures.
#[derive(Debug)]
pub struct Tables {
    /// Per row of C: the corner of its patch as an element, as row and column, and the pixel that it gives `[classes, rows, 3]`.
    pub places: Vec<u32>,
    /// Per step of the sum: its way from the corner as elements, as rows and columns, and its weight `[classes, steps, 3]`.
    pub taps: Vec<u32>,
    /// Outputs that see the same elements of the kernel are a class.
    pub classes: usize,
    /// Rows of a class.
    pub rows: usize,
    /// Elements of a patch.
    pub steps: usize,
}

/// Two numbers between -2^15 and 2^15 in a word.
fn pair(high: i32, low: i32) -> u32 {
    ((high as u32) << 16) | (low as u32 & 0xffff)
}

impl Conv {
    /// Of y = w * x: each pixel of y is a row. `channels` of x in all.
    pub fn forward_tables(&self, images: usize, channels: usize) -> Tables {
        let ([height, width], [out_height, out_width], [kernel_height, kernel_width]) = (self.input, self.output, self.kernel);
        let group = channels / self.groups;
        let mut places = Vec::with_capacity(WORDS * images * out_height * out_width);
        for image in 0..images {
            for i in 0..out_height {
                for j in 0..out_width {
                    let corner = |at: usize, pad: usize| (at * self.stride) as i32 - pad as i32;
                    let (y, x) = (corner(i, self.pad), corner(j, self.pad));
                    let base = (((image * height) as i32 + y) * width as i32 + x) * channels as i32;
                    let pixel = (image * out_height + i) * out_width + j;
                    places.extend([base as u32, pair(y, x), pixel as u32]);
                }
            }
        }
        let mut taps = Vec::with_capacity(WORDS * kernel_height * kernel_width * group);
        for u in 0..kernel_height {
            for v in 0..kernel_width {
                for c in 0..group {
                    let offset = (u * width + v) * channels + c;
                    let w = (u * kernel_width + v) * group + c;
                    taps.extend([offset as u32, pair(u as i32, v as i32), w as u32]);
                }
            }
        }
        let rows = images * out_height * out_width;
        Tables { places, taps, classes: 1, rows, steps: kernel_height * kernel_width * group }
    }

    /// Of the adjoint, dx from dy: each pixel of x is a row of the class of pixels that see the same elements of the kernel, and sums over
    /// those and the filters of its group. `filters` in all; `channels` of x in all.
    pub fn adjoint_tables(&self, images: usize, filters: usize, channels: usize) -> Tables {
        let ([height, width], [out_height, out_width], [kernel_height, kernel_width]) = (self.input, self.output, self.kernel);
        let stride = self.stride;
        let (group, window) = (filters / self.groups, kernel_height * kernel_width * (channels / self.groups));
        let classes = stride * stride;
        // Pixels of a class along each axis, and elements of the kernel that they see.
        let most = |extent: usize| extent.div_ceil(stride);
        let (taps_high, taps_wide) = (most(kernel_height), most(kernel_width));
        let (mut places, mut taps) = (Vec::new(), Vec::new());
        for class in 0..classes {
            let (a, b) = (class / stride, class % stride);
            // The first pixel whose row h has (h + pad) mod stride = a.
            let first = |remainder: usize| (remainder + stride - self.pad % stride) % stride;
            let (top, left) = (first(a), first(b));
            for image in 0..images {
                for i in 0..most(height) {
                    for j in 0..most(width) {
                        let (h, w) = (top + i * stride, left + j * stride);
                        if h >= height || w >= width {
                            places.extend([0, pair(FAR, FAR), NOWHERE]);
                            continue;
                        }
                        let (y, x) = (((h + self.pad - a) / stride) as i32, ((w + self.pad - b) / stride) as i32);
                        let base = (((image * out_height) as i32 + y) * out_width as i32 + x) * filters as i32;
                        places.extend([base as u32, pair(y, x), ((image * height + h) * width + w) as u32]);
                    }
                }
            }
            // From far to near, so that the elements of a row lie in order.
            for m in (0..taps_high).rev() {
                for n in (0..taps_wide).rev() {
                    let (u, v) = (a + m * stride, b + n * stride);
                    let inside = u < kernel_height && v < kernel_width;
                    for o in 0..group {
                        if !inside {
                            taps.extend([0, pair(FAR, FAR), 0]);
                            continue;
                        }
                        let offset = -((m * out_width + n) as i32) * filters as i32 + o as i32;
                        let w = o * window + (u * kernel_width + v) * (channels / self.groups);
                        taps.extend([offset as u32, pair(-(m as i32), -(n as i32)), w as u32]);
                    }
                }
            }
        }
        let rows = images * most(height) * most(width);
        Tables { places, taps, classes, rows, steps: taps_high * taps_wide * group }
    }
}
