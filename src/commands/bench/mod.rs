//! `ganvas bench`: how fast this device trains, where the time goes, and how far that is from what the device can do.

mod ceiling;
mod kernels;
mod profile;
mod report;
mod samples;
mod sizes;
mod step;

use super::Outcome;
use crate::{
    cli::BenchArgs,
    config::{self, Sources},
    engine::devices,
    terminal::{note, print},
    train::session,
};
use std::{process::ExitCode, time::Duration};

/// Largest number of seconds for `--seconds`: a day.
const MOST_SECONDS: f64 = 86_400.0;

pub fn run(args: &BenchArgs) -> Outcome {
    if !(args.seconds > 0.0 && args.seconds <= MOST_SECONDS) {
        return Err(format!("--seconds {}: must be above 0 and at most {MOST_SECONDS}", args.seconds).into());
    }
    let time = Duration::from_secs_f64(args.seconds);
    let mut config = config::resolve(&Sources { file: args.config.clone(), set: &args.set, flags: Some(&args.flags) })?;
    if args.sizes {
        let plot = sizes::plot_path(args.plot.as_deref(), args.force)?;
        sizes::run(&config, time, args.json, plot.as_deref())?;
        return Ok(ExitCode::SUCCESS);
    }
    let choice = devices::choose(&config.device)?;
    let say = &mut |topic, text: String| note(format_args!("{topic:<8} {text}"));
    if args.kernels {
        config.tune = false;
        let (config, gan, engine) = session::prepare(config, false, say)?.0.into_parts()?;
        let products = engine.plan().products(&gan.step(config.k));
        drop(engine);
        return kernels::run(&choice, &products, time, args.json);
    }
    let (trainer, _) = session::prepare(config, false, say)?;
    let (config, gan, mut engine) = trainer.into_parts()?;
    let step = gan.step(config.k);
    let measured = step::measure(&mut *engine, &gan, &config, time)?;
    let kernels = profile::measure(&mut *engine, &step, time / 2)?;
    let facts = report::Facts::of(&*engine, &config, &step);
    let storage = engine.plan().storage;
    drop(engine);
    let ceiling = ceiling::measure(&choice, storage)?;
    let report = report::Report::new(facts, &measured, &ceiling, kernels);
    if args.json {
        print(serde_json::to_string_pretty(&report)?)?;
    } else {
        print(report.text()?.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}
