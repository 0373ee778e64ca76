//! One image on its way into a data set, and all that a layout has read.

use super::DataError;
use super::left_out::LeftOut;
use super::request::{Background, Request};
use fast_image_resize::{
    FilterType as Filter, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::imageops::FilterType;
use image::{DynamicImage, ImageBuffer, Luma, Rgb};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// What was read. It may not fit together: `assemble` tells.
pub(super) struct Reading {
    /// The data set's short name.
    pub name: String,
    /// One line on what was read.
    pub about: String,
    pub pictures: Pictures,
    /// The names of the classes; empty if there are none.
    pub classes: Vec<String>,
    pub unreadable: Vec<Unreadable>,
    pub left_out: LeftOut,
    /// What was assumed or is odd, each in a sentence.
    pub notes: Vec<String>,
    /// The size that the images were brought to unasked.
    pub size: Option<u32>,
}

/// An image file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file, relative to the source.
    pub name: String,
    /// Why not.
    pub cause: String,
}

/// What is known of an image that is brought to the size asked for.
#[derive(Clone)]
pub(super) struct Picture {
    /// The file, relative to the source, or the image's number.
    pub name: String,
    /// Width and height before any resizing.
    pub original: (u32, u32),
    /// Width and height of its pixels.
    pub size: (u32, u32),
    /// 1 or 3.
    pub channels: usize,
    pub class: Option<u32>,
    pub facts: Facts,
}

/// A picture with its pixels, planar: [channels, height, width].
pub(super) struct Drawn {
    pub picture: Picture,
    pub pixels: Vec<u8>,
}

/// Pictures in order. Their pixels lie one behind another in one piece of memory, which becomes the data set's.
#[derive(Default)]
pub(super) struct Pictures {
    pub all: Vec<Picture>,
    /// Where each one's pixels lie; nowhere if they were dropped for want of a common size.
    places: Vec<Range<usize>>,
    pixels: Vec<u8>,
}

/// The pixels that wait, at most, to be put behind the others while the next are made: 32 MiB.
const WAITING: usize = 32 << 20;

impl Pictures {
    /// Pictures of one size and their pixels.
    pub(super) fn of(all: Vec<Picture>, pixels: Vec<u8>) -> Self {
        let each = pixels.len() / all.len().max(1);
        let places = (0..all.len()).map(|i| i * each..(i + 1) * each).collect();
        Pictures { all, places, pixels }
    }

    /// Makes room for so many bytes of pixels. They cost memory only as they are written.
    pub(super) fn reserve(&mut self, source: &str, bytes: u64) -> Result<(), DataError> {
        let room = usize::try_from(bytes).ok().and_then(|bytes| self.pixels.try_reserve_exact(bytes).ok());
        room.ok_or_else(|| DataError::NoMemory { source_name: source.to_owned(), megabytes: bytes >> 20 })
    }

    pub(super) fn push(&mut self, Drawn { picture, pixels }: Drawn) {
        let start = self.pixels.len();
        self.pixels.extend_from_slice(&pixels);
        self.places.push(start..self.pixels.len());
        self.all.push(picture);
    }

    /// Makes something of each number on all cores, and gives it to `take` in order. What is made is of about `bytes` each.
    pub(super) fn in_order<T: Send>(range: Range<usize>, bytes: usize, make: impl Fn(usize) -> T + Sync, mut take: impl FnMut(T)) {
        let step = (WAITING / bytes.max(1)).clamp(8 * rayon::current_num_threads(), 1 << 16);
        for start in range.clone().step_by(step) {
            let made: Vec<_> = (start..range.end.min(start + step)).into_par_iter().map(&make).collect();
            made.into_iter().for_each(&mut take);
        }
    }

    /// Adds `count` pictures, made on all cores, of about `bytes` each.
    pub(super) fn extend(&mut self, count: usize, bytes: usize, make: impl Fn(usize) -> Drawn + Sync) {
        Self::in_order(0..count, bytes, make, |drawn| self.push(drawn));
    }

    /// Puts other pictures behind these.
    pub(super) fn append(&mut self, other: Pictures) {
        let start = self.pixels.len();
        self.pixels.extend_from_slice(&other.pixels);
        self.places.extend(other.places.into_iter().map(|place| place.start + start..place.end + start));
        self.all.extend(other.all);
    }

    /// The pixels of picture `i`.
    pub(super) fn pixels(&self, i: usize) -> &[u8] {
        &self.pixels[self.places[i].clone()]
    }

    /// All pixels, in order.
    pub(super) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}

/// What a report needs of an image, even if its pixels are dropped.
#[derive(Clone)]
pub(super) struct Facts {
    pub low: u8,
    pub high: u8,
    pub mean: f64,
    pub hash: [u8; 16],
    pub alpha: Alpha,
}

/// What a picture's transparency did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Alpha {
    /// There is none, or all is opaque.
    Opaque,
    /// Parts are transparent.
    Used,
    /// On black the picture is empty, on white it is not.
    NeedsWhite,
    /// All of it is transparent, yet there are colours: the channel is unused, and was ignored.
    Ignored,
}

/// How images are brought into shape.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub size: Option<u32>,
    pub channels: Option<u32>,
    pub background: [u8; 3],
    /// Values of 16 bits that become 0 and 255.
    pub stretch: Option<(u16, u16)>,
}

impl Shape {
    pub(super) fn of(request: &Request) -> Shape {
        let background = match request.background {
            Background::Auto => [0; 3],
            Background::Colour(colour) => colour,
        };
        Shape { size: request.size, channels: request.channels, background, stretch: None }
    }

    /// Whether planar values are not taken as they are. Grey from colour needs the colours side by side; colour from grey is made when the set
    /// is put together.
    pub(super) fn changes(&self, size: (u32, u32), channels: usize) -> bool {
        self.size.is_some_and(|n| (n, n) != size) || channels == 3 && self.channels == Some(1)
    }
}

impl Picture {
    /// What is known of planar `pixels`.
    pub(super) fn of(name: String, size: (u32, u32), channels: usize, pixels: &[u8]) -> Self {
        Picture { name, original: size, size, channels, class: None, facts: Facts::of(pixels, size) }
    }

    /// True where every value is the same.
    pub(super) fn is_flat(&self) -> bool {
        self.facts.low == self.facts.high
    }
}

impl Drawn {
    /// A picture of planar `pixels`.
    pub(super) fn new(name: String, size: (u32, u32), channels: usize, pixels: Vec<u8>) -> Self {
        Drawn { picture: Picture::of(name, size, channels, &pixels), pixels }
    }

    /// The same in a class.
    pub(super) fn in_class(mut self, class: Option<u32>) -> Self {
        self.picture.class = class;
        self
    }

    /// A picture of an image. With a size, a square from the middle is brought to it. Without channels, a picture without colour gets 1 and
    /// any other 3.
    pub(super) fn of_image(name: String, image: DynamicImage, shape: &Shape) -> Self {
        let original = (image.width(), image.height());
        let (opaque, alpha) = opaque(image, shape);
        let grey = match shape.channels {
            Some(channels) => channels == 1,
            None => is_grey(&opaque),
        };
        let opaque = if grey { DynamicImage::ImageLuma8(opaque.into_luma8()) } else { DynamicImage::ImageRgb8(opaque.into_rgb8()) };
        let fitted = match shape.size {
            Some(n) if (opaque.width(), opaque.height()) != (n, n) => square(&opaque, n),
            _ => opaque,
        };
        let size = (fitted.width(), fitted.height());
        let channels = if grey { 1 } else { 3 };
        let mut drawn = Drawn::new(name, size, channels, planar(fitted.as_bytes(), channels));
        drawn.picture.original = original;
        drawn.picture.facts.alpha = alpha;
        drawn
    }

    /// A picture of width x height planar values in 1 or 3 channels, brought to size and channels if asked for.
    pub(super) fn of_values(name: String, (width, height): (u32, u32), channels: usize, values: &[u8], shape: &Shape) -> Self {
        if !shape.changes((width, height), channels) {
            return Drawn::new(name, (width, height), channels, values.to_vec());
        }
        let plane = values.len() / channels;
        let value = |x: u32, y: u32, c: usize| values[c * plane + (y * width + x) as usize];
        let image = match channels {
            1 => DynamicImage::ImageLuma8(ImageBuffer::from_fn(width, height, |x, y| Luma([value(x, y, 0)]))),
            _ => DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, |x, y| Rgb([0, 1, 2].map(|c| value(x, y, c))))),
        };
        Drawn::of_image(name, image, &Shape { channels: shape.channels.or(Some(channels as u32)), ..*shape })
    }
}

impl Facts {
    fn of(pixels: &[u8], (width, height): (u32, u32)) -> Self {
        let mut hash = Sha256::new();
        hash.update(width.to_le_bytes());
        hash.update(height.to_le_bytes());
        hash.update(pixels);
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        let sum: u64 = pixels.iter().map(|&v| u64::from(v)).sum();
        Facts {
            low: pixels.iter().copied().min().unwrap_or(0),
            high: pixels.iter().copied().max().unwrap_or(0),
            mean: sum as f64 / pixels.len().max(1) as f64,
            hash: short,
            alpha: Alpha::Opaque,
        }
    }
}

/// The square in the middle of an image of bytes, brought to n x n by Lanczos filters. Only the square is scaled: a strip's long side would be
/// scaled to gigabytes first.
fn square(image: &DynamicImage, n: u32) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let side = width.min(height);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let kind = if image.color().has_color() { PixelType::U8x3 } else { PixelType::U8 };
    let mut scaled = Image::new(n, n, kind);
    let cut = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(Filter::Lanczos3)).crop(
        f64::from(left),
        f64::from(top),
        f64::from(side),
        f64::from(side),
    );
    let done =
        ImageRef::new(width, height, image.as_bytes(), kind).is_ok_and(|whole| Resizer::new().resize(&whole, &mut scaled, &cut).is_ok());
    let scaled = done.then(|| scaled.into_vec()).and_then(|bytes| match kind {
        PixelType::U8 => ImageBuffer::from_raw(n, n, bytes).map(DynamicImage::ImageLuma8),
        _ => ImageBuffer::from_raw(n, n, bytes).map(DynamicImage::ImageRgb8),
    });
    // The slower way, should the fast one ever refuse.
    scaled.unwrap_or_else(|| image.crop_imm(left, top, side, side).resize_exact(n, n, FilterType::Lanczos3))
}

/// The least and the largest value of an image over its background, in 16 bits.
pub(super) fn extent(image: DynamicImage, shape: &Shape) -> (u16, u16) {
    let (rgb, _) = over(image, shape.background);
    let values = || rgb.pixels().flat_map(|pixel| pixel.0);
    (values().min().unwrap_or(0), values().max().unwrap_or(0))
}

/// The image without transparency, 8 bits per value.
fn opaque(image: DynamicImage, shape: &Shape) -> (DynamicImage, Alpha) {
    if let Some((low, high)) = shape.stretch {
        let grey = !image.color().has_color() && shape.background.iter().all(|v| *v == shape.background[0]);
        let (rgb, alpha) = over(image, shape.background);
        let (low, span) = (u32::from(low), u32::from(high.max(low.saturating_add(1)) - low));
        let stretched = |v: u16| ((u32::from(v).saturating_sub(low).min(span) * 255 + span / 2) / span) as u8;
        let rgb =
            DynamicImage::ImageRgb8(ImageBuffer::from_fn(rgb.width(), rgb.height(), |x, y| Rgb(rgb.get_pixel(x, y).0.map(stretched))));
        return (if grey { DynamicImage::ImageLuma8(rgb.into_luma8()) } else { rgb }, alpha);
    }
    let color = image.color();
    if color.has_alpha() {
        let rgba = image.into_rgba8();
        let alpha =
            alpha_of(rgba.pixels().map(|p| p.0[3] as u16), u16::from(u8::MAX), || varies(rgba.pixels().map(|p| [p.0[0], p.0[1], p.0[2]])));
        let on = |background: [u8; 3]| {
            ImageBuffer::from_fn(rgba.width(), rgba.height(), |x, y| {
                let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u32::from);
                let a = if alpha == Alpha::Ignored { 255 } else { a };
                let mix = |v: u32, back: u8| ((v * a + u32::from(back) * (255 - a) + 127) / 255) as u8;
                Rgb([mix(r, background[0]), mix(g, background[1]), mix(b, background[2])])
            })
        };
        let rgb = on(shape.background);
        let empty = |image: &ImageBuffer<Rgb<u8>, Vec<u8>>| !varies(image.pixels().map(|p| p.0));
        let alpha = if alpha == Alpha::Used && empty(&rgb) && !empty(&on([255; 3])) { Alpha::NeedsWhite } else { alpha };
        (DynamicImage::ImageRgb8(rgb), alpha)
    } else if color.has_color() {
        (DynamicImage::ImageRgb8(image.into_rgb8()), Alpha::Opaque)
    } else {
        (DynamicImage::ImageLuma8(image.into_luma8()), Alpha::Opaque)
    }
}

/// The image over its background, 16 bits per value.
fn over(image: DynamicImage, background: [u8; 3]) -> (ImageBuffer<Rgb<u16>, Vec<u16>>, Alpha) {
    if !image.color().has_alpha() {
        return (image.into_rgb16(), Alpha::Opaque);
    }
    let rgba = image.into_rgba16();
    let alpha = alpha_of(rgba.pixels().map(|p| p.0[3]), u16::MAX, || varies(rgba.pixels().map(|p| [p.0[0], p.0[1], p.0[2]])));
    let rgb = ImageBuffer::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u64::from);
        let a = if alpha == Alpha::Ignored { 65_535 } else { a };
        let mix = |v: u64, back: u8| ((v * a + u64::from(back) * 257 * (65_535 - a) + 32_767) / 65_535) as u16;
        Rgb([mix(r, background[0]), mix(g, background[1]), mix(b, background[2])])
    });
    (rgb, alpha)
}

fn alpha_of(mut alphas: impl Iterator<Item = u16> + Clone, whole: u16, colours_vary: impl FnOnce() -> bool) -> Alpha {
    if alphas.clone().all(|a| a == whole) {
        Alpha::Opaque
    } else if alphas.all(|a| a == 0) && colours_vary() {
        Alpha::Ignored
    } else {
        Alpha::Used
    }
}

fn varies<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    let first = values.next();
    values.any(|value| Some(&value) != first.as_ref())
}

fn is_grey(image: &DynamicImage) -> bool {
    !image.color().has_color() || image.as_bytes().chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2])
}

/// Interleaved values, one plane per channel.
pub(super) fn planar(interleaved: &[u8], channels: usize) -> Vec<u8> {
    (0..channels).flat_map(|c| interleaved.iter().skip(c).step_by(channels).copied()).collect()
}
