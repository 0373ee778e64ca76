//! What comes back from the engine, as events.

use super::{Pending, TrainError, Trainer};
use crate::{
    data::Distribution,
    engine::Done,
    figure::{self, Figure},
    layers::Extent,
    models::GanSpec,
    train::{Checkpoint, Event, Preview, metrics::Ring},
};
use std::{collections::BTreeMap, sync::Arc};

impl Trainer {
    /// Takes in what the oldest submission in flight gave.
    pub(super) fn finished(&mut self, done: Done, events: &mut Vec<Event>) -> Result<(), TrainError> {
        match self.pending.pop_front() {
            Some(Pending::Steps { first, last }) => self.steps_finished(first, last, &done, events),
            Some(Pending::UpdateD { step }) => self.update_d_finished(step, &done, events),
            Some(Pending::Preview { step, kept }) => {
                events.push(match self.data.distribution() {
                    Some(distribution) => Event::Figure(self.figure(distribution, step, done.reads, kept)?),
                    None => Event::Preview(self.preview(step, &done.reads, kept)),
                });
                Ok(())
            }
            Some(Pending::Single { step }) => {
                events.push(Event::Generated(self.preview(step, &done.reads, false)));
                Ok(())
            }
            Some(Pending::Checkpoint { step, updates_d }) => {
                self.saved = (step, updates_d);
                self.changed = false;
                events.push(Event::Checkpoint(Arc::new(self.checkpoint(step, updates_d, done.reads))));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn steps_finished(&mut self, first: u32, last: u32, done: &Done, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let ring = Ring { values: &done.reads[0], columns: &self.gan.columns };
        let bad = ring.first_bad(first, last);
        let good = bad.map_or(last, |(step, _)| step);
        self.done = good;
        self.seconds += done.seconds;
        let seconds_per_step = done.seconds / f64::from(last - first);
        self.seconds_per_step = Some(seconds_per_step);
        // Images came along where the submission ended at a line of metrics; none goes beyond one.
        if let (None, Some(images)) = (bad, done.reads.get(1)) {
            let mut metrics = ring.metrics(last, self.config.metrics_every);
            let data_updates = f64::from(self.updates_d) - f64::from(self.submitted - last) * f64::from(self.config.k);
            metrics.epoch = data_updates / (self.data.count / self.config.batch) as f64;
            metrics.seconds = self.seconds;
            metrics.diversity = self.diversity.share(images);
            let elapsed = (metrics.seconds - self.last_line.1).max(1e-9);
            metrics.steps_per_second = f64::from(last - self.last_line.0) / elapsed;
            self.last_line = (last, metrics.seconds);
            events.push(Event::Metrics(metrics));
        }
        events.push(Event::Progress { step: good, steps_per_second: 1.0 / seconds_per_step.max(1e-9) });
        match bad {
            Some((step, what)) => Err(TrainError::NonFinite { step: step + 1, what }),
            None => Ok(()),
        }
    }

    /// Numbers of an update of D alone, made by hand: D's of this step, G's of the step before.
    fn update_d_finished(&mut self, step: u32, done: &Done, events: &mut Vec<Event>) -> Result<(), TrainError> {
        let ring = Ring { values: &done.reads[0], columns: &self.gan.columns };
        if let Some((_, what)) = ring.first_bad(step, step + 1) {
            return Err(TrainError::NonFinite { step: step + 1, what });
        }
        let mut metrics = ring.metrics(step + 1, 1);
        metrics.seconds = self.seconds;
        metrics.epoch = f64::from(self.updates_d) / (self.data.count / self.config.batch) as f64;
        events.push(Event::UpdatedD(metrics));
        Ok(())
    }

    /// Images and logits as read back.
    fn preview(&self, step: u32, reads: &[Vec<f32>], kept: bool) -> Preview {
        let [channels, height, width] = self.identity.shape;
        let verdicts = Arc::new(sigmoids(&reads[1]));
        let (images, points) = match self.gan.source.points {
            true => (Vec::new(), reads[0].clone()),
            false => {
                let images = Extent::from(self.identity.shape).planar(&reads[0]);
                (to_bytes(&images, (self.gan.source.low, self.gan.source.high)), Vec::new())
            }
        };
        let shape = [verdicts.len(), channels, height, width];
        Preview { step, images: Arc::new(images), points: Arc::new(points), shape, verdicts, kept }
    }

    /// Points, logits, pushes and D on the grid as read back.
    fn figure(&self, distribution: &'static Distribution, step: u32, reads: Vec<Vec<f32>>, kept: bool) -> Result<Figure, TrainError> {
        let spec = GanSpec::new(&self.config, self.data.shape(), self.data.count);
        let shown = figure::REALS.min(self.data.count) * self.data.pixels();
        let [generated, logits, pushes, surface] = <[_; 4]>::try_from(reads).unwrap_or_default();
        Ok(Figure {
            step,
            kept,
            distribution,
            reals: Arc::new(self.data.reals()[..shown].to_vec()),
            latent: spec.latent,
            latents: Arc::new(spec.preview_latents()),
            generated: Arc::new(generated),
            verdicts: Arc::new(sigmoids(&logits)),
            pushes: Arc::new(pushes),
            surface: Arc::new(sigmoids(&surface)),
        })
    }

    fn checkpoint(&self, step: u32, updates_d: u32, reads: Vec<Vec<f32>>) -> Checkpoint {
        let tensors = self.gan.checkpoint_tensors().into_iter().zip(reads);
        Checkpoint {
            step,
            updates_d,
            variant: self.engine.variant(),
            data: self.identity.clone(),
            config: self.config.clone(),
            tensors: tensors.map(|(t, values)| (t.name.to_string(), (t.shape.clone(), values))).collect::<BTreeMap<_, _>>(),
        }
    }
}

/// What D says, from its logits.
pub fn sigmoids(logits: &[f32]) -> Vec<f32> {
    logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect()
}

/// Values in `range` as bytes, always by the same mapping, so that a loss of contrast shows.
pub fn to_bytes(values: &[f32], (low, high): (f32, f32)) -> Vec<u8> {
    values.iter().map(|v| ((v - low) / (high - low) * 255.0).round().clamp(0.0, 255.0) as u8).collect()
}
