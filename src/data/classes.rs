//! What folders say about the pictures in them: classes, splits, masks.

use std::collections::{BTreeMap, BTreeSet};

/// The part of the data that a picture belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Train,
    Test,
    /// A mask or a label in the shape of a picture.
    Mask,
}

/// What the folders of some pictures say.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// The part of each picture.
    pub parts: Vec<Part>,
    /// The names of the classes; empty if there are none.
    pub classes: Vec<String>,
    /// The class of each picture, as an index; `None` for a stray and where there are no classes.
    pub labels: Vec<Option<u32>>,
    /// What to say about it.
    pub notes: Vec<String>,
    /// One line on the classes.
    pub about: String,
}

/// What a folder's name says it is: a split, and what is left of the name.
fn split_of(folder: &str) -> Option<(Part, String)> {
    const WORDS: [(&str, Part); 9] = [
        ("training", Part::Train),
        ("train", Part::Train),
        ("testing", Part::Test),
        ("test", Part::Test),
        ("validation", Part::Test),
        ("valid", Part::Test),
        ("val", Part::Test),
        ("dev", Part::Test),
        ("eval", Part::Test),
    ];
    let lower = folder.to_lowercase();
    for (word, part) in WORDS {
        if lower.strip_prefix(word).is_some_and(|rest| ["", "_set", "-set", "set"].contains(&rest)) {
            return Some((part, String::new()));
        }
        // `trainA`, `testB`: two domains.
        if let Some(rest) = folder.strip_prefix(word).filter(|rest| matches!(rest, &"A" | &"B")) {
            return Some((part, rest.to_owned()));
        }
    }
    None
}

const IMAGES: [&str; 8] = ["images", "image", "imgs", "img", "pictures", "photos", "jpegimages", "real"];
const MASKS: [&str; 11] =
    ["masks", "mask", "labels", "label", "annotations", "segmentation", "segmentations", "segmentationclass", "gt", "groundtruth", "depth"];

/// Sorts pictures by the folders in their names.
pub(super) fn sort(names: &[&str]) -> Sorted {
    let mut sorted = Sorted { parts: vec![Part::Train; names.len()], labels: vec![None; names.len()], ..Sorted::default() };
    let mut rests: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    // A folder that holds everything says nothing, so the folders in it are looked at instead. Each round takes one level away.
    loop {
        let used: Vec<usize> = (0..rests.len()).filter(|i| sorted.parts[*i] == Part::Train).collect();
        let mut tops: BTreeMap<String, usize> = BTreeMap::new();
        let mut strays = Vec::new();
        for &i in &used {
            match rests[i].split_once('/') {
                Some((top, _)) => *tops.entry(top.to_owned()).or_default() += 1,
                None => strays.push(i),
            }
        }
        let inside = used.len() - strays.len();
        if inside == 0 || strays.len() >= inside {
            if inside > 0 {
                sorted.notes.push(format!(
                    "no classes: {} pictures lie beside the folders and {inside} in them; classes are folders that hold nearly all",
                    strays.len()
                ));
            }
            break;
        }
        let splits: Vec<Option<(Part, String)>> = tops.keys().map(|top| split_of(top)).collect();
        if splits.iter().all(Option::is_some) && splits.iter().flatten().any(|(part, _)| *part == Part::Train) && strays.is_empty() {
            let named: BTreeMap<String, (Part, String)> = tops.keys().cloned().zip(splits.into_iter().flatten()).collect();
            for &i in &used {
                if let Some((top, rest)) = rests[i].split_once('/')
                    && let Some((part, class)) = named.get(top)
                {
                    sorted.parts[i] = *part;
                    rests[i] = if class.is_empty() { rest.to_owned() } else { format!("{class}/{rest}") };
                }
            }
            let count = |part| sorted.parts.iter().filter(|p| **p == part).count();
            let folders: Vec<&str> = named.keys().map(String::as_str).collect();
            sorted.notes.push(format!(
                "the folders {} are splits: {} to train on, {} to test on",
                folders.join(", "),
                count(Part::Train),
                count(Part::Test)
            ));
            continue;
        }
        let lower = |top: &String| top.to_lowercase();
        if tops.keys().any(|top| IMAGES.contains(&&*lower(top)))
            && tops.keys().any(|top| MASKS.contains(&&*lower(top)))
            && tops.keys().all(|top| IMAGES.contains(&&*lower(top)) || MASKS.contains(&&*lower(top)))
        {
            for &i in &used {
                let top = rests[i].split_once('/').map(|(top, _)| top.to_lowercase()).unwrap_or_default();
                if MASKS.contains(&&*top) {
                    sorted.parts[i] = Part::Mask;
                }
            }
            let folders: Vec<String> = tops.keys().filter(|top| MASKS.contains(&&*lower(top))).cloned().collect();
            sorted
                .notes
                .push(format!("{} hold masks or labels beside the images; give such a folder itself to train on it", folders.join(", ")));
            continue;
        }
        if tops.len() == 1 {
            for &i in &used {
                if let Some((_, rest)) = rests[i].split_once('/') {
                    rests[i] = rest.to_owned();
                }
            }
            continue;
        }
        let classes = in_order(tops.keys().map(String::as_str).collect());
        for (i, rest) in rests.iter().enumerate() {
            let mut folders = rest.rsplit_once('/').map(|(folders, _)| folders.split('/')).into_iter().flatten();
            let top = match sorted.parts[i] {
                Part::Train => folders.next(),
                // What the training set's classes lie in is gone from its names alone.
                Part::Test => folders.find(|folder| classes.contains(folder)),
                Part::Mask => None,
            };
            sorted.labels[i] = top.and_then(|top| classes.iter().position(|class| *class == top)).map(|class| class as u32);
        }
        if let Some(&first) = strays.first() {
            let lie = if strays.len() == 1 { "1 picture lies".to_owned() } else { format!("{} pictures lie", strays.len()) };
            sorted.notes.push(format!("{lie} beside the folders of the classes, without a class, such as {}", names[first]));
        }
        sorted.classes = classes.into_iter().map(str::to_owned).collect();
        break;
    }
    sorted.about = match sorted.classes.len() {
        0 => "pictures without classes".to_owned(),
        n => format!("pictures in {n} classes, one per folder"),
    };
    sorted
}

/// Names in order: by value if all are numbers, so that 10 comes after 9.
fn in_order(names: BTreeSet<&str>) -> Vec<&str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    if names.iter().all(|name| name.parse::<u64>().is_ok()) {
        names.sort_by_key(|name| name.parse::<u64>().unwrap_or(0));
    }
    names
}
