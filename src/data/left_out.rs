//! What lies beside the data and is not used, by reason: training and `data check` say the same line about it.

use std::collections::BTreeMap;
use std::fmt;

/// Why a file or folder is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A folder of a run, with all that is in it.
    Run,
    /// A sheet, figure or sample that Ganvas wrote.
    Own,
    /// A picture of a kind that is not read: its name.
    Foreign(&'static str),
    /// Belongs to another part of the data: a test set, a validation set.
    Split,
    /// Masks beside images.
    Mask,
    /// Pictures or arrays beside data of another layout.
    Beside,
    /// Cannot be read, and was to be skipped.
    Unreadable,
    /// A folder that may not be entered.
    Locked,
    /// A link to nothing.
    DeadLink,
    /// Hidden, or what macOS adds to archives.
    Hidden,
    /// What editors and downloads leave: locks, backups, parts.
    Temporary,
    /// No picture, array or idx file.
    Other,
}

impl Reason {
    fn words(self, count: usize) -> String {
        let one = |one: &'static str, many: &'static str| (if count == 1 { one } else { many }).to_owned();
        match self {
            Reason::Run => one("run folder of ganvas", "run folders of ganvas"),
            Reason::Own => one("picture that ganvas wrote", "pictures that ganvas wrote"),
            Reason::Foreign(kind) => format!("{kind}, which ganvas does not read"),
            Reason::Split => "of another split".into(),
            Reason::Mask => one("mask", "masks"),
            Reason::Beside => "beside them, of another kind".into(),
            Reason::Unreadable => "that cannot be read".into(),
            Reason::Locked => one("folder that may not be entered", "folders that may not be entered"),
            Reason::DeadLink => one("link to nothing", "links to nothing"),
            Reason::Hidden => "hidden".into(),
            Reason::Temporary => one("lock, backup or partial download", "locks, backups or partial downloads"),
            Reason::Other => one("other file", "other files"),
        }
    }

    /// A word for programs.
    pub fn key(self) -> &'static str {
        match self {
            Reason::Run => "run",
            Reason::Own => "own",
            Reason::Foreign(_) => "foreign",
            Reason::Split => "split",
            Reason::Mask => "mask",
            Reason::Beside => "beside",
            Reason::Unreadable => "unreadable",
            Reason::Locked => "locked",
            Reason::DeadLink => "dead_link",
            Reason::Hidden => "hidden",
            Reason::Temporary => "temporary",
            Reason::Other => "other",
        }
    }
}

/// How many files or folders are left out for which reason, with an example of each. `Display` gives one line, empty for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut(BTreeMap<Reason, (usize, String)>);

impl LeftOut {
    /// Counts one more.
    pub(super) fn add(&mut self, reason: Reason, name: &str) {
        let entry = self.0.entry(reason).or_insert_with(|| (0, name.to_owned()));
        entry.0 += 1;
    }

    /// How many for a reason.
    pub fn count(&self, reason: Reason) -> usize {
        self.0.get(&reason).map_or(0, |(count, _)| *count)
    }

    /// Reasons with their counts and an example each.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, usize, &str)> {
        self.0.iter().map(|(reason, (count, example))| (*reason, *count, example.as_str()))
    }

    /// True where nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True where something is left out that a person may miss: more than files that are plainly no data.
    pub fn matters(&self) -> bool {
        self.0.keys().any(|reason| !matches!(reason, Reason::Hidden | Reason::Other))
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (reason, count, example)) in self.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{count} {} ({example}{})", reason.words(count), if count > 1 { ", ..." } else { "" })?;
        }
        Ok(())
    }
}
