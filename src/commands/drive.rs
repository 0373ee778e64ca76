//! Drives a session on the terminal: ticks it, shows its events, and stops on Ctrl-C.

use super::Outcome;
use crate::{
    cli::Show,
    data,
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
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Work per tick: long enough to cost nothing, short enough that Ctrl-C and the bar feel prompt.
pub(super) const BUDGET: Duration = Duration::from_millis(100);

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
pub fn drive(mut session: Session, show: Show) -> Outcome {
    let interrupts = interrupts();
    let trainer = &session.trainer;
    let mut terminal = Terminal::new(show.progress, show.quiet, trainer.step(), trainer.config(), session.run.read_metrics());
    let start = Instant::now();
    let mut samples: Option<PathBuf> = None;
    while !session.trainer.ended() {
        let stop = interrupts.load(Ordering::SeqCst) > 0;
        if let Err(error) = step(&mut session, &mut terminal, &mut samples, stop) {
            terminal.abandon();
            return Err(error);
        }
    }
    let (trainer, run) = (&session.trainer, session.run.path());
    let path = run.display();
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
    Ok(ExitCode::from(INTERRUPTED))
}

fn step(session: &mut Session, terminal: &mut Terminal, samples: &mut Option<PathBuf>, stop: bool) -> Result<(), AnyError> {
    if stop {
        session.command(Command::Stop)?;
    }
    for (event, written) in session.tick(BUDGET)? {
        terminal.consume(&event, written.as_deref());
        if let Event::Preview(_) | Event::Figure(_) = event {
            *samples = written;
        }
    }
    Ok(())
}
