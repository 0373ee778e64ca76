//! Time of whole training steps, submitted as training submits them.

use super::samples::{Quartiles, quartiles};
use crate::{
    commands::drive::BUDGET,
    config::Config,
    engine::{Engine, EngineError, Work},
    models::{Gan, RING_ROWS},
};
use std::time::{Duration, Instant};

/// Submissions that are measured at the least, however long they take.
const FEWEST: usize = 5;

/// Time per step.
#[derive(Debug)]
pub struct Steps {
    /// Seconds per step over submissions, each the mean over its steps.
    pub seconds: Quartiles,
    /// Steps per submission.
    pub per_submission: u32,
    /// Submissions measured.
    pub submissions: usize,
}

/// Warms up for a quarter of `time`, then measures for `time`. Two submissions are under way at once, as in training, and each takes
/// as many steps as training on a terminal would put into it.
///
/// # Errors
/// Any [`EngineError`].
pub fn measure(engine: &mut dyn Engine, gan: &Gan, config: &Config, time: Duration) -> Result<Steps, EngineError> {
    let runs = gan.step(config.k);
    let work = |times| Work { runs: runs.clone(), times, reads: vec![gan.state.ring.clone()], ..Work::default() };
    let most = (RING_ROWS as u32 - config.metrics_every).min(config.checkpoint_every).min(config.sample_every).max(1);
    let affordable = |seconds: f64| match config.steps_per_submit {
        0 => (BUDGET.as_secs_f64() / seconds.max(1e-9)).clamp(1.0, f64::from(most)) as u32,
        fixed => fixed.min(most),
    };
    let mut per_submission = 1;
    let start = Instant::now();
    loop {
        engine.submit(&work(per_submission))?;
        let Some(done) = engine.collect(true)? else { break };
        per_submission = affordable(done.seconds / f64::from(per_submission));
        if start.elapsed() >= time / 4 {
            break;
        }
    }
    // The first of two in flight starts on an idle device.
    engine.submit(&work(per_submission))?;
    engine.submit(&work(per_submission))?;
    engine.collect(true)?;
    let mut seconds = Vec::new();
    let start = Instant::now();
    while seconds.len() < FEWEST || start.elapsed() < time {
        engine.submit(&work(per_submission))?;
        let Some(done) = engine.collect(true)? else { break };
        seconds.push(done.seconds / f64::from(per_submission));
    }
    while engine.collect(true)?.is_some() {}
    Ok(Steps { seconds: quartiles(&seconds), per_submission, submissions: seconds.len() })
}
