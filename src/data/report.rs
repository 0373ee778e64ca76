//! What `check` finds, and how it reads.

use super::picture::{Picture, Reading, Unreadable};
use super::{DataSet, LeftOut, Request, assemble};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// How many examples to keep, at most.
const EXAMPLES: usize = 64;

/// How many sizes and classes the text lists.
const SIZES_SHOWN: usize = 5;
const CLASSES_SHOWN: usize = 20;

/// What is known of some data. `Display` gives plain text in several lines.
#[derive(Debug, Clone)]
pub struct Report {
    /// The name of the layout.
    pub kind: &'static str,
    /// What was asked for: "builtin" or a path.
    pub source: String,
    /// One line on what was read.
    pub about: String,
    /// How many images can be read.
    pub count: usize,
    /// The widths and heights of the images as they are stored and how many have each, most first.
    pub sizes: Vec<((u32, u32), usize)>,
    /// Channels that the data set has: 1 or 3.
    pub channels: usize,
    /// The classes and how many images each has; empty if there are no classes.
    pub classes: Vec<(String, usize)>,
    /// The lowest and highest value (0 to 255) and the mean over images; `None` without images.
    pub values: Option<(u8, u8, f64)>,
    /// How many images repeat an earlier one exactly.
    pub duplicates: usize,
    /// The first such image, after the one that it repeats.
    pub duplicate_example: Option<(String, String)>,
    /// The image files that cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// What lies there and is not used.
    pub left_out: LeftOut,
    /// What was assumed or is odd, each in a sentence.
    pub notes: Vec<String>,
    /// The size that large images were brought to unasked.
    pub size: Option<u32>,
    /// Why the data would not load and what to do; `None` if they would.
    pub problem: Option<String>,
    /// Up to 64 images, evenly spread, to draw a sheet of; `None` without images.
    pub examples: Option<DataSet>,
}

/// Sums a reading up.
pub(super) fn report(kind: &'static str, reading: Reading, request: &Request) -> Report {
    let pictures = &reading.pictures.all;
    let (duplicates, duplicate_example) = duplicates(pictures);
    Report {
        kind,
        source: request.source.clone(),
        about: reading.about.clone(),
        count: pictures.len(),
        sizes: sizes(pictures),
        channels: assemble::channels(&reading, request),
        classes: class_counts(&reading),
        values: values(pictures),
        duplicates,
        duplicate_example,
        problem: assemble::problem(&reading, request).map(|problem| problem.to_string()),
        left_out: reading.left_out.clone(),
        notes: assemble::notes(&reading, request),
        size: reading.size,
        unreadable: reading.unreadable.clone(),
        examples: examples(reading, request),
    }
}

fn sizes(pictures: &[Picture]) -> Vec<((u32, u32), usize)> {
    let mut counts = BTreeMap::new();
    for picture in pictures {
        *counts.entry(picture.original).or_insert(0) += 1;
    }
    let mut sizes: Vec<_> = counts.into_iter().collect();
    sizes.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    sizes
}

fn class_counts(reading: &Reading) -> Vec<(String, usize)> {
    let mut counts = vec![0; reading.classes.len()];
    for class in reading.pictures.all.iter().filter_map(|p| p.class) {
        if let Some(count) = counts.get_mut(class as usize) {
            *count += 1;
        }
    }
    reading.classes.iter().cloned().zip(counts).collect()
}

fn values(pictures: &[Picture]) -> Option<(u8, u8, f64)> {
    let low = pictures.iter().map(|p| p.facts.low).min()?;
    let high = pictures.iter().map(|p| p.facts.high).max()?;
    let sum: f64 = pictures.iter().map(|p| p.facts.mean).sum();
    Some((low, high, sum / pictures.len() as f64))
}

fn duplicates(pictures: &[Picture]) -> (usize, Option<(String, String)>) {
    let mut seen: HashMap<[u8; 16], &str> = HashMap::with_capacity(pictures.len());
    let (mut count, mut example) = (0, None);
    for picture in pictures {
        match seen.get(&picture.facts.hash) {
            None => {
                seen.insert(picture.facts.hash, &picture.name);
            }
            Some(&first) => {
                count += 1;
                example.get_or_insert_with(|| (first.to_owned(), picture.name.clone()));
            }
        }
    }
    (count, example)
}

/// Some of the pictures whose pixels are there, evenly spread.
fn examples(reading: Reading, request: &Request) -> Option<DataSet> {
    let channels = assemble::channels(&reading, request);
    let pictures = reading.pictures;
    let there: Vec<usize> = (0..pictures.all.len()).filter(|i| !pictures.pixels(*i).is_empty()).collect();
    let (all, shown) = (there.len(), there.len().min(EXAMPLES));
    // One from each of `shown` equal stretches, at changing places in them: data often cycle
    // through their classes, and always the same place would show few of these.
    let stretch = (all / shown.max(1)).max(1);
    let place = |i: usize| i * all / shown + i * 7919 % stretch;
    let spread: Vec<usize> = (0..shown).map(|i| there[place(i)]).collect();
    (shown > 0).then(|| assemble::join(reading.name, reading.classes, channels, pictures, Some(&spread)))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}): {}", self.source, self.kind, self.about)?;
        writeln!(f, "images      {}", self.count)?;
        let sizes = |&((width, height), count): &((u32, u32), usize)| format!("{width} x {height} ({count})");
        writeln!(f, "sizes       {}", list(&self.sizes, SIZES_SHOWN, sizes))?;
        let colour = if self.channels == 1 { "grey" } else { "colour" };
        writeln!(f, "channels    {} ({colour})", self.channels)?;
        let classes = |(name, count): &(String, usize)| format!("{name} ({count})");
        let classes = list(&self.classes, CLASSES_SHOWN, classes);
        writeln!(f, "classes     {classes}")?;
        if let Some((low, high, mean)) = self.values {
            writeln!(f, "values      {low} to {high}, mean {mean:.1}")?;
        }
        write!(f, "duplicates  {}", self.duplicates)?;
        match &self.duplicate_example {
            Some((first, second)) => writeln!(f, ", such as {first} and {second}")?,
            None => writeln!(f)?,
        }
        let none = if self.left_out.is_empty() { "nothing" } else { "" };
        writeln!(f, "left out    {}{none}", self.left_out)?;
        writeln!(f, "unreadable  {}", self.unreadable.len())?;
        for bad in &self.unreadable {
            writeln!(f, "  {}: {}", bad.name, bad.cause)?;
        }
        for note in self.notes.iter().filter(|note| !note.starts_with("left out: ")) {
            writeln!(f, "note        {note}")?;
        }
        match (&self.problem, &self.examples) {
            (Some(problem), _) => {
                // The files are listed above.
                write!(f, "verdict     would not load: {}", problem.lines().next().unwrap_or_default())
            }
            (None, Some(e)) => write!(
                f,
                "verdict     would load: {} x {} x {} x {} (images, channels, height, width)",
                self.count, e.channels, e.height, e.width
            ),
            (None, None) => write!(f, "verdict     would not load: there are no images"),
        }
    }
}

/// The first few items with commas between, and how many more there are.
fn list<T>(items: &[T], shown: usize, show: impl Fn(&T) -> String) -> String {
    let mut parts: Vec<String> = items.iter().take(shown).map(show).collect();
    match items.len() {
        0 => return "none".to_owned(),
        n if n > shown => parts.push(format!("and {} more", n - shown)),
        _ => {}
    }
    parts.join(", ")
}
