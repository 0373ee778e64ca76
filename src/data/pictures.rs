//! The layout that most people have: picture files, in folders or an archive.

use super::classes::{self, Part, Sorted};
use super::decode::{Decoded, decode};
use super::files::{Entry, Files, MAX_PICTURE};
use super::left_out::Reason;
use super::picture::{Alpha, Drawn, Pictures, Reading, Shape, Unreadable, extent};
use super::request::{Background, Frames};
use super::sniff::{self, Kind};
use super::{DataError, MAX_BYTES, Progress, Request, check_room};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Images with more pixels than this are brought to [`FIT`] where no size was asked for: networks of a few layers do not learn larger ones.
const LARGE: u64 = 128 * 128;

/// The size that large images are brought to.
const FIT: u32 = 64;

/// Any picture, good or damaged; the file itself where one was asked for.
pub(super) fn finds(files: &Files) -> bool {
    let picture = |entry: &Entry| matches!(entry.kind, Kind::Picture(_) | Kind::Broken);
    match files.chosen {
        Some(chosen) => picture(&files.entries[chosen]),
        None => !files.unreadable.is_empty() || files.entries.iter().any(picture),
    }
}

/// Reads the pictures.
pub(super) fn read(mut files: Files, request: &Request, progress: Progress) -> Result<Reading, DataError> {
    let picture = |entry: &Entry| matches!(entry.kind, Kind::Picture(_) | Kind::Broken);
    if let Some(chosen) = files.chosen {
        files.entries = vec![files.entries.swap_remove(chosen)];
    }
    files.count_beside(|entry| !picture(entry));
    let mut entries: Vec<Entry> = files.entries.iter().filter(|entry| picture(entry)).cloned().collect();
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let Sorted { parts, classes, mut labels, mut notes, about } = classes::sort(&names);

    // The training set first, behind it the test set for those who hold images out.
    let mut order: Vec<usize> = (0..entries.len()).filter(|i| parts[*i] == Part::Train).collect();
    for i in 0..entries.len() {
        match parts[i] {
            Part::Train => {}
            Part::Test if request.test_too => order.push(i),
            Part::Test => files.left_out.add(Reason::Split, &entries[i].name),
            Part::Mask => files.left_out.add(Reason::Mask, &entries[i].name),
        }
    }
    entries = order.iter().map(|i| entries[*i].clone()).collect();
    labels = order.iter().map(|i| labels[*i]).collect();

    let mut request = request.clone();
    let mut size = None;
    let batch = Batch { files: &files, entries: &entries, labels: &labels, progress };
    if request.size.is_none()
        && request.fit
        && let Some((name, (width, height))) = batch.first_size(&request)
        && u64::from(width) * u64::from(height) > LARGE
    {
        size = Some(FIT);
        request.size = size;
        notes.push(format!(
            "the images are large ({name} is {width} x {height}), so a square from the middle of each is brought to {FIT} x {FIT}; \
             `size = N` takes another size, `size = {}` about their own",
            width.min(height)
        ));
    }
    let mut shape = Shape::of(&request);
    if request.rescale {
        shape.stretch = batch.extent(&shape, &request);
    }
    let mut read = batch.decode(&shape, &request)?;
    let with = |alpha: Alpha, read: &Decoding| read.pictures.all.iter().filter(|p| p.facts.alpha == alpha).count();
    let (used, white) = (with(Alpha::Used, &read), with(Alpha::NeedsWhite, &read));
    if request.background == Background::Auto && white > used {
        shape.background = [255; 3];
        if request.rescale {
            shape.stretch = batch.extent(&shape, &request);
        }
        // The first reading makes room for the second.
        read.pictures = Pictures::default();
        read = batch.decode(&shape, &request)?;
        notes.push(format!(
            "{white} pictures are drawn in black on a transparent ground: put on white; `background = \"black\"` puts them on black"
        ));
    } else if white > 0 {
        notes.push(format!("{white} pictures are empty on their background; `background = \"white\"` shows what is drawn in black"));
    }
    let ignored = with(Alpha::Ignored, &read);
    if ignored > 0 {
        notes.push(format!("{ignored} pictures have an alpha channel of zeros alone, which would hide all of them; it was ignored"));
    }
    if read.animated > 0 && request.frames == Frames::First {
        let files =
            if read.animated == 1 { "1 file is an animation".to_owned() } else { format!("{} files are animations", read.animated) };
        notes.push(format!("{files}, of which the first frame was taken; `frames = \"all\"` takes every one"));
    }
    let mut unreadable = std::mem::take(&mut files.unreadable);
    unreadable.extend(read.unreadable);
    if request.skip_unreadable && !read.pictures.all.is_empty() {
        for bad in unreadable.drain(..) {
            files.left_out.add(Reason::Unreadable, &bad.name);
        }
    }
    Ok(Reading { name: files.name, about, pictures: read.pictures, classes, unreadable, left_out: files.left_out, notes, size })
}

/// The error for a place without data.
pub(super) fn nothing(mut files: Files) -> DataError {
    files.count_beside(|_| true);
    DataError::Empty { path: files.source, left_out: files.left_out.to_string(), looked_for: sniff::LOOKED_FOR }
}

struct Batch<'a> {
    files: &'a Files,
    entries: &'a [Entry],
    labels: &'a [Option<u32>],
    progress: Progress<'a>,
}

/// What the files decode to.
struct Decoding {
    pictures: Pictures,
    unreadable: Vec<Unreadable>,
    /// Files with more frames than the first.
    animated: usize,
}

impl Batch<'_> {
    fn open(&self, entry: &Entry, frames: Frames) -> Result<Decoded, String> {
        self.files.read(entry, MAX_PICTURE).and_then(|bytes| decode(&bytes, frames))
    }

    /// Name and size of the first picture that can be read.
    fn first_size(&self, request: &Request) -> Option<(String, (u32, u32))> {
        self.entries.iter().find_map(|entry| {
            let decoded = self.open(entry, request.frames).ok()?;
            let image = decoded.images.first()?;
            Some((entry.name.clone(), (image.width(), image.height())))
        })
    }

    /// The least and the largest value of all pictures, in 16 bits; none where they are one.
    fn extent(&self, shape: &Shape, request: &Request) -> Option<(u16, u16)> {
        let each = self.entries.par_iter().filter_map(|entry| {
            let decoded = self.open(entry, request.frames).ok()?;
            decoded.images.into_iter().map(|image| extent(image, shape)).reduce(wider)
        });
        each.reduce_with(wider).filter(|(low, high)| low < high)
    }

    /// Decodes all files on all cores. The first picture that can be read sets the size; those of another keep no pixels, so that a mixed
    /// folder of photographs does not fill the memory before it is refused.
    fn decode(&self, shape: &Shape, request: &Request) -> Result<Decoding, DataError> {
        let total = self.entries.len();
        let done = AtomicUsize::new(0);
        let one = |i: usize| -> Result<(Vec<Drawn>, bool), Unreadable> {
            let entry = &self.entries[i];
            let decoded = self.open(entry, request.frames).map_err(|cause| Unreadable { name: entry.name.clone(), cause });
            let drawn = decoded.map(|Decoded { images, animated, .. }| {
                let several = images.len() > 1;
                let name = |frame: usize| if several { format!("{} frame {}", entry.name, frame + 1) } else { entry.name.clone() };
                let draw = |(frame, image)| Drawn::of_image(name(frame), image, shape).in_class(self.labels[i]);
                (images.into_iter().enumerate().map(draw).collect(), animated)
            });
            (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            drawn
        };
        let mut read = Decoding { pictures: Pictures::default(), unreadable: Vec::new(), animated: 0 };
        let (mut at, mut size, mut each) = (0, None, 0);
        let (mut held, mut too_many) = (0u64, false);
        let mut take = |read: &mut Decoding, one: Result<(Vec<Drawn>, bool), Unreadable>| match one {
            Ok((pictures, animated)) => {
                read.animated += usize::from(animated);
                for mut drawn in pictures {
                    let size = *size.get_or_insert(drawn.picture.size);
                    too_many |= held + drawn.pixels.len() as u64 > MAX_BYTES;
                    if drawn.picture.size != size || too_many {
                        drawn.pixels = Vec::new();
                    }
                    held += drawn.pixels.len() as u64;
                    read.pictures.push(drawn);
                }
            }
            Err(bad) => read.unreadable.push(bad),
        };
        // The first that can be read tells how much there will be.
        while at < total && each == 0 {
            take(&mut read, one(at));
            each = read.pictures.all.first().map_or(0, |_| read.pictures.pixels(0).len());
            at += 1;
        }
        if at < total {
            check_room(&request.source, total as u64, each as u64)?;
            read.pictures.reserve(&request.source, (total - 1) as u64 * each as u64)?;
            Pictures::in_order(at..total, each, one, |one| take(&mut read, one));
        }
        if too_many {
            return Err(DataError::TooLarge { source_name: request.source.clone(), gigabytes: (held + each as u64).div_ceil(1 << 30) });
        }
        Ok(read)
    }
}

fn wider(a: (u16, u16), b: (u16, u16)) -> (u16, u16) {
    (a.0.min(b.0), a.1.max(b.1))
}
