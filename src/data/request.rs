//! What a person asks for.

use super::Cache;

/// What transparent parts of a picture show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Black; white for pictures that would be empty on black.
    Auto,
    /// Red, green, blue.
    Colour([u8; 3]),
}

impl Background {
    /// How they are written.
    pub const KNOWN: [&str; 4] = ["auto", "black", "white", "a colour such as #808080"];

    /// From `auto`, `black`, `white` or `#rrggbb`.
    pub fn parse(text: &str) -> Option<Background> {
        let hex = |text: &str| {
            let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
            let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
            Some([channel(0)?, channel(2)?, channel(4)?])
        };
        match text.to_lowercase().as_str() {
            "auto" => Some(Background::Auto),
            "black" => Some(Background::Colour([0; 3])),
            "white" => Some(Background::Colour([255; 3])),
            colour => hex(colour).map(Background::Colour),
        }
    }

    /// As [`Background::parse`] reads it.
    pub fn text(self) -> String {
        match self {
            Background::Auto => "auto".into(),
            Background::Colour([0, 0, 0]) => "black".into(),
            Background::Colour([255, 255, 255]) => "white".into(),
            Background::Colour([r, g, b]) => format!("#{r:02x}{g:02x}{b:02x}"),
        }
    }
}

/// Which frames of an animation, or pages of a file, are images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// The first.
    First,
    /// Every one.
    All,
}

impl Frames {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::First, Self::All];

    /// Name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::All => "all",
        }
    }
}

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// "builtin", the name of a known distribution, or the path of a folder or file.
    pub source: String,
    /// Width and height to bring the images to, in pixels; `None` keeps their own size.
    pub size: Option<u32>,
    /// Without a size: whether images too large to train on as they are are brought to one.
    pub fit: bool,
    /// 1 (grey) or 3 (colour); `None` goes by the images.
    pub channels: Option<u32>,
    /// How many images a source that draws its own makes; others give all they have.
    pub count: usize,
    /// The seed of a source that draws its own.
    pub seed: u32,
    /// Whether a test set that lies beside the training set is read too, behind it: for those who hold images out.
    pub test_too: bool,
    /// What transparent parts show.
    pub background: Background,
    /// Whether values are stretched over the whole range, from the lowest to the highest of the set.
    pub rescale: bool,
    /// Which frames of animations are images.
    pub frames: Frames,
    /// Whether rows and columns of idx files and arrays change places.
    pub transpose: bool,
    /// Whether pictures that cannot be read are left out instead of being an error.
    pub skip_unreadable: bool,
    /// Where decoded images are kept for the next time.
    pub cache: Option<Cache>,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            source: "builtin".into(),
            size: None,
            fit: false,
            channels: None,
            count: 20_000,
            seed: 0,
            test_too: false,
            background: Background::Auto,
            rescale: false,
            frames: Frames::First,
            transpose: false,
            skip_unreadable: false,
            cache: None,
        }
    }
}
