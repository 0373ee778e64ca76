//! What a trainer is told: changes of settings, updates by hand, and what is to be shown or saved now.

use super::{Pending, TrainError, Trainer, feed};
use crate::{
    config::Config,
    engine::{Work, cpu::CpuEngine},
    models::{Gan, RING_ROWS},
    plan::Plan,
    train::{Command, Event, Single},
};

impl Trainer {
    /// Takes a command; what it gives comes with the next ticks.
    ///
    /// # Errors
    /// [`TrainError`]: with a configuration or name that makes no sense the trainer is as before, with a failed device of no use.
    pub fn command(&mut self, command: Command) -> Result<(), TrainError> {
        match command {
            Command::Run => self.paused = false,
            Command::Pause => self.paused = true,
            Command::Update(single) => {
                self.paused = true;
                if !self.ended {
                    self.update(single)?;
                }
            }
            Command::Rates { d, g } => {
                self.change(|config| (config.lr_d, config.lr_g) = (d, g))?;
                self.upload_dials()?;
                self.told("lr_d", d.to_string());
                self.told("lr_g", g.to_string());
            }
            Command::K(k) => {
                // The device may be fed with too few batches at a time.
                if self.steps_staged(k.max(1)) > 0 {
                    self.change(|config| config.k = k)?
                } else {
                    self.replan(|config| config.k = k)?
                }
                self.told("k", k.to_string());
            }
            Command::Loss(loss) => {
                self.replan(|config| config.loss = loss)?;
                self.told.push(Event::Columns(self.gan.columns.clone()));
                self.told("loss", loss.name.into());
            }
            Command::Steps(steps) => {
                let steps = steps.max(self.submitted);
                self.change(|config| config.steps = steps)?;
                self.ended &= self.submitted >= steps;
                self.told("steps", steps.to_string());
            }
            Command::Save => {
                if self.unsaved() {
                    self.request_checkpoint()?;
                }
            }
            Command::Preview => self.request_preview(false)?,
            Command::Generate(latent) => {
                self.engine.upload(&self.gan.single.z, &latent)?;
                let reads = vec![self.gan.single.images.clone(), self.gan.single.logits.clone()];
                self.engine.submit(&Work { runs: vec![self.gan.run_single], times: 1, reads, ..Work::default() })?;
                self.pending.push_back(Pending::Single { step: self.submitted });
            }
            Command::Stop => self.stopping = true,
        }
        Ok(())
    }

    fn told(&mut self, key: &'static str, value: String) {
        self.changed = true;
        self.told.push(Event::Changed { step: self.submitted, key, value, config: Box::new(self.config.clone()) });
    }

    /// The configuration with a change, if that makes sense.
    fn changed(&self, change: impl FnOnce(&mut Config)) -> Result<Config, TrainError> {
        let mut config = self.config.clone();
        change(&mut config);
        config.validate()?;
        Ok(config)
    }

    /// Changes the configuration, if the result makes sense.
    fn change(&mut self, change: impl FnOnce(&mut Config)) -> Result<(), TrainError> {
        self.config = self.changed(change)?;
        Ok(())
    }

    /// A change that makes another plan, as another loss does: all values move to a new engine.
    fn replan(&mut self, change: impl FnOnce(&mut Config)) -> Result<(), TrainError> {
        let config = self.changed(change)?;
        let mut gan = Gan::build(&feed::spec(&config, &self.data, self.open.binding)?)?;
        let mut events = Vec::new();
        self.request_checkpoint()?;
        let mut snapshot = None;
        while let Some(done) = self.engine.collect(true)? {
            self.finished(done, &mut events)?;
        }
        for event in events {
            match event {
                Event::Checkpoint(checkpoint) => snapshot = Some(checkpoint),
                other => self.told.push(other),
            }
        }
        let Some(snapshot) = snapshot else { return Ok(()) };
        let before = self.engine.plan().clone();
        // The old engine's memory is given back before the new one asks for as much.
        self.engine = Box::new(CpuEngine::<f32>::open(Plan::default()));
        let opened = (self.open.open)(std::mem::take(&mut gan.plan));
        let failed = match opened {
            Ok(engine) => {
                (self.engine, self.gan, self.config) = (engine, gan, config);
                None
            }
            Err(error) => {
                self.engine = (self.open.open)(before)?;
                Some(error)
            }
        };
        let (saved, seconds_per_step) = (self.saved, self.seconds_per_step);
        self.upload_inputs()?;
        self.restore(&snapshot)?;
        (self.saved, self.seconds_per_step) = (saved, seconds_per_step);
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// One update by hand, with a fresh preview.
    fn update(&mut self, single: Single) -> Result<(), TrainError> {
        let (runs, updates_d) = match single {
            Single::D => (self.gan.update_d.runs().to_vec(), 1),
            Single::G => (self.gan.update_g.runs().to_vec(), 0),
            Single::Both => (self.gan.step(self.config.k), self.config.k),
        };
        if single == Single::G {
            self.carry_statistics_of_d()?;
        }
        let (step, is_step, drawn) = (self.submitted, single != Single::D, self.updates_d);
        self.updates_d += updates_d;
        self.stage(drawn)?;
        self.d_updated = !is_step;
        if is_step {
            self.start_steps(runs, 1)?;
        } else {
            self.engine.submit(&Work { runs, times: 1, reads: vec![self.gan.state.ring.clone()], ..Work::default() })?;
            self.pending.push_back(Pending::UpdateD { step });
        }
        self.request_preview(false)?;
        if is_step && self.submitted == self.config.steps {
            self.request_checkpoint()?;
        }
        Ok(())
    }

    /// A step without an update of D keeps the statistics of D's last update, instead of what the ring held 512 steps ago.
    fn carry_statistics_of_d(&mut self) -> Result<(), TrainError> {
        let (columns, of_d) = (self.gan.columns.len(), self.gan.columns_d);
        let row = |step: u32| step as usize % RING_ROWS * columns;
        if !self.d_updated && self.submitted > 0 {
            let mut ring = self.engine.download(&self.gan.state.ring)?;
            let from = row(self.submitted - 1);
            ring.copy_within(from..from + of_d, row(self.submitted));
            self.engine.upload(&self.gan.state.ring, &ring)?;
        }
        Ok(())
    }
}
