//! The layout that most people have: picture files, in folders or an archive.

use super::classes::{self, Part, Sorted};
use super::decode::{Decoded, decode};
use super::files::{Entry, Files, MAX_PICTURE};
use super::left_out::Reason;
use super::picture::{Alpha, Picture, Reading, Shape, Unreadable, extent};
use super::request::{Background, Frames};
use super::sniff::{self, Kind};
use super::{DataError, Progress, Request, check_room};
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
    let mut batch = Batch { files: &files, entries: &entries, labels: &labels, progress };
    if request.size.is_none()
        && request.fit
        && let Some((name, (width, height))) = batch.first_size(&request)
        && u64::from(width) * u64::from(height) > LARGE
    {
        size = Some(FIT);
        request.size = size;
        notes.push(format!(
            "the images are large ({name} is {width} x {height}), so a square from the middle of each is brought to {FIT} x {FIT}; \
             --size N takes another size, --size {} about their own",
            width.min(height)
        ));
    }
    let mut shape = Shape::of(&request);
    if request.rescale {
        shape.stretch = batch.extent(&shape, &request);
    }
    let mut read = batch.decode(&shape, &request)?;
    let with = |alpha: Alpha, read: &Decoding| read.pictures.iter().filter(|p| p.facts.alpha == alpha).count();
    let (used, white) = (with(Alpha::Used, &read), with(Alpha::NeedsWhite, &read));
    if request.background == Background::Auto && white > used {
        shape.background = [255; 3];
        if request.rescale {
            shape.stretch = batch.extent(&shape, &request);
        }
        batch.progress = &|_, _| {};
        read = batch.decode(&shape, &request)?;
        notes.push(format!(
            "{white} pictures are drawn in black on a transparent ground: put on white; --background black puts them on black"
        ));
    } else if white > 0 {
        notes.push(format!("{white} pictures are empty on their background; --background white shows what is drawn in black"));
    }
    let ignored = with(Alpha::Ignored, &read);
    if ignored > 0 {
        notes.push(format!("{ignored} pictures have an alpha channel of zeros alone, which would hide all of them; it was ignored"));
    }
    if read.animated > 0 && request.frames == Frames::First {
        notes.push(format!("{} files are animations, of which the first frame was taken; --frames all takes every one", read.animated));
    }
    let mut unreadable = std::mem::take(&mut files.unreadable);
    unreadable.extend(read.unreadable);
    if request.skip_unreadable && !read.pictures.is_empty() {
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
    pictures: Vec<Picture>,
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
            let images = self.open(entry, request.frames).ok()?.images;
            images.into_iter().map(|image| extent(image, shape)).reduce(wider)
        });
        each.reduce_with(wider).filter(|(low, high)| low < high)
    }

    /// Decodes all files on all cores. The first picture that can be read sets the size; those of another keep no pixels, so that a mixed
    /// folder of photographs does not fill the memory before it is refused.
    fn decode(&self, shape: &Shape, request: &Request) -> Result<Decoding, DataError> {
        let total = self.entries.len();
        let done = AtomicUsize::new(0);
        let one = |i: usize| -> Result<(Vec<Picture>, bool), Unreadable> {
            let entry = &self.entries[i];
            let decoded = self.open(entry, request.frames).map_err(|cause| Unreadable { name: entry.name.clone(), cause });
            (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            let Decoded { images, animated } = decoded?;
            let several = images.len() > 1;
            let name = |frame: usize| if several { format!("{} frame {}", entry.name, frame + 1) } else { entry.name.clone() };
            let pictures = images.into_iter().enumerate().map(|(frame, image)| {
                let picture = Picture::of_image(name(frame), image, shape);
                Picture { class: self.labels[i], ..picture }
            });
            Ok((pictures.collect(), animated))
        };
        let mut results = Vec::with_capacity(total);
        while results.len() < total && !results.last().is_some_and(Result::is_ok) {
            results.push(one(results.len()));
        }
        if let Some(Ok((first, _))) = results.last() {
            let (size, pixels) = (first[0].size, first[0].pixels.len() as u64);
            check_room(&request.source, total as u64, pixels)?;
            let rest = (results.len()..total).into_par_iter().map(|i| {
                one(i).map(|(mut pictures, animated)| {
                    for picture in pictures.iter_mut().filter(|picture| picture.size != size) {
                        picture.pixels = Vec::new();
                    }
                    (pictures, animated)
                })
            });
            results.extend(rest.collect::<Vec<_>>());
        }
        let mut read = Decoding { pictures: Vec::with_capacity(total), unreadable: Vec::new(), animated: 0 };
        for result in results {
            match result {
                Ok((pictures, animated)) => {
                    read.pictures.extend(pictures);
                    read.animated += usize::from(animated);
                }
                Err(bad) => read.unreadable.push(bad),
            }
        }
        Ok(read)
    }
}

fn wider(a: (u16, u16), b: (u16, u16)) -> (u16, u16) {
    (a.0.min(b.0), a.1.max(b.1))
}
