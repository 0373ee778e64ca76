//! Contact sheets of images, and their files.

use crate::disk::{WriteError, failed, write_whole};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use std::io::{self, Cursor};
use std::path::Path;

/// Pixels between the tiles of a [`sheet`].
pub const GAP: usize = 2;

/// What shows between tiles: dark, but told from the black of most edges.
const GAP_VALUE: u8 = 56;

/// Tiles `images` [count, channels, height, width] (planar, 1 or 3 channels) into one picture,
/// `columns` per row, [`GAP`] pixels between, each pixel drawn `scale` x `scale` (sharp). The picture is
/// grey for 1 channel and colour for 3. `columns` and `scale` of 0 count as 1. Panics if `images`
/// is shorter than its shape says.
pub fn sheet(images: &[u8], count: usize, channels: usize, height: usize, width: usize, columns: usize, scale: usize) -> DynamicImage {
    let (scale, columns) = (scale.max(1), columns.clamp(1, count.max(1)));
    let rows = count.div_ceil(columns).max(1);
    let (tile_width, tile_height) = (width * scale + GAP, height * scale + GAP);
    let sheet_width = (columns * tile_width - GAP) as u32;
    let sheet_height = (rows * tile_height - GAP) as u32;
    // The value of one channel at a place on the sheet.
    let value = |x: u32, y: u32, channel: usize| {
        let (x, y) = (x as usize, y as usize);
        let tile = y / tile_height * columns + x / tile_width;
        let (x, y) = (x % tile_width / scale, y % tile_height / scale);
        if tile >= count || x >= width || y >= height {
            return GAP_VALUE;
        }
        images[((tile * channels + channel) * height + y) * width + x]
    };
    if channels == 1 {
        let draw = |x, y| Luma([value(x, y, 0)]);
        GrayImage::from_fn(sheet_width, sheet_height, draw).into()
    } else {
        let draw = |x, y| Rgb([0, 1, 2].map(|channel| value(x, y, channel)));
        RgbImage::from_fn(sheet_width, sheet_height, draw).into()
    }
}

/// How much small images are enlarged on a sheet.
pub fn scale(width: usize) -> usize {
    (64 / width.max(1)).clamp(1, 8)
}

/// A sheet with a gap all around it, and a frame of `colour` in the gap around each of the `tiles`. `columns`, `scale` and the tiles'
/// `[height, width]` are those that [`sheet`] was given.
pub fn marked(
    sheet: &DynamicImage,
    [height, width]: [usize; 2],
    columns: usize,
    scale: usize,
    tiles: &[usize],
    colour: [u8; 3],
) -> DynamicImage {
    let gap = GAP as u32;
    let mut picture = RgbImage::from_pixel(sheet.width() + 2 * gap, sheet.height() + 2 * gap, Rgb([GAP_VALUE; 3]));
    image::imageops::replace(&mut picture, &sheet.to_rgb8(), i64::from(gap), i64::from(gap));
    let (across, down) = ((width * scale + GAP) as u32, (height * scale + GAP) as u32);
    for tile in tiles {
        let (left, top) = ((tile % columns) as u32 * across, (tile / columns) as u32 * down);
        for (x, y) in (0..across + gap).flat_map(|x| (0..down + gap).map(move |y| (x, y))) {
            let inside = (gap..across).contains(&x) && (gap..down).contains(&y);
            if let (false, Some(pixel)) = (inside, picture.get_pixel_mut_checked(left + x, top + y)) {
                *pixel = Rgb(colour);
            }
        }
    }
    picture.into()
}

/// What every picture that Ganvas writes carries near its start, so that it is never taken for training data.
pub const MARK: &[u8] = b"Software\0Ganvas";

/// Writes `image` to `path` as PNG with [`MARK`], whole or not at all (see [`write_whole`]).
pub fn write_png(path: &Path, image: &DynamicImage) -> Result<(), WriteError> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).map_err(|error| failed(path, io::Error::other(error)))?;
    write_whole(path, &marked_png(bytes.into_inner()))
}

/// A PNG's bytes with a text chunk behind its header.
fn marked_png(mut png: Vec<u8>) -> Vec<u8> {
    // Signature of 8 bytes, then the header: length, name, 13 bytes, checksum.
    const HEADER_END: usize = 8 + 4 + 4 + 13 + 4;
    let named = [b"tEXt", MARK].concat();
    let mut checksum = flate2::Crc::new();
    checksum.update(&named);
    let chunk = [&(MARK.len() as u32).to_be_bytes(), &named[..], &checksum.sum().to_be_bytes()].concat();
    png.splice(HEADER_END..HEADER_END, chunk);
    png
}

/// A GIF's bytes with [`MARK`] as a comment behind its colours.
pub fn marked_gif(mut gif: Vec<u8>) -> Vec<u8> {
    // Signature and screen take 13 bytes; the packed field says whether colours follow, and how many.
    let packed = gif.get(10).copied().unwrap_or(0);
    let colours = if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) };
    let at = 13 + colours;
    if at <= gif.len() {
        let comment = [&[0x21, 0xfe, MARK.len() as u8], MARK, &[0]].concat();
        gif.splice(at..at, comment);
    }
    gif
}
