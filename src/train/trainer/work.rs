//! What a trainer submits: steps, and between them previews and checkpoints.

use super::{Pending, TrainError, Trainer};
use crate::{engine::Work, models::RING_ROWS, plan::SequenceId, train::Event};
use std::time::Duration;

/// Submissions in flight: one runs while the next waits, so that the device does not idle.
const IN_FLIGHT: usize = 2;

impl Trainer {
    /// Works for about `budget`: submits steps that take about that long and gives the events of what has finished.
    ///
    /// # Errors
    /// [`TrainError`]; the trainer is of no use afterwards.
    pub fn tick(&mut self, budget: Duration) -> Result<Vec<Event>, TrainError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut events = std::mem::take(&mut self.told);
        match self.advance(budget, &mut events) {
            // What was right before comes first: it may hold a checkpoint.
            Err(error) if !events.is_empty() => self.failed = Some(error),
            result => result?,
        }
        Ok(events)
    }

    fn advance(&mut self, budget: Duration, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let halted = self.stopping || self.paused || self.ended;
        while self.pending.len() < IN_FLIGHT && self.submitted < self.config.steps && !halted {
            self.submit_steps(budget)?;
        }
        let wait = self.pending.len() >= IN_FLIGHT || self.submitted >= self.config.steps || halted;
        while let Some(done) = self.engine.collect(wait && events.is_empty() && !self.pending.is_empty())? {
            self.finished(done, events)?;
        }
        if self.pending.is_empty() && !self.ended && (self.stopping || self.submitted >= self.config.steps) {
            self.end(events)?;
        }
        Ok(())
    }

    /// Submits the next steps, up to where something else is due, and then that.
    fn submit_steps(&mut self, budget: Duration) -> Result<(), TrainError> {
        let first = self.submitted;
        let to_next = |every: u32| every - first % every;
        let affordable = match (self.config.steps_per_submit, self.seconds_per_step) {
            (0, Some(seconds)) => (budget.as_secs_f64() / seconds.max(1e-9)).clamp(1.0, RING_ROWS as f64) as u32,
            (0, None) => 1,
            (fixed, _) => fixed,
        };
        let left = self.config.steps - first;
        let dues = [self.config.metrics_every, self.config.checkpoint_every, self.config.sample_every];
        let most = affordable.min(left).min(self.steps_staged(self.config.k));
        let steps = dues.into_iter().map(to_next).fold(most, u32::min);
        let drawn = self.updates_d;
        self.updates_d += steps * self.config.k;
        self.stage(drawn)?;
        self.d_updated = false;
        self.start_steps(self.gan.step(self.config.k), steps)?;
        let end = self.submitted == self.config.steps;
        if end || self.submitted.is_multiple_of(self.config.sample_every) {
            self.request_preview(true)?;
        }
        if end || self.submitted.is_multiple_of(self.config.checkpoint_every) {
            self.request_checkpoint()?;
        }
        Ok(())
    }

    /// Submits `steps` rounds of `runs`; where they end at a line of metrics, with the images for its collapse meter.
    pub(super) fn start_steps(&mut self, runs: Vec<SequenceId>, steps: u32) -> Result<(), TrainError> {
        let first = self.submitted;
        self.submitted += steps;
        let mut work = Work { runs, times: steps, then: Vec::new(), reads: vec![self.gan.state.ring.clone()] };
        if self.submitted.is_multiple_of(self.config.metrics_every) || self.submitted == self.config.steps {
            work.then.push(self.gan.run_preview);
            work.reads.push(self.gan.preview.images.clone());
        }
        self.engine.submit(&work)?;
        self.pending.push_back(Pending::Steps { first, last: self.submitted });
        Ok(())
    }

    pub(super) fn request_preview(&mut self, kept: bool) -> Result<(), TrainError> {
        let mut runs = vec![self.gan.run_preview];
        let mut reads = vec![self.gan.preview.images.clone(), self.gan.preview.logits.clone()];
        if let Some(landscape) = &self.gan.landscape {
            runs.push(landscape.run);
            reads.extend([landscape.pushes.clone(), landscape.logits.clone()]);
        }
        self.engine.submit(&Work { runs, times: 1, reads, ..Work::default() })?;
        self.pending.push_back(Pending::Preview { step: self.submitted, kept });
        Ok(())
    }

    pub(super) fn request_checkpoint(&mut self) -> Result<(), TrainError> {
        let reads = self.gan.checkpoint_tensors().into_iter().cloned().collect();
        self.engine.submit(&Work { reads, ..Work::default() })?;
        self.pending.push_back(Pending::Checkpoint { step: self.submitted, updates_d: self.updates_d });
        Ok(())
    }

    /// Ends the run, with a checkpoint of where it stands unless one was just made.
    fn end(&mut self, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let complete = self.done >= self.config.steps;
        if !complete && self.unsaved() {
            self.request_checkpoint()?;
            while let Some(done) = self.engine.collect(true)? {
                self.finished(done, events)?;
            }
        }
        events.push(if complete { Event::Finished { step: self.done } } else { Event::Stopped { step: self.done } });
        self.ended = true;
        Ok(())
    }
}
