//! `ganvas resume`: goes on with a run exactly where its newest checkpoint left it.

use super::{Outcome, drive, train};
use crate::{
    cli::ResumeArgs,
    engine::devices,
    terminal::note,
    train::{RunDir, Trainer, run_dir},
};
use std::sync::Arc;

pub fn run(args: &ResumeArgs) -> Outcome {
    if args.run.is_file() {
        return Err(format!("{} is a file; give the run directory", args.run.display()).into());
    }
    let newest = run_dir::newest_checkpoint(&args.run)?;
    let mut config = run_dir::read_config(&args.run)?;
    let checkpoint = run_dir::read_checkpoint(&newest)?;
    let differences = checkpoint.config.differences(&config);
    if !differences.is_empty() {
        let line = |(key, then, now): &(String, String, String)| format!("\n  {key}: {then} in the checkpoint, {now} in config.toml");
        let lines: String = differences.iter().map(line).collect();
        let hint = "restore these values in config.toml, or start a new run with --config";
        return Err(format!("the checkpoint {} is of another configuration:{lines}\n{hint}", newest.display()).into());
    }
    if let Some(steps) = args.steps {
        config.steps = steps;
        config.validate()?;
    }
    if let Some(device) = &args.device {
        config.device.clone_from(device);
    }
    if let Some(data) = &args.data {
        config.data.clone_from(data);
    }
    if checkpoint.step >= config.steps {
        let (step, run) = (checkpoint.step, args.run.display());
        let more = step.saturating_mul(2);
        return Err(format!("{run} has done its {step} steps already; go on with: ganvas resume {run} --steps {more}").into());
    }
    // Taken before anything is changed: a second process must not get in between.
    let mut dir = RunDir::open(args.run.clone(), config.keep_checkpoints)?;
    let choice = devices::choose(&config.device)?;
    train::say(args.show, "device", &format!("{}; {}", choice.info, choice.why));
    let data = train::load(&config, args.show)?;
    let open = Box::new(move |plan| devices::open(&choice, plan));
    let mut trainer = Trainer::new(config, Arc::new(data), Some(&checkpoint), open)?;
    train::describe(&trainer, args.show);
    train::say(args.show, "resume", &format!("from step {} of {}", checkpoint.step, newest.display()));
    let variant = trainer.engine().variant();
    if variant != checkpoint.variant {
        let text = format!(
            "the checkpoint was computed by '{}', this device computes as '{variant}': training goes on, but not bit for bit",
            checkpoint.variant
        );
        note(format_args!("note: {text}"));
        dir.log(&text)?;
    }
    trainer.continue_clock(dir.rewind_metrics(checkpoint.step)?);
    dir.write_config(trainer.config())?;
    drive::drive(trainer, dir, args.show)
}
