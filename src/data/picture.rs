//! One image on its way into a data set, and all that a source has read.

use image::imageops::FilterType;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageReader, Limits};
use sha2::{Digest, Sha256};
use std::io::Cursor;

/// The largest width or height of a file, and the most bytes it may decode to: more is taken for a
/// damaged or hostile file.
const MAX_FILE_SIDE: u32 = 32_768;
const MAX_FILE_BYTES: u64 = 1 << 30;

/// What a source has read. It may not fit together: `assemble` tells.
pub(super) struct Reading {
    /// The data set's short name.
    pub name: String,
    /// One line on what was read.
    pub about: String,
    pub pictures: Vec<Picture>,
    /// The names of the classes; empty if there are none.
    pub classes: Vec<String>,
    pub unreadable: Vec<Unreadable>,
    /// How many files were no images.
    pub ignored: usize,
}

/// An image file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file, relative to the source.
    pub name: String,
    /// Why not.
    pub cause: String,
}

/// One image, decoded and brought to the size asked for.
pub(super) struct Picture {
    /// The file, relative to the source, or the image's number.
    pub name: String,
    /// Width and height before any resizing.
    pub original: (u32, u32),
    /// Width and height of `pixels`.
    pub size: (u32, u32),
    /// 1 or 3.
    pub channels: usize,
    /// Planar: [channels, height, width]; empty if it was dropped for want of a common size.
    pub pixels: Vec<u8>,
    pub class: Option<u32>,
    pub facts: Facts,
}

/// What a report needs of an image, even if its pixels are dropped.
pub(super) struct Facts {
    pub low: u8,
    pub high: u8,
    pub mean: f64,
    pub hash: [u8; 16],
}

impl Picture {
    /// A picture of planar `pixels`.
    pub(super) fn new(name: String, size: (u32, u32), channels: usize, pixels: Vec<u8>) -> Self {
        let facts = Facts::of(&pixels, size);
        Picture { name, original: size, size, channels, pixels, class: None, facts }
    }

    /// Decodes a file. With `size`, scales the shorter side to it and cuts a square from the
    /// middle. Without `channels`, a picture without colour gets 1 and any other 3. Transparent
    /// parts show black. The error is the cause in words.
    pub(super) fn decode(name: &str, bytes: &[u8], size: Option<u32>, channels: Option<u32>) -> Result<Self, String> {
        let image = open(bytes).map_err(|error| error.to_string())?;
        let original = (image.width(), image.height());
        Ok(Picture { original, ..Self::from_image(name.to_owned(), image, size, channels) })
    }

    /// A picture of an image in memory, under the rules of [`Picture::decode`].
    pub(super) fn from_image(name: String, image: DynamicImage, size: Option<u32>, channels: Option<u32>) -> Self {
        let opaque = over_black(image);
        let grey = match channels {
            Some(channels) => channels == 1,
            None => is_grey(&opaque),
        };
        let opaque = if grey { DynamicImage::ImageLuma8(opaque.into_luma8()) } else { DynamicImage::ImageRgb8(opaque.into_rgb8()) };
        let fitted = match size {
            Some(n) if (opaque.width(), opaque.height()) != (n, n) => opaque.resize_to_fill(n, n, FilterType::Lanczos3),
            _ => opaque,
        };
        let size = (fitted.width(), fitted.height());
        let channels = if grey { 1 } else { 3 };
        Picture::new(name, size, channels, planar(fitted.as_bytes(), channels))
    }

    /// A grey picture of width x height values, brought to `size` if given.
    pub(super) fn grey(name: String, (width, height): (u32, u32), values: &[u8], size: Option<u32>) -> Self {
        match ImageBuffer::from_raw(width, height, values.to_vec()) {
            Some(buffer) if size.is_some() => {
                let image = DynamicImage::ImageLuma8(buffer);
                let mut picture = Picture::from_image(name, image, size, Some(1));
                picture.original = (width, height);
                picture
            }
            _ => Picture::new(name, (width, height), 1, values.to_vec()),
        }
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
        }
    }
}

/// Decodes a file, turned upright as its EXIF data say. The format goes by the content, as names
/// are often wrong.
fn open(bytes: &[u8]) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_FILE_SIDE);
    limits.max_image_height = Some(MAX_FILE_SIDE);
    limits.max_alloc = Some(MAX_FILE_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The image without transparency, over black, 8 bits per value.
fn over_black(image: DynamicImage) -> DynamicImage {
    let color = image.color();
    if color.has_alpha() {
        let rgba = image.into_rgba8();
        let rgb = ImageBuffer::from_fn(rgba.width(), rgba.height(), |x, y| {
            let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u32::from);
            image::Rgb([r, g, b].map(|v| ((v * a + 127) / 255) as u8))
        });
        DynamicImage::ImageRgb8(rgb)
    } else if color.has_color() {
        DynamicImage::ImageRgb8(image.into_rgb8())
    } else {
        DynamicImage::ImageLuma8(image.into_luma8())
    }
}

fn is_grey(image: &DynamicImage) -> bool {
    !image.color().has_color() || image.as_bytes().chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2])
}

/// Interleaved values, one plane per channel.
fn planar(interleaved: &[u8], channels: usize) -> Vec<u8> {
    (0..channels).flat_map(|c| interleaved.iter().skip(c).step_by(channels).copied()).collect()
}
