//! What a person asks for.

use super::{Cache, DataError};
use crate::config::Config;

/// What transparent parts of a picture show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Black; white for pictures that would be empty on black.
    Auto,
    /// Red, green, blue.
    Colour([u8; 3]),
}

impl Background {
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
}

/// Which frames of an animation, or pages of a file, are images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// The first.
    First,
    /// Every one.
    All,
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

impl Request {
    /// What a configuration asks for.
    ///
    /// # Errors
    /// [`DataError::Setting`] for a name that stands for nothing.
    pub fn of(config: &Config) -> Result<Request, DataError> {
        let setting = |key, value: &str, known| DataError::Setting { key, value: value.to_owned(), known };
        let background = Background::parse(&config.background)
            .ok_or_else(|| setting("background", &config.background, "auto, black, white or a colour such as #808080"))?;
        let frames = match config.frames.as_str() {
            "first" => Frames::First,
            "all" => Frames::All,
            other => return Err(setting("frames", other, "first or all")),
        };
        Ok(Request {
            source: config.data.clone(),
            size: config.size,
            fit: false,
            channels: config.channels,
            count: config.data_count,
            seed: config.data_seed,
            test_too: config.valid + config.test > 0,
            background,
            rescale: config.rescale,
            frames,
            transpose: config.transpose,
            skip_unreadable: config.skip_unreadable,
            cache: if config.cache { Cache::usual() } else { None },
        })
    }
}
