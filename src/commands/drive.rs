//! Drives a session on the terminal: ticks it, shows its events, and stops on Ctrl-C.

use super::Outcome;
use crate::{
    cli::Show,
    data,
    shell::quoted,
    signals::{self, Asked},
    terminal::{Progress, Terminal, duration, note, print},
    train::{
        Command, Event,
        session::{AnyError, Session},
    },
};
use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

/// Work per tick: long enough to cost nothing, short enough that Ctrl-C and the bar feel prompt.
pub(super) const BUDGET: Duration = Duration::from_millis(100);

/// What signals have asked for.
struct Asking {
    /// The exit code that a run is to end with; 0 while it is to go on.
    stop: AtomicU8,
    save: AtomicBool,
}

fn asking() -> &'static Asking {
    static ASKING: Asking = Asking { stop: AtomicU8::new(0), save: AtomicBool::new(false) };
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| {
        let hear = |asked| match asked {
            Asked::Save => ASKING.save.store(true, Ordering::SeqCst),
            // Whoever asks twice does not want to wait for the step to end.
            Asked::Stop(code) if ASKING.stop.swap(code, Ordering::SeqCst) > 0 => std::process::exit(i32::from(code)),
            Asked::Stop(_) => {}
        };
        if let Err(error) = signals::listen(hear) {
            note(format_args!("warning: Ctrl-C will not save ({error})"));
        }
    });
    &ASKING
}

/// Trains to the end.
///
/// # Errors
/// What stopped the run, with how to go on.
pub fn drive(mut session: Session, show: Show) -> Outcome {
    let asking = asking();
    let trainer = &session.trainer;
    let mut terminal = Terminal::new(show.progress, show.quiet, trainer, session.run.read_metrics());
    let start = Instant::now();
    let mut samples: Option<PathBuf> = None;
    while !session.trainer.ended() {
        let stop = asking.stop.load(Ordering::SeqCst) > 0;
        let save = asking.save.swap(false, Ordering::SeqCst);
        if let Err(error) = step(&mut session, &mut terminal, &mut samples, [stop, save]) {
            terminal.abandon();
            return Err(error);
        }
    }
    let (trainer, run) = (&session.trainer, session.run.path());
    let path = quoted(run);
    let finished = trainer.step() >= trainer.config().steps;
    if show.progress == Progress::Json {
        let _ = print(serde_json::json!({ "run": run, "step": trainer.step(), "finished": finished }));
    }
    if finished {
        if !show.quiet && show.progress != Progress::Json {
            let samples = samples.map(|path| format!("; samples in {}", path.display())).unwrap_or_default();
            note(format_args!("finished {} steps in {}{samples}", trainer.step(), duration(start.elapsed().as_secs_f64())));
            note(format_args!("more {}: ganvas sample {path}", data::items(&trainer.config().data)));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if show.progress != Progress::Json {
        match trainer.step() {
            0 => note(format_args!("stopped before the first step; nothing was saved in {path}")),
            step => note(format_args!("stopped and saved at step {step}; go on with: ganvas resume {path}")),
        }
    }
    Ok(ExitCode::from(asking.stop.load(Ordering::SeqCst)))
}

fn step(session: &mut Session, terminal: &mut Terminal, samples: &mut Option<PathBuf>, [stop, save]: [bool; 2]) -> Result<(), AnyError> {
    if stop {
        session.command(Command::Stop)?;
    } else if save {
        session.command(Command::Save)?;
    }
    for (event, written) in session.tick(BUDGET)? {
        terminal.consume(&event, written.as_deref());
        if let Event::Preview(_) | Event::Figure(_) = event {
            *samples = written;
        }
    }
    Ok(())
}
