//! Whether what the host writes to a tensor, or asks of it, is what the tensor holds.

use super::EngineError;
use crate::plan::{Element, Plan, Tensor};

/// What the host has or wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Reals,
    Integers,
}

impl Host {
    fn words(self) -> &'static str {
        match self {
            Host::Reals => "real numbers",
            Host::Integers => "integers",
        }
    }
}

/// The tensor is one of the plan's and holds elements of that kind.
pub(super) fn holds(plan: &Plan, tensor: &Tensor, host: Host) -> Result<(), EngineError> {
    if !plan.holds(tensor) {
        return misfit(tensor, "lies outside the buffers of the plan that runs");
    }
    let held = match plan.buffers()[tensor.buffer.0].element {
        Element::F32 | Element::Stored => Host::Reals,
        Element::U32 => Host::Integers,
    };
    if held != host {
        return misfit(tensor, &format!("holds {}, not {}", held.words(), host.words()));
    }
    Ok(())
}

/// The tensor takes just so many values.
pub(super) fn takes(plan: &Plan, tensor: &Tensor, host: Host, count: usize) -> Result<(), EngineError> {
    takes_start(plan, tensor, host, count)?;
    if count < tensor.len() {
        return misfit(tensor, &format!("takes {} {}, and {count} were given: nothing was written", tensor.len(), host.words()));
    }
    Ok(())
}

/// The tensor takes so many values from its first element on.
pub(super) fn takes_start(plan: &Plan, tensor: &Tensor, host: Host, count: usize) -> Result<(), EngineError> {
    holds(plan, tensor, host)?;
    let (len, words) = (tensor.len(), host.words());
    if plan.buffers()[tensor.buffer.0].initial.is_some() {
        return misfit(tensor, "is constant: nothing was written");
    }
    if count > len {
        return misfit(tensor, &format!("takes {len} {words}, and {count} were given: nothing was written"));
    }
    // Copies to a device come in whole words; the last half of a tensor has a word of its own.
    if count < len && !(count * plan.tensor_width(tensor)).is_multiple_of(4) {
        return misfit(tensor, &format!("holds two {words} to a word, and an odd number, {count}, was given: nothing was written"));
    }
    Ok(())
}

fn misfit(tensor: &Tensor, what: &str) -> Result<(), EngineError> {
    Err(EngineError::Misfit { tensor: tensor.name.to_string(), shape: tensor.shape_text(), what: what.into() })
}
