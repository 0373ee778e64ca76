//! What a file is, by its first bytes: names lie.

use image::ImageFormat;

/// As many bytes of a file as are looked at: enough for the mark in a GIF behind its colours.
pub(super) const HEAD: usize = 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A picture that can be read.
    Picture(ImageFormat),
    /// A picture by its name alone: to be named as damaged.
    Broken,
    /// A picture that Ganvas itself wrote.
    Own,
    /// A picture of a kind that is not read.
    Foreign(&'static str),
    /// An idx file with so many dimensions, or one by its name alone.
    Idx(u8),
    /// A numpy array.
    Npy,
    /// A zip archive: several numpy arrays, where its name says so.
    Zip,
    /// A tar archive, packed or not.
    Tar,
    /// Something else.
    Other,
}

/// Formats whose decoders are built in.
const READ: [ImageFormat; 7] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Pnm];

/// Endings under which a file that is none of these is a damaged picture.
const ENDINGS: [&str; 15] = ["png", "apng", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "webp", "tif", "tiff", "pgm", "ppm", "pbm"];

/// The endings of pictures, for messages.
pub(super) const LOOKED_FOR: &str = "PNG, JPEG, GIF, BMP, WebP, TIFF and PNM pictures, idx files, CIFAR batches, .npy and .npz arrays";

/// What a file called `name` is that begins with `head`. What lies within gzip is looked at, not the packing.
pub(super) fn kind(name: &str, head: &[u8]) -> Kind {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    if is_own(head) {
        return Kind::Own;
    }
    let brand = head.get(8..12).filter(|_| head.get(4..8) == Some(b"ftyp"));
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return Kind::Zip,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => return Kind::Npy,
        [0, 0, 8 | 9 | 11..=14, dimensions @ 1..=4, ..] => return Kind::Idx(*dimensions),
        [0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', ..] => return Kind::Foreign("JPEG XL"),
        [0, 0, 0, 0x0c, b'j', b'P', ..] => return Kind::Foreign("JPEG 2000"),
        [b'8', b'B', b'P', b'S', ..] => return Kind::Foreign("Photoshop"),
        [b'%', b'P', b'D', b'F', ..] => return Kind::Foreign("PDF"),
        _ if head.get(257..262) == Some(b"ustar") => return Kind::Tar,
        _ => {}
    }
    match brand {
        Some(b"avif" | b"avis") => return Kind::Foreign("AVIF"),
        Some(b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1") => return Kind::Foreign("HEIC"),
        _ => {}
    }
    if let Ok(format) = image::guess_format(head) {
        let pnm = format == ImageFormat::Pnm;
        // "P1" to "P7" begin many a text; a PNM goes on with white space.
        if READ.contains(&format) && (!pnm || head.get(2).is_some_and(u8::is_ascii_whitespace)) {
            return Kind::Picture(format);
        }
    }
    if name.contains("idx3-ubyte") || name.contains("idx1-ubyte") || name.contains("idx4-ubyte") {
        return Kind::Idx(0);
    }
    if [".svg", ".svg.gz"].iter().any(|end| name.ends_with(end)) {
        return Kind::Foreign("SVG");
    }
    match name.rsplit_once('.') {
        Some((_, ending)) if ENDINGS.contains(&ending) => Kind::Broken,
        Some((_, "npy")) => Kind::Npy,
        Some((_, "npz")) => Kind::Zip,
        _ => Kind::Other,
    }
}

/// Whether Ganvas wrote the file: see [`crate::sheet::MARK`].
fn is_own(head: &[u8]) -> bool {
    let marked = |part: &[u8]| part.windows(crate::sheet::MARK.len()).any(|window| window == crate::sheet::MARK);
    match head {
        [0x89, b'P', b'N', b'G', ..] => marked(&head[..head.len().min(64)]),
        [b'G', b'I', b'F', ..] => marked(head),
        _ => false,
    }
}
