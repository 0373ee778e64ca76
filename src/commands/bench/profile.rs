//! Time of each kernel of a training step.

use super::samples::quartiles;
use crate::{
    engine::{Engine, EngineError},
    plan::{Dispatch, SequenceId},
};
use std::time::{Duration, Instant};

/// Rounds that are measured at the least.
const FEWEST: usize = 3;

/// Kernels of a step with their times.
#[derive(Debug)]
pub struct Kernels {
    /// How the times were taken.
    pub how: &'static str,
    /// Equal dispatches (kernel, snippets and amount of work) together.
    pub groups: Vec<Group>,
}

/// Dispatches of a step that are equal but for their tensors.
#[derive(Debug)]
pub struct Group {
    /// Kernel and snippets.
    pub name: String,
    /// Amount of work of each.
    pub work: String,
    /// How many a step has.
    pub count: usize,
    /// Seconds of all of them: sum of each one's median.
    pub seconds: f64,
    /// Operations of all of them, 0 for what is no matrix product.
    pub flops: usize,
    /// Bytes of all of them, each bound element counted once.
    pub bytes: usize,
}

/// Times the dispatches of `step`, after a round to warm up, for about `time`.
///
/// # Errors
/// Any [`EngineError`].
pub fn measure(engine: &mut dyn Engine, step: &[SequenceId], time: Duration) -> Result<Kernels, EngineError> {
    let how = engine.profile(step)?.how;
    let mut rounds = Vec::new();
    let start = Instant::now();
    while rounds.len() < FEWEST || start.elapsed() < time {
        rounds.push(engine.profile(step)?.times);
    }
    let mut groups: Vec<Group> = Vec::new();
    for (i, time) in rounds[0].iter().enumerate() {
        let dispatch = &engine.plan().sequence(time.sequence).dispatches[time.index];
        let bytes = dispatch.bytes(|element| engine.width(element));
        let seconds: Vec<f64> = rounds.iter().map(|round| round[i].seconds).collect();
        add(&mut groups, dispatch, bytes, quartiles(&seconds).median);
    }
    groups.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    Ok(Kernels { how, groups })
}

fn add(groups: &mut Vec<Group>, dispatch: &Dispatch, bytes: usize, seconds: f64) {
    let (name, work) = (dispatch.name(), dispatch.grid.to_string());
    let position = groups.iter().position(|group| group.name == name && group.work == work).unwrap_or_else(|| {
        groups.push(Group { name, work, count: 0, seconds: 0.0, flops: 0, bytes: 0 });
        groups.len() - 1
    });
    let group = &mut groups[position];
    group.count += 1;
    group.seconds += seconds;
    group.flops += dispatch.flops();
    group.bytes += bytes;
}
