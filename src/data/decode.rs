//! From the bytes of a picture file to images in memory. Strict: what is damaged is an error, not a picture that is half grey.

use super::jpeg;
use super::request::Frames;
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::{
    io::Cursor,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The largest width or height of a file, and the most bytes it may decode to: more is taken for a
/// damaged or hostile file.
const MAX_FILE_SIDE: u32 = 32_768;
const MAX_FILE_BYTES: u64 = 1 << 30;

/// The most bytes of pixels that a byte of a file stands for in any packing but WebP's: a GIF of one colour comes to 10,923.
const MOST_PER_BYTE: u64 = 16_384;

/// As many bytes are taken at a file's word: 64 MiB.
const FREELY: u64 = 64 << 20;

/// Whoever decodes more than [`FREELY`], or all frames of a file larger than [`LONG`], takes turns, so that a few huge files at a time do not
/// fill the memory.
static TURN: Mutex<()> = Mutex::new(());
const LONG: usize = 1 << 20;

/// The most frames to take of one animation.
const MAX_FRAMES: usize = 10_000;

/// What a file decodes to.
pub(super) struct Decoded {
    /// One image, or all frames.
    pub images: Vec<DynamicImage>,
    /// Whether there are more frames than the first.
    pub animated: bool,
    /// Held for as long as huge images are.
    _turn: Option<MutexGuard<'static, ()>>,
}

/// Decodes a file, turned upright as its EXIF data say. The format goes by the content, as names are often wrong. The error is the cause in
/// words.
pub(super) fn decode(bytes: &[u8], frames: Frames) -> Result<Decoded, String> {
    let format = image::guess_format(bytes).map_err(|_| match bytes {
        [] => "it is empty".to_owned(),
        _ if is_page(bytes) => "it is a web page, not a picture".to_owned(),
        _ => "it is no picture of a kind that is read, whatever its name says".to_owned(),
    })?;
    // What cannot be opened is named by whoever decodes it.
    let claimed = match ImageReader::with_format(Cursor::new(bytes), format).into_decoder() {
        Ok(decoder) => {
            check_size(&decoder, bytes)?;
            decoder.total_bytes()
        }
        Err(_) => 0,
    };
    let turn =
        (claimed > FREELY || frames == Frames::All && bytes.len() > LONG).then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Decoded { _turn: turn, ..at_once(bytes, format, frames)? })
}

/// Decodes a file that is not too large, without waiting for a turn.
fn at_once(bytes: &[u8], format: ImageFormat, frames: Frames) -> Result<Decoded, String> {
    match format {
        ImageFormat::Jpeg => {
            if let Some(damage) = jpeg::damage(bytes) {
                return Err(damage);
            }
            // The decoder fills what is missing with grey unless it is strict; pixels are the same either way.
            let options = zune_core::options::DecoderOptions::default().set_strict_mode(true);
            let mut strict = zune_jpeg::JpegDecoder::new_with_options(zune_core::bytestream::ZCursor::new(bytes), options);
            let progressive = bytes.windows(2).take(64 << 10).any(|marker| marker == [0xff, 0xc2]);
            if progressive && strict.decode_headers().is_ok() && area(strict.dimensions()) <= MAX_FILE_BYTES / 3 {
                let cut = strict.decode().err().map(|error| error.to_string()).filter(|text| text.contains("Exhausted"));
                if cut.is_some() {
                    return Err("it is damaged: it ends early".into());
                }
            }
            first(bytes, format, false)
        }
        ImageFormat::Png => {
            let animated = png(bytes)?.is_apng().map_err(in_words)?;
            match frames {
                Frames::All if animated => all(png(bytes)?.apng().map_err(in_words)?),
                _ => first(bytes, format, animated),
            }
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(in_words)?;
            let animated = decoder.has_animation();
            match frames {
                Frames::All if animated => all(decoder),
                _ => first(bytes, format, animated),
            }
        }
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(in_words)?;
            decoder.set_limits(limits()).map_err(in_words)?;
            match frames {
                Frames::All => all(decoder),
                Frames::First => {
                    let mut frames = decoder.into_frames();
                    frames.next().ok_or("it has no frames")?.map_err(in_words)?;
                    // Whether there is a second one is told; a damaged one is no concern of the first.
                    first(bytes, format, frames.next().is_some_and(|frame| frame.is_ok()))
                }
            }
        }
        _ => first(bytes, format, false),
    }
}

fn area(size: Option<(usize, usize)>) -> u64 {
    size.map_or(u64::MAX, |(width, height)| width as u64 * height as u64)
}

fn png(bytes: &[u8]) -> Result<PngDecoder<Cursor<&[u8]>>, String> {
    PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(in_words)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_FILE_SIDE);
    limits.max_image_height = Some(MAX_FILE_SIDE);
    limits.max_alloc = Some(MAX_FILE_BYTES);
    limits
}

/// Refuses what is too large, and what cannot be true: memory is not to be had by claiming it.
fn check_size(decoder: &impl ImageDecoder, file: &[u8]) -> Result<(), String> {
    let (width, height) = decoder.dimensions();
    let packed = decoder.total_bytes() / MOST_PER_BYTE > file.len() as u64 && decoder.total_bytes() > FREELY;
    if packed && image::guess_format(file).is_ok_and(|format| format != ImageFormat::WebP) {
        return Err(format!("it is damaged: it claims {width} x {height} pixels in {} bytes", file.len()));
    }
    if width.max(height) > MAX_FILE_SIDE || decoder.total_bytes() > MAX_FILE_BYTES {
        return Err(too_large(Some((width, height))));
    }
    Ok(())
}

fn too_large(size: Option<(u32, u32)>) -> String {
    let size = size.map_or(String::new(), |(width, height)| format!(" ({width} x {height} pixels)"));
    format!(
        "it is larger{size} than the most that is decoded, {MAX_FILE_SIDE} pixels on a side and {} GiB; make it smaller",
        MAX_FILE_BYTES >> 30
    )
}

fn in_words(error: ImageError) -> String {
    match error {
        ImageError::Limits(_) => too_large(None),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => "it is damaged: it ends early".into(),
        error => match error.to_string() {
            text if text.to_lowercase().contains("unexpected end of file") => "it is damaged: it ends early".into(),
            text => text,
        },
    }
}

/// The first or only image.
fn first(bytes: &[u8], format: ImageFormat, animated: bool) -> Result<Decoded, String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(in_words)?;
    let orientation = decoder.orientation().map_err(in_words)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(in_words)?;
    image.apply_orientation(orientation);
    Ok(Decoded { images: vec![image], animated, _turn: None })
}

/// Every frame as it is shown.
fn all<'a>(decoder: impl AnimationDecoder<'a>) -> Result<Decoded, String> {
    let (mut images, mut bytes) = (Vec::new(), 0u64);
    for frame in decoder.into_frames() {
        let image = DynamicImage::ImageRgba8(frame.map_err(in_words)?.into_buffer());
        bytes += image.as_bytes().len() as u64;
        if images.len() == MAX_FRAMES || bytes > MAX_FILE_BYTES {
            return Err(format!("it has more than {MAX_FRAMES} frames, or than {} GiB of them; cut it into parts", MAX_FILE_BYTES >> 30));
        }
        images.push(image);
    }
    if images.is_empty() {
        return Err("it has no frames".into());
    }
    let animated = images.len() > 1;
    Ok(Decoded { images, animated, _turn: None })
}

/// Whether bytes are a web page, which is what a refused download often is.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).trim_start().to_lowercase();
    start.starts_with("<html") || start.starts_with("<!doctype html")
}
