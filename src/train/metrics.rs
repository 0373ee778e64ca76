//! Metrics: means over the last steps, read from the statistics ring. Which numbers there are is the model's to say.

use crate::models::{Column, RING_ROWS};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap as _,
};
use std::fmt;

/// A line of `metrics.jsonl`. All but step, epoch and times are means over the last `metrics_every` steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Steps done: updates of G.
    pub step: u32,
    /// Passes over the data that D has made.
    pub epoch: f64,
    /// Seconds that the device has trained, earlier parts of a resumed run included.
    pub seconds: f64,
    /// The model's numbers, by the names of its columns.
    #[serde(flatten)]
    pub values: Values,
    /// The collapse meter: mean distance between generated images over that between real ones, at this step; see
    /// [`super::diversity`]. Missing where it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f32>,
    /// Steps per second since the last line.
    pub steps_per_second: f64,
}

impl Metrics {
    /// The number of a column, if the model has it.
    pub fn get(&self, column: &str) -> Option<f32> {
        self.values.0.iter().find(|(name, _)| name == column).map(|(_, value)| *value)
    }
}

/// Numbers by name, in the order of the model's columns; in JSON an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(pub Vec<(String, f32)>);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Values, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("numbers by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                // Whatever is no number is of another version, and of no use here.
                while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                    values.extend(value.as_f64().map(|value| (name, value as f32)));
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_map(Numbers)
    }
}

/// The statistics ring as read back, with what its columns hold.
pub struct Ring<'a> {
    /// `[RING_ROWS, columns]`.
    pub values: &'a [f32],
    /// In order.
    pub columns: &'a [Column],
}

impl<'a> Ring<'a> {
    fn row(&self, step: u32) -> &'a [f32] {
        let row = step as usize % RING_ROWS;
        &self.values[row * self.columns.len()..(row + 1) * self.columns.len()]
    }

    /// The first step of `first..last`, counted from 0, with a value that is not finite, and which one.
    pub fn first_bad(&self, first: u32, last: u32) -> Option<(u32, &'static str)> {
        let bad = |step| self.row(step).iter().position(|value| !value.is_finite());
        (first..last).find_map(|step| bad(step).map(|column| (step, self.columns[column].meaning)))
    }

    /// Means over the `count` steps before `step`; times, epoch and diversity are left to the caller.
    pub fn metrics(&self, step: u32, count: u32) -> Metrics {
        let count = count.min(step).max(1);
        let mut means = vec![0.0f64; self.columns.len()];
        for s in step - count.min(step)..step {
            for (mean, value) in means.iter_mut().zip(self.row(s)) {
                *mean += f64::from(*value) / f64::from(count);
            }
        }
        let values = self.columns.iter().zip(means).map(|(column, mean)| (column.name.to_owned(), mean as f32)).collect();
        Metrics { step, epoch: 0.0, seconds: 0.0, values: Values(values), diversity: None, steps_per_second: 0.0 }
    }
}
