//! Whether there is something to be learned from the images.

use super::picture::{Alpha, Pictures};

/// What is odd about the content of a set.
pub(super) struct Finding {
    /// In a sentence, with what helps.
    pub text: String,
    /// Whether nothing can be learned from such images.
    pub fatal: bool,
}

/// Fewer values than this, of 256, are next to nothing.
const LEAST_SPAN: u8 = 3;

/// Fewer than this are a sliver: what 14 bits in a file of 16 bits, or fewer, come to.
const SLIVER: u8 = 64;

/// How many pictures are held against each other, at most.
const COMPARED: usize = 64;

/// Root mean square difference from the mean image, of 255, below which images are nearly equal.
const NEARLY: f64 = 2.0;

/// Looks at the images of a set.
pub(super) fn judge(set: &Pictures, rescaled: bool) -> Vec<Finding> {
    let pictures = &set.all;
    let count = pictures.len();
    let (Some(low), Some(high)) = (pictures.iter().map(|p| p.facts.low).min(), pictures.iter().map(|p| p.facts.high).max()) else {
        return Vec::new();
    };
    let note = |text: String| Finding { text, fatal: false };
    if count < 2 {
        return vec![note("there is one image only, so that is all there is to learn".to_owned())];
    }
    let remedy = if rescaled { "" } else { "; `rescale = true` stretches the values that are there over the whole range" };
    let fatal = |text: String| vec![Finding { text, fatal: true }];
    if low == high {
        let transparent = pictures.iter().any(|p| p.facts.alpha != Alpha::Opaque);
        let remedy = match (transparent, rescaled) {
            (true, _) => "; what is drawn in their transparency shows on another `background`, such as #808080",
            (false, false) => "; if they use only the low bits of 16, `rescale = true` shows them",
            (false, true) => "; give other images",
        };
        return fatal(format!("all {count} images are empty, every value of them is {low}{remedy}"));
    }
    if pictures.iter().all(|p| p.facts.hash == pictures[0].facts.hash) {
        return fatal(format!("all {count} images are equal, so there is only one to learn; give images that differ"));
    }
    let span = high - low;
    if span < LEAST_SPAN {
        return fatal(format!("the values go from {low} to {high} of 255 only, which is one colour to a network{remedy}"));
    }
    let mut findings = Vec::new();
    if span < SLIVER {
        findings.push(note(format!("the values go from {low} to {high} only, a sliver of 0 to 255{remedy}")));
    }
    let flat = pictures.iter().filter(|picture| picture.is_flat() && picture.original != (1, 1)).count();
    if 2 * flat > count {
        findings.push(note(format!("{flat} of {count} images are of one colour each")));
    }
    if flat < count && nearly_equal(set) {
        findings.push(note("the images are nearly equal, so there is little to learn".to_owned()));
    }
    findings
}

/// Whether images hardly differ from their mean.
fn nearly_equal(pictures: &Pictures) -> bool {
    let (size, count) = (pictures.pixels(0).len(), pictures.all.len());
    let some: Vec<&[u8]> =
        (0..count).step_by(count.div_ceil(COMPARED)).map(|i| pictures.pixels(i)).filter(|pixels| pixels.len() == size).collect();
    if size == 0 || some.len() < 2 {
        return false;
    }
    let n = some.len() as f64;
    let variance = |at: usize| {
        let mean = some.iter().map(|pixels| f64::from(pixels[at])).sum::<f64>() / n;
        some.iter().map(|pixels| (f64::from(pixels[at]) - mean).powi(2)).sum::<f64>() / n
    };
    // Thousands of places say as much as millions.
    let step = size.div_ceil(4096);
    let places = size.div_ceil(step);
    let mean = (0..size).step_by(step).map(variance).sum::<f64>() / places as f64;
    mean.sqrt() < NEARLY
}
