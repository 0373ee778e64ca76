//! Whether a plan has room on a device, and which batch would have.

use super::{Opener, TrainError, feed};
use crate::{config::Config, data::DataSet, engine::EngineError, models::Gan, plan::Plan};

/// Checks, before anything is allocated, that there is memory for the plan of a GAN.
///
/// # Errors
/// [`TrainError::NoMemory`].
pub(super) fn check(plan: &Plan, config: &Config, data: &DataSet, device: &Opener) -> Result<(), TrainError> {
    let (needs, memory) = (plan.bytes(), device.memory);
    if needs <= memory {
        return Ok(());
    }
    let fitting = fitting(config, data, device, |plan| plan.bytes() <= memory);
    Err(TrainError::NoMemory { batch: config.batch, needs, memory, fitting })
}

/// What a device says of a plan that it cannot take, with a batch that it can.
pub(super) fn explained(error: EngineError, config: &Config, data: &DataSet, device: &Opener) -> TrainError {
    let EngineError::Unsupported { .. } = error else { return error.into() };
    let pieces = |plan: &Plan| {
        let bindings = plan.sequences().iter().flat_map(|sequence| &sequence.dispatches).flat_map(|dispatch| &dispatch.bindings);
        bindings.map(|tensor| plan.tensor_bytes(tensor)).max().unwrap_or(0)
    };
    match fitting(config, data, device, |plan| pieces(plan) <= device.binding) {
        Some(fitting) => TrainError::Pieces { error, fitting },
        None => error.into(),
    }
}

/// The largest half, quarter and so on of the batch whose plan fits.
fn fitting(config: &Config, data: &DataSet, device: &Opener, fits: impl Fn(&Plan) -> bool) -> Option<usize> {
    let halves = std::iter::successors(Some(config.batch / 2), |batch| Some(batch / 2)).take_while(|batch| *batch > 0);
    halves.into_iter().find(|batch| {
        let smaller = Config { batch: *batch, ..config.clone() };
        // Some nets refuse a batch of one.
        let gan = feed::spec(&smaller, data, device.binding).ok().and_then(|spec| Gan::build(&spec).ok());
        gan.is_some_and(|gan| fits(&gan.plan))
    })
}
