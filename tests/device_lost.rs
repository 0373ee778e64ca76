//! A device that is lost in the middle of a run: the run stops with an error that says so, its checkpoints are whole, and going on
//! from the newest ends with the bits of a run that was never interrupted.

use crate::support::Guarded;
use ganvas::{
    config::{Config, Sources, resolve},
    data::{DataSet, Request, load},
    engine::{Engine, EngineError, cpu::CpuEngine},
    plan::Plan,
    train::{Checkpoint, Event, Opener, RunDir, TrainError, Trainer, run_dir},
};
use std::{sync::Arc, time::Duration};

fn config(out: &std::path::Path) -> Config {
    let set = [
        "generator=linear 16, leaky_relu, linear image, tanh",
        "discriminator=linear 16, leaky_relu, linear 1",
        "batch=8",
        "steps=40",
        "checkpoint_every=10",
        "sample_every=20",
        "samples=4",
        "steps_per_submit=4",
    ];
    let mut config = resolve(&Sources { set: &set.map(String::from), ..Sources::default() }).unwrap();
    config.out = out.into();
    config
}

fn images() -> DataSet {
    load(&Request { source: "builtin".into(), count: 50, ..Request::default() }).unwrap()
}

/// Ticks until the end; the last checkpoint.
fn finish(trainer: &mut Trainer, run: &mut RunDir) -> Result<Option<Arc<Checkpoint>>, TrainError> {
    let mut last = None;
    while !trainer.ended() {
        for event in trainer.tick(Duration::from_millis(20))? {
            run.consume(&event).unwrap();
            if let Event::Checkpoint(checkpoint) = event {
                last = Some(checkpoint);
            }
        }
    }
    Ok(last)
}

#[test]
fn what_was_saved_before_the_loss_goes_on_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data) = (config(folder.path()), Arc::new(images()));
    let healthy = || -> Opener {
        Opener { open: Box::new(|plan| Ok(Box::new(CpuEngine::<f32>::open(plan)))), binding: usize::MAX, memory: usize::MAX }
    };

    let mut whole = Trainer::new(config.clone(), data.clone(), None, healthy()).unwrap();
    let mut run = RunDir::create(&config, "whole").unwrap();
    let expected = finish(&mut whole, &mut run).unwrap().unwrap();
    assert_eq!(expected.step, 40);

    let open = |plan: Plan| -> Result<Box<dyn Engine>, EngineError> {
        let mut left = 12u32;
        let guard = move || {
            let lost = EngineError::DeviceLost { device: "test GPU".into(), reason: "pulled out".into() };
            left = left.checked_sub(1).ok_or(lost)?;
            Ok(())
        };
        Ok(Box::new(Guarded { engine: CpuEngine::open(plan), guard: Box::new(guard) }))
    };
    let failing = Opener { open: Box::new(open), binding: usize::MAX, memory: usize::MAX };
    let mut lost = Trainer::new(config.clone(), data.clone(), None, failing).unwrap();
    let mut run = RunDir::create(&config, "lost").unwrap();
    let error = finish(&mut lost, &mut run).unwrap_err();
    assert_eq!(error.to_string(), "the device test GPU was lost: pulled out");

    let kept = run_dir::newest_checkpoint(run.path()).unwrap();
    let kept = run_dir::read_checkpoint(&kept).unwrap();
    assert!((10..40).contains(&kept.step), "a checkpoint from before the loss, at {}", kept.step);
    let mut resumed = Trainer::new(config, data, Some(&kept), healthy()).unwrap();
    run.rewind_metrics(kept.step).unwrap();
    let end = finish(&mut resumed, &mut run).unwrap().unwrap();
    assert_eq!(end.to_bytes().unwrap(), expected.to_bytes().unwrap());
    let metrics = |name: &str| std::fs::read_to_string(folder.path().join(name).join("metrics.jsonl")).unwrap().lines().count();
    assert_eq!(metrics("0001-whole"), metrics("0002-lost"));
}
