//! Puts what a source has read together into one array, if it fits.

use super::content::judge;
use super::picture::{Pictures, Reading};
use super::{DataError, DataSet, Request, UNLABELLED, Values};

/// The data set of a reading, or why there is none.
pub(super) fn assemble(reading: Reading, request: &Request) -> Result<DataSet, DataError> {
    if let Some(problem) = problem(&reading, request) {
        return Err(problem);
    }
    let channels = channels(&reading, request);
    let (name, classes) = (reading.name, reading.classes);
    Ok(join(name, classes, channels, reading.pictures, None))
}

/// What keeps a reading from being a data set.
pub(super) fn problem(reading: &Reading, request: &Request) -> Option<DataError> {
    let source_name = || request.source.clone();
    if !reading.unreadable.is_empty() {
        return Some(DataError::Unreadable { source_name: source_name(), all: reading.unreadable.clone() });
    }
    let pictures = &reading.pictures.all;
    let first = pictures.first()?;
    if let Some(other) = pictures.iter().find(|p| p.size != first.size) {
        return Some(DataError::MixedSizes {
            source_name: source_name(),
            first: first.name.clone(),
            first_size: first.size,
            second: other.name.clone(),
            second_size: other.size,
        });
    }
    // Reading kept grey pictures at one channel; in colour they may be too much.
    let pixels = channels(reading, request) as u64 * u64::from(first.size.0) * u64::from(first.size.1);
    if let Err(error) = super::check_room(&request.source, pictures.len() as u64, pixels) {
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
        None => reading.pictures.all.iter().map(|p| p.channels).max().unwrap_or(1),
    }
}

/// Joins pictures of one size, those of them that `wanted` says.
pub(super) fn join(name: String, classes: Vec<String>, channels: usize, pictures: Pictures, wanted: Option<&[usize]>) -> DataSet {
    let all: Vec<usize> = wanted.map_or_else(|| (0..pictures.all.len()).collect(), <[usize]>::to_vec);
    let count = all.len();
    let (width, height) = all.first().map_or((0, 0), |i| pictures.all[*i].size);
    let labels = (!classes.is_empty()).then(|| all.iter().map(|i| pictures.all[*i].class.unwrap_or(UNLABELLED)).collect());
    let images = if wanted.is_none() && pictures.all.iter().all(|p| p.channels == channels) {
        pictures.into_pixels()
    } else {
        let mut images = Vec::with_capacity(count * channels * width as usize * height as usize);
        for i in all {
            // A picture of one channel in a data set of three is its grey in all of them. The other way cannot be: sources make grey pictures
            // where grey is asked for.
            for _ in 0..channels / pictures.all[i].channels {
                images.extend_from_slice(pictures.pixels(i));
            }
        }
        images
    };
    DataSet { name, values: Values::Bytes(images), labels, classes, count, channels, height: height as usize, width: width as usize }
}
