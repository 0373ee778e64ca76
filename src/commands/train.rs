//! `ganvas`: a new run, in a window or with `--no-window` on the terminal.

use super::{Outcome, drive};
#[cfg(feature = "window")]
use crate::app;
use crate::{
    cli::{Show, TrainArgs},
    config::{self, Sources},
    engine::{DeviceKind, gpu},
    plan::amount,
    terminal::{Progress, note, passing, print},
    train::{
        Trainer, Wish,
        session::{self, READING, Session, WARNING},
    },
};
use std::{error::Error, process::ExitCode};

pub fn run(args: &TrainArgs) -> Outcome {
    let mut config = config::resolve(&Sources { file: args.config.clone(), set: &args.set, flags: Some(&args.flags) })?;
    if args.print_config {
        print(config.to_toml().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let say = &mut |topic, text: String| say(args.show, topic, &text);
    if args.print_plan || args.print_graph || args.dry_run {
        // Nothing is to be written, and nobody waits for a trial here.
        config.tune = false;
        let (trainer, _) = session::prepare(config, false, say)?;
        if args.print_graph {
            print_graph(&trainer)?;
        }
        if args.print_plan {
            print_plan(&trainer)?;
        }
        if args.dry_run {
            let (steps, batch) = (trainer.config().steps, trainer.config().batch);
            say("dry run", format!("everything is ready for {steps} steps of batch {batch}; nothing was written"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if !args.no_window {
        return window(Wish::New(Box::new(config)));
    }
    drive::drive(Session::create(config, say)?, args.show)
}

/// Says what to do where there is no window to open.
#[cfg(not(feature = "window"))]
pub fn window(_first: Wish) -> Outcome {
    Err("this build of ganvas has no window; train with --no-window, or build it with its default features".into())
}

/// Opens the window; prints where things are when it is closed.
#[cfg(feature = "window")]
pub fn window(first: Wish) -> Outcome {
    if let Some(line) = app::run(first)? {
        note(line);
    }
    Ok(ExitCode::SUCCESS)
}

/// A line of the head of a run. A warning is for every kind of output.
pub fn say(show: Show, topic: &str, text: &str) {
    match (topic == WARNING, show.progress, show.quiet) {
        (true, Progress::Json, _) => {
            let _ = print(serde_json::json!({ "warning": text }));
        }
        (_, Progress::Json, _) | (false, _, true) => {}
        (true, ..) => note(format_args!("warning: {text}")),
        (false, ..) if topic == READING => passing(format_args!("{topic:<8} {text}")),
        (false, ..) => note(format_args!("{topic:<8} {text}")),
    }
}

fn print_graph(trainer: &Trainer) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut text = String::new();
    trainer.gan().graph.print(&mut text)?;
    print(text.trim_end())?;
    Ok(())
}

fn print_plan(trainer: &Trainer) -> Result<(), Box<dyn Error + Send + Sync>> {
    // The CPU engine has no workgroups; it shows those of a GPU.
    let mut device = trainer.engine().info().clone();
    if device.kind == DeviceKind::CpuEngine {
        device.kind = DeviceKind::DiscreteGpu;
    }
    let tile = gpu::product_loop(&device).tile()?;
    let plan = trainer.engine().plan();
    let mut text = String::new();
    plan.print(&mut text, &|grid, size| gpu::workgroups(tile, grid, size))?;
    let step: Vec<&str> = trainer.gan().step(trainer.config().k).iter().map(|id| plan.sequence(*id).name).collect();
    let dispatches: usize = trainer.gan().step(trainer.config().k).iter().map(|id| plan.sequence(*id).dispatches.len()).sum();
    let [shared, alone] = [trainer.gan().shared.0, trainer.gan().shared.1].map(|elements| amount(4 * elements, "B"));
    text += &format!("{dispatches} dispatches a step; values within sequences share {shared}, each for itself they would take {alone}\n");
    print(format_args!("{text}one training step: {}", step.join(", ")))?;
    Ok(())
}
