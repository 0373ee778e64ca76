//! Puts what a source has read together into one array, if it fits.

use super::content::judge;
use super::picture::{Picture, Reading};
use super::{DataError, DataSet, Request, UNLABELLED, Values};

/// The data set of a reading, or why there is none.
pub(super) fn assemble(reading: Reading, request: &Request) -> Result<DataSet, DataError> {
    if let Some(problem) = problem(&reading, request) {
        return Err(problem);
    }
    let channels = channels(&reading, request);
    let (name, classes) = (reading.name, reading.classes);
    Ok(join(name, classes, channels, reading.pictures))
}

/// What keeps a reading from being a data set.
pub(super) fn problem(reading: &Reading, request: &Request) -> Option<DataError> {
    let source_name = || request.source.clone();
    if !reading.unreadable.is_empty() {
        return Some(DataError::Unreadable { source_name: source_name(), all: reading.unreadable.clone() });
    }
    let first = reading.pictures.first()?;
    if let Some(other) = reading.pictures.iter().find(|p| p.size != first.size) {
        return Some(DataError::MixedSizes {
            source_name: source_name(),
            first: first.name.clone(),
            first_size: first.size,
            second: other.name.clone(),
            second_size: other.size,
        });
    }
    // Reading kept grey pictures at one channel; in colour they may be too much.
    let pixels = channels(reading, request) as u64 * first.pixels.len() as u64;
    let pixels = pixels / first.channels.max(1) as u64;
    if let Err(error) = super::check_room(&request.source, reading.pictures.len() as u64, pixels) {
        return Some(error);
    }
    let fatal = judge(&reading.pictures, request.rescale).into_iter().find(|finding| finding.fatal);
    fatal.map(|finding| DataError::Nothing { source_name: source_name(), why: finding.text })
}

/// What there is to say about a reading: what was assumed, what is left out, what is odd.
pub(super) fn notes(reading: &Reading, request: &Request) -> Vec<String> {
    let mut notes = reading.notes.clone();
    if reading.left_out.matters() {
        notes.push(format!("left out: {}", reading.left_out));
    }
    notes.extend(judge(&reading.pictures, request.rescale).into_iter().filter(|finding| !finding.fatal).map(|finding| finding.text));
    notes
}

/// The channels of the data set: as asked, else 1 if no picture has colour.
pub(super) fn channels(reading: &Reading, request: &Request) -> usize {
    match request.channels {
        Some(channels) => channels as usize,
        None => reading.pictures.iter().map(|p| p.channels).max().unwrap_or(1),
    }
}

/// Joins pictures of one size.
pub(super) fn join(name: String, classes: Vec<String>, channels: usize, pictures: Vec<Picture>) -> DataSet {
    let count = pictures.len();
    let (width, height) = pictures.first().map_or((0, 0), |p| p.size);
    let labels = (!classes.is_empty()).then(|| pictures.iter().map(|p| p.class.unwrap_or(UNLABELLED)).collect());
    let mut images = Vec::with_capacity(count * channels * width as usize * height as usize);
    // Each picture is freed as soon as it is copied.
    for picture in pictures {
        // A picture of one channel in a data set of three is its grey in all of them. The other
        // way cannot be: sources make grey pictures where grey is asked for.
        for _ in 0..channels / picture.channels {
            images.extend_from_slice(&picture.pixels);
        }
    }
    DataSet { name, values: Values::Bytes(images), labels, classes, count, channels, height: height as usize, width: width as usize }
}
