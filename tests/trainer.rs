//! A trainer that is told to take another loss: another plan, and so another engine.

use crate::support::Guarded;
use ganvas::{
    config::{Config, Sources, resolve},
    data::{Request, load},
    engine::{Engine, EngineError, cpu::CpuEngine},
    models::LOSSES,
    plan::Plan,
    train::{Command, Event, Opener, TrainError, Trainer},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Counted while it lives.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Alive {
        count.fetch_add(1, Ordering::Relaxed);
        Alive(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Opens one engine at a time; the attempt of that number, counted from 0, finds no memory.
fn one_at_a_time(fails: Option<usize>) -> Opener {
    let (alive, opened) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let open = move |plan: Plan| -> Result<Box<dyn Engine>, EngineError> {
        assert_eq!(alive.load(Ordering::Relaxed), 0, "the engine before still holds its memory");
        if Some(opened.fetch_add(1, Ordering::Relaxed)) == fails {
            return Err(EngineError::OutOfMemory { device: "test GPU".into(), what: "a buffer".into() });
        }
        let token = Alive::new(&alive);
        let guard = move || {
            let _lives_as_long_as_the_engine = &token;
            Ok(())
        };
        Ok(Box::new(Guarded { engine: CpuEngine::open(plan), guard: Box::new(guard) }))
    };
    Opener { open: Box::new(open), binding: usize::MAX, memory: usize::MAX }
}

fn trainer(fails: Option<usize>) -> Trainer {
    let set = [
        "generator=linear 16, leaky_relu, linear image, tanh",
        "discriminator=linear 16, leaky_relu, linear 1",
        "batch=8",
        "steps=12",
        "samples=4",
        "steps_per_submit=4",
    ];
    let config: Config = resolve(&Sources { set: &set.map(String::from), ..Sources::default() }).unwrap();
    let data = load(&Request { source: "builtin".into(), count: 50, ..Request::default() }).unwrap();
    Trainer::new(config, Arc::new(data), None, one_at_a_time(fails)).unwrap()
}

/// Ticks to the end; the weights there.
fn finish(trainer: &mut Trainer) -> Vec<(String, Vec<f32>)> {
    let mut last = None;
    while !trainer.ended() {
        for event in trainer.tick(Duration::from_millis(20)).unwrap() {
            if let Event::Checkpoint(checkpoint) = event {
                last = Some(checkpoint);
            }
        }
    }
    last.unwrap().tensors.iter().map(|(name, (_, values))| (name.clone(), values.clone())).collect()
}

#[test]
fn another_loss_never_holds_two_engines() {
    let mut changed = trainer(None);
    changed.tick(Duration::ZERO).unwrap();
    changed.command(Command::Loss(&LOSSES[1])).unwrap();
    assert_eq!(changed.config().loss, &LOSSES[1]);
    assert_ne!(finish(&mut changed), finish(&mut trainer(None)), "the other loss trains otherwise");
}

#[test]
fn a_loss_for_which_there_is_no_memory_leaves_the_run_as_it_was() {
    let mut refused = trainer(Some(1));
    refused.tick(Duration::ZERO).unwrap();
    let error = refused.command(Command::Loss(&LOSSES[1])).unwrap_err();
    assert!(matches!(error, TrainError::Engine(EngineError::OutOfMemory { .. })), "{error}");
    assert_eq!(refused.config().loss, &LOSSES[0]);
    assert_eq!(finish(&mut refused), finish(&mut trainer(None)), "as if nobody had asked");
}
