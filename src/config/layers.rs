//! Layers of settings, merged as TOML tables.

use super::{Config, ConfigError, Flags, OPTIONAL_KEYS, PRESETS, auto};
use crate::{
    layers::{Extent, list},
    ops::augment::Augments,
    shell,
};
use std::path::PathBuf;
use toml::{Table, Value};

/// Where settings come from, besides defaults and preset.
#[derive(Default)]
pub struct Sources<'a> {
    /// `--config`
    pub file: Option<PathBuf>,
    /// `--set key=value`, in order.
    pub set: &'a [String],
    /// Flags.
    pub flags: Option<&'a Flags>,
}

/// Merges all layers and checks the result.
///
/// # Errors
/// [`ConfigError`] that names the key, and the file or option that it came from.
pub fn resolve(sources: &Sources) -> Result<Config, ConfigError> {
    let mut given: Vec<(Table, String)> = Vec::new();
    if let Some(path) = &sources.file {
        let path = PathBuf::from(shell::expanded(&path.to_string_lossy()));
        let place = path.display().to_string();
        let text = std::fs::read(&path).and_then(text).map_err(|error| ConfigError::Read { path, error })?;
        given.push((parse_table(&text, &place)?, place));
    }
    for assignment in sources.set {
        let place = format!("--set {assignment}");
        given.push((parse_assignment(assignment, &place)?, place));
    }
    if let Some(flags) = sources.flags {
        let table = Table::try_from(flags).map_err(|e| ConfigError::Type { place: "the flags".into(), message: e.to_string() })?;
        given.push((table, "the flags".into()));
    }
    for (table, place) in &mut given {
        check_keys(table, place)?;
        expand(table, place)?;
        check_types(table, place)?;
    }

    let asked = |key: &str| given.iter().rev().find_map(|(table, _)| table.get(key)?.as_str().map(str::to_owned));
    match asked("preset").filter(|name| !auto::is_auto(name)) {
        Some(name) => merged(&name, given),
        None => {
            // As far as can be told without the pictures.
            let name = super::preset_for(&asked("data").unwrap_or_default());
            given.iter_mut().for_each(|(table, _)| drop(table.remove("preset")));
            let all = given.iter().fold(Table::new(), |mut all, (table, _)| {
                all.extend(table.clone());
                all
            });
            Ok(Config { given: Some(Given(all)), ..merged(name, given)? })
        }
    }
}

/// What a person has set, while the preset is still to be chosen.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Given(Table);

impl Config {
    /// With the preset that the data ask for for such pictures, under what a person has set, and the reason; none where a person asked for
    /// a preset.
    ///
    /// # Errors
    /// [`ConfigError`], as [`resolve`].
    pub fn choose_preset(&mut self, image: Extent) -> Result<Option<String>, ConfigError> {
        let Some(Given(given)) = self.given.take() else { return Ok(None) };
        let (name, why) = auto::preset(&self.data, image);
        if name != self.preset {
            *self = merged(name, vec![(given, "the settings given".into())])?;
        }
        Ok(Some(format!("{name}, {why}; `preset` takes another")))
    }
}

/// Defaults, a preset, and what is given, in this order.
fn merged(name: &str, given: Vec<(Table, String)>) -> Result<Config, ConfigError> {
    let mut merged = to_table(&Config::default());
    let preset = PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| ConfigError::UnknownPreset {
        name: name.into(),
        known: PRESETS.iter().map(|preset| preset.name).chain(["auto"]).collect::<Vec<_>>().join(", "),
    })?;
    merged.insert("preset".into(), name.into());
    merged.extend(parse_table(preset.toml, preset.name)?);
    let augments_named = given.iter().any(|(table, _)| table.contains_key("augment"));
    for (table, place) in given {
        if table.contains_key("steps") {
            merged.remove("epochs");
        }
        merged.extend(table);
        to_config(merged.clone(), &place)?;
    }
    let mut config = to_config(merged, "the configuration")?;
    // Written out, so that the run stays what it is when there is more that could be done.
    if config.ada && config.augment.is_empty() && !augments_named {
        config.augment = Augments::ALL;
    }
    config.validate()?;
    Ok(config)
}

/// The text of a file in UTF-8 or, as PowerShell's `>` writes it, UTF-16.
fn text(bytes: Vec<u8>) -> std::io::Result<String> {
    let invalid = || std::io::Error::new(std::io::ErrorKind::InvalidData, "it is no text in UTF-8 or UTF-16; save it as UTF-8");
    let wide = |of: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| of(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty()).ok_or_else(invalid)
    };
    match bytes[..] {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, ..] => String::from_utf8(bytes[3..].to_vec()).map_err(|_| invalid()),
        _ => String::from_utf8(bytes).map_err(|_| invalid()),
    }
}

/// `lr` stands for both learning rates; `steps` and `epochs` exclude each other.
fn expand(table: &mut Table, place: &str) -> Result<(), ConfigError> {
    if let Some(lr) = table.remove("lr") {
        for key in ["lr_g", "lr_d"] {
            table.entry(key).or_insert(lr.clone());
        }
    }
    if table.contains_key("steps") && table.contains_key("epochs") {
        let message = "steps and epochs both given; choose one".into();
        return Err(ConfigError::Type { place: place.into(), message });
    }
    // A list of layers may also be written as one text.
    for key in ["generator", "discriminator"] {
        if let Some(Value::String(text)) = table.get(key) {
            let layers = list::split(text).into_iter().map(Value::String).collect();
            table.insert(key.into(), Value::Array(layers));
        }
    }
    for key in ["data", "out"] {
        if let Some(Value::String(path)) = table.get_mut(key) {
            *path = shell::expanded(path);
        }
    }
    // Whole numbers are fine where reals are wanted.
    let defaults = to_table(&Config::default());
    for (key, value) in table.iter_mut() {
        if let (Some(Value::Float(_)), Value::Integer(whole)) =
            (defaults.get(key).or(defaults.get("lr_g").filter(|_| key == "lr")), &*value)
        {
            *value = Value::Float(*whole as f64);
        }
    }
    Ok(())
}

/// Says in a person's words what a value of the wrong type should be.
fn check_types(table: &Table, place: &str) -> Result<(), ConfigError> {
    let defaults = to_table(&Config::default());
    for (key, value) in table {
        // The keys that the defaults lack are whole numbers.
        let expected = match defaults.get(key).unwrap_or(&Value::Integer(0)) {
            Value::Integer(_) if !value.as_integer().is_some_and(|v| (0..=i64::from(u32::MAX)).contains(&v)) => {
                "a whole number from 0 to 4294967295"
            }
            Value::Float(_) if !value.is_float() => "a number, such as 0.5",
            Value::String(_) if !value.is_str() => "text",
            Value::Boolean(_) if !value.is_bool() => "true or false",
            Value::Array(_) if !value.as_array().is_some_and(|list| list.iter().all(Value::is_str)) => {
                "a list of layers, such as [\"linear 256\", \"leaky_relu 0.2\", \"linear image\", \"tanh\"]"
            }
            _ => continue,
        };
        return Err(ConfigError::Type { place: place.into(), message: format!("{key} = {value} must be {expected}") });
    }
    Ok(())
}

fn parse_assignment(assignment: &str, place: &str) -> Result<Table, ConfigError> {
    let Some((key, value)) = assignment.split_once('=') else {
        return Err(ConfigError::Syntax { place: place.into(), message: "there is no '='; write --set key=value".into() });
    };
    let (key, value) = (key.trim(), value.trim());
    // Text needs no quotes here.
    let parsed = format!("x = {value}").parse::<Table>().ok().and_then(|mut table| table.remove("x"));
    Ok(Table::from_iter([(key.to_owned(), parsed.unwrap_or_else(|| Value::String(value.into())))]))
}

pub(super) fn parse_table(text: &str, place: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|e: toml::de::Error| ConfigError::Syntax { place: place.into(), message: e.to_string().trim_end().into() })
}

pub(super) fn to_table(config: &Config) -> Table {
    Table::try_from(config).unwrap_or_default()
}

/// Every key of [`Config`].
pub(super) fn keys() -> Vec<String> {
    let defaults = to_table(&Config::default());
    defaults.keys().cloned().chain(OPTIONAL_KEYS.map(String::from)).collect()
}

fn check_keys(table: &Table, place: &str) -> Result<(), ConfigError> {
    let mut known = keys();
    known.push("lr".into());
    for key in table.keys() {
        if !known.contains(key) {
            let distance = |name: &String| strsim::damerau_levenshtein(name, &key.replace('-', "_"));
            let nearest = known.iter().min_by_key(|name| distance(name)).cloned().unwrap_or_default();
            return Err(ConfigError::UnknownKey { key: key.clone(), place: place.into(), nearest });
        }
    }
    Ok(())
}

pub(super) fn to_config(table: Table, place: &str) -> Result<Config, ConfigError> {
    check_keys(&table, place)?;
    table.clone().try_into().map_err(|error: toml::de::Error| {
        // `what is wrong`, then a line `in `key``.
        let text = error.to_string();
        let key = text.lines().last().and_then(|line| line.strip_prefix("in `")?.strip_suffix('`'));
        let message = match key.and_then(|key| Some((key, table.get(key)?))) {
            Some((key, Value::String(value))) => format!("{key} = '{value}': {}", error.message()),
            Some((key, value)) => format!("{key} = {value}: {}", error.message()),
            None => text.trim_end().replace('\n', " "),
        };
        ConfigError::Type { place: place.into(), message }
    })
}
