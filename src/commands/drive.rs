//! Drives a trainer on the terminal: ticks it, hands its events to the run directory and the terminal, and stops on Ctrl-C.

use super::Outcome;
use crate::{
    cli::Show,
    config::Config,
    engine::EngineError,
    terminal::{Progress, Terminal, duration, note, print},
    train::{Command, Event, RunDir, TrainError, Trainer, run_dir},
};
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Work per tick: long enough to cost nothing, short enough that Ctrl-C and the bar feel prompt.
const BUDGET: Duration = Duration::from_millis(100);

/// What a shell expects of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Times that Ctrl-C was pressed.
fn interrupts() -> &'static AtomicU32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    static HANDLER: OnceLock<()> = OnceLock::new();
    HANDLER.get_or_init(|| {
        let handle = || {
            if COUNT.fetch_add(1, Ordering::SeqCst) > 0 {
                std::process::exit(i32::from(INTERRUPTED));
            }
        };
        if let Err(error) = ctrlc::set_handler(handle) {
            note(format_args!("warning: Ctrl-C will not save ({error})"));
        }
    });
    &COUNT
}

/// Trains to the end.
///
/// # Errors
/// What stopped the run, with how to go on.
pub fn drive(mut trainer: Trainer, mut run: RunDir, show: Show) -> Outcome {
    let interrupts = interrupts();
    let config = trainer.config();
    let mut terminal = Terminal::new(show.progress, show.quiet, trainer.step(), config.steps);
    super::train::say(show, "run", &run.path().display().to_string());
    run.log(&format!("training on {} ({}) from step {}", trainer.engine().info(), trainer.engine().variant(), trainer.step()))?;
    let start = Instant::now();
    let mut samples: Option<PathBuf> = None;
    loop {
        let stop = interrupts.load(Ordering::SeqCst) > 0;
        let stepped = step(&mut trainer, &mut run, &mut terminal, &mut samples, stop);
        if let Err(error) = stepped {
            terminal.abandon();
            // The log may be what failed; the error at hand matters more.
            let _ = run.log(&format!("failed: {error}"));
            return Err(with_way_on(&*error, run.path(), trainer.config()).into());
        }
        if trainer.ended() {
            break;
        }
    }
    let path = run.path().display();
    let finished = trainer.step() >= trainer.config().steps;
    if show.progress == Progress::Json {
        let _ = print(serde_json::json!({ "run": run.path(), "step": trainer.step(), "finished": finished }));
    }
    if finished {
        if !show.quiet && show.progress != Progress::Json {
            let samples = samples.map(|path| format!("; samples in {}", path.display())).unwrap_or_default();
            note(format_args!("finished {} steps in {}{samples}", trainer.step(), duration(start.elapsed().as_secs_f64())));
            note(format_args!("more images: ganvas sample {path}"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if show.progress != Progress::Json {
        match trainer.step() {
            0 => note(format_args!("stopped before the first step; nothing was saved in {path}")),
            step => note(format_args!("stopped and saved at step {step}; go on with: ganvas resume {path}")),
        }
    }
    Ok(ExitCode::from(INTERRUPTED))
}

fn step(
    trainer: &mut Trainer,
    run: &mut RunDir,
    terminal: &mut Terminal,
    samples: &mut Option<PathBuf>,
    stop: bool,
) -> Result<(), Box<dyn Error>> {
    if stop {
        trainer.command(Command::Stop)?;
    }
    for event in trainer.tick(BUDGET)? {
        let written = run.consume(&event)?;
        terminal.consume(&event, written.as_deref());
        if let Event::Preview(_) = event {
            *samples = written;
        }
    }
    Ok(())
}

/// Adds to an error what is kept and how to go on.
fn with_way_on(error: &(dyn Error + 'static), run: &Path, config: &Config) -> String {
    let kept = run_dir::newest_checkpoint(run);
    let run = run.display();
    let way_on = match error.downcast_ref::<TrainError>() {
        // Going on from the checkpoint would end at the same step.
        Some(TrainError::NonFinite { .. }) => {
            let lr = config.lr_g.min(config.lr_d) / 10.0;
            format!("try for example: ganvas --no-window --config {run}/config.toml --lr {lr:e}")
        }
        Some(TrainError::Engine(EngineError::DeviceLost { .. })) => {
            format!("go on with: ganvas resume {run} (or with --device cpu)")
        }
        _ => format!("go on with: ganvas resume {run}"),
    };
    match kept {
        Ok(kept) => format!("{error}\nkept: {}; {way_on}", kept.display()),
        Err(_) if way_on.starts_with("try") => format!("{error}\nno checkpoint had been written yet in {run}; {way_on}"),
        Err(_) => format!("{error}\nno checkpoint had been written yet in {run}"),
    }
}
