//! `ganvas --no-window`: a new run.

use super::{Outcome, drive};
use crate::{
    cli::{Show, TrainArgs},
    config::{self, Config, Sources},
    data::{self, DataSet},
    engine::{DeviceKind, devices, gpu},
    terminal::{Progress, note, print},
    train::{RunDir, Trainer},
};
use std::{error::Error, process::ExitCode, sync::Arc, time::Instant};

pub fn run(args: &TrainArgs) -> Outcome {
    let config = config::resolve(&Sources { file: args.config.clone(), set: &args.set, flags: Some(&args.flags) })?;
    if args.print_config {
        print(config.to_toml().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    if !args.no_window && !args.print_plan && !args.dry_run {
        return Err("this version has no window yet; train on the terminal with: ganvas --no-window".into());
    }
    let choice = devices::choose(&config.device)?;
    say(args.show, "device", &format!("{}; {}", choice.info, choice.why));
    let data = load(&config, args.show)?;
    let name = format!("{}-{}", data.name, config.preset);
    let data = Arc::new(data);
    let trainer = Trainer::new(config, data.clone(), None, Box::new(move |plan| devices::open(&choice, plan)))?;
    if args.print_plan {
        print_plan(&trainer)?;
        return Ok(ExitCode::SUCCESS);
    }
    describe(&trainer, args.show);
    if args.dry_run {
        let config = trainer.config();
        say(
            args.show,
            "dry run",
            &format!("everything is ready for {} steps of batch {}; nothing was written", config.steps, config.batch),
        );
        return Ok(ExitCode::SUCCESS);
    }
    let run = RunDir::create(trainer.config(), &name)?;
    let previews = trainer.config().samples.min(data.count);
    let reals = run.write_reals(&data.images[..previews * data.pixels()], [previews, data.channels, data.height, data.width]);
    if let Err(error) = reals {
        run.discard();
        return Err(error.into());
    }
    drive::drive(trainer, run, args.show)
}

/// Loads the configured images and says what they are.
pub fn load(config: &Config, show: Show) -> Result<DataSet, Box<dyn Error>> {
    let start = Instant::now();
    let Config { data: source, size, channels, data_count: count, data_seed: seed, .. } = config.clone();
    let data = data::load(&data::Request { source, size, channels, count, seed })?;
    let colour = if data.channels == 1 { "grey" } else { "colour" };
    let classes = if data.classes.is_empty() { String::new() } else { format!(", {} classes", data.classes.len()) };
    let DataSet { name, count, width, height, .. } = &data;
    let seconds = start.elapsed().as_secs_f64();
    say(show, "data", &format!("{name}: {count} images, {width}x{height} {colour}{classes} ({seconds:.1} s)"));
    Ok(data)
}

/// A line of the head of a run.
pub fn say(show: Show, topic: &str, text: &str) {
    if !show.quiet && show.progress != Progress::Json {
        note(format_args!("{topic:<8} {text}"));
    }
}

/// Networks and settings in two lines.
pub fn describe(trainer: &Trainer, show: Show) {
    let gan = trainer.gan();
    let count = |player: &crate::models::Player| player.network.parameter_count();
    let (g, d) = (count(&gan.generator), count(&gan.discriminator));
    let memory = crate::plan::amount(trainer.engine().memory_bytes(), "B");
    say(show, "networks", &format!("G {g} parameters, D {d} parameters; {memory} on the device"));
    let c = trainer.config();
    let penalty = if c.r1 > 0.0 { format!(", R1 {}", c.r1) } else { String::new() };
    say(
        show,
        "training",
        &format!("{} steps of batch {}, {} loss{penalty}, {} lr G {} D {}", c.steps, c.batch, c.loss, c.optimizer, c.lr_g, c.lr_d),
    );
}

fn print_plan(trainer: &Trainer) -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    // The CPU engine has no workgroups; it shows those of a GPU.
    let kind = match trainer.engine().info().kind {
        DeviceKind::CpuEngine => DeviceKind::DiscreteGpu,
        kind => kind,
    };
    let tile = gpu::product_loop(kind).tile()?;
    let plan = trainer.engine().plan();
    plan.print(&mut text, &|grid, size| gpu::workgroups(tile, grid, size))?;
    let step: Vec<&str> = trainer.gan().step(trainer.config().k).iter().map(|id| plan.sequences[id.0].name).collect();
    print(format_args!("{text}one training step: {}", step.join(", ")))?;
    Ok(())
}
