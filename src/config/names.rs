//! Settings that are written as names. Text becomes a type here, and nowhere else.

use super::choices::{OPTIMIZERS, OptimizerKind, OutputBias, Ramp};
use crate::{
    data::{Background, Frames},
    engine::devices::Wanted,
    models::{Init, LOSSES, Loss, Schedule},
    ops::{
        LatentDistribution,
        augment::{AUGMENTS, Augments},
    },
    plan::Storage,
};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// A type of setting whose values are written as names.
pub trait Named: Sized {
    /// What it is, for messages.
    const WHAT: &'static str;

    /// How its values are written.
    fn known() -> Vec<&'static str>;

    /// The value of that name.
    fn read(text: &str) -> Option<Self>;

    /// As [`Named::read`] reads it.
    fn text(&self) -> String;
}

/// A name that stands for nothing.
#[derive(Debug, thiserror::Error)]
#[error("there is no such {what}; there are: {}", known.join(", "))]
pub struct UnknownName {
    what: &'static str,
    known: Vec<&'static str>,
}

/// The value of that name.
///
/// # Errors
/// [`UnknownName`] that lists the names there are.
pub fn parse<T: Named>(text: &str) -> Result<T, UnknownName> {
    T::read(text).ok_or_else(|| UnknownName { what: T::WHAT, known: T::known() })
}

pub(super) fn serialize<T: Named, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&value.text())
}

pub(super) fn deserialize<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// Types of which a list has all values.
macro_rules! listed {
    ($($type:ty, $what:literal: $all:expr, $name:expr;)*) => {$(
        impl Named for $type {
            const WHAT: &'static str = $what;

            fn known() -> Vec<&'static str> {
                let name: fn($type) -> &'static str = $name;
                $all.into_iter().map(name).collect()
            }

            fn read(text: &str) -> Option<Self> {
                let name: fn($type) -> &'static str = $name;
                $all.into_iter().find(|value| name(*value) == text)
            }

            fn text(&self) -> String {
                let name: fn($type) -> &'static str = $name;
                name(*self).into()
            }
        }
    )*};
}

listed! {
    &'static Loss, "loss": &LOSSES, |loss| loss.name;
    &'static OptimizerKind, "optimizer": &OPTIMIZERS, |kind| kind.name;
    Schedule, "schedule": Schedule::ALL, Schedule::name;
    LatentDistribution, "latent distribution": LatentDistribution::ALL, LatentDistribution::name;
    Storage, "storage": Storage::ALL, Storage::name;
    OutputBias, "output bias": OutputBias::ALL, OutputBias::name;
    Frames, "choice of frames": Frames::ALL, Frames::name;
}

impl Named for Init {
    const WHAT: &'static str = "way to start";

    fn known() -> Vec<&'static str> {
        Init::KNOWN.to_vec()
    }

    fn read(text: &str) -> Option<Self> {
        Init::parse(text)
    }

    fn text(&self) -> String {
        Init::text(*self)
    }
}

impl Named for Augments {
    const WHAT: &'static str = "augmentation";

    fn known() -> Vec<&'static str> {
        [Augments::NONE_NAME].into_iter().chain(AUGMENTS.iter().map(|row| row.name)).collect()
    }

    fn read(text: &str) -> Option<Self> {
        Augments::parse(text)
    }

    fn text(&self) -> String {
        Augments::text(*self)
    }
}

impl Named for Ramp {
    const WHAT: &'static str = "change of the momentum";

    fn known() -> Vec<&'static str> {
        Ramp::KNOWN.to_vec()
    }

    fn read(text: &str) -> Option<Self> {
        Ramp::parse(text)
    }

    fn text(&self) -> String {
        Ramp::text(*self)
    }
}

impl Named for Background {
    const WHAT: &'static str = "background";

    fn known() -> Vec<&'static str> {
        Background::KNOWN.to_vec()
    }

    fn read(text: &str) -> Option<Self> {
        Background::parse(text)
    }

    fn text(&self) -> String {
        Background::text(*self)
    }
}

impl Named for Wanted {
    const WHAT: &'static str = "device";

    fn known() -> Vec<&'static str> {
        Wanted::KNOWN.to_vec()
    }

    fn read(text: &str) -> Option<Self> {
        Some(Wanted::from(text))
    }

    fn text(&self) -> String {
        self.to_string()
    }
}
