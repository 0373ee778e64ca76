//! The run on a terminal: a bar where there is one, plain lines where not, JSON for programs.

use crate::{
    config::Config,
    train::{
        Event, Metrics,
        diagnosis::{State, diagnose},
    },
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    fmt::Display,
    io::{ErrorKind, IsTerminal as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

/// Writes a result to standard output, with a line's end. A reader that is gone (`| head`) has what it wants.
///
/// # Errors
/// Where standard output cannot be written for another reason, such as a full disk.
pub fn print(text: impl Display) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write to standard output: {error}")),
        _ => Ok(()),
    }
}

/// Writes a line to standard error. Nothing that ganvas does depends on whether someone reads it.
pub fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// How progress is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Progress {
    /// A bar on a terminal, plain lines elsewhere.
    Auto,
    /// Plain lines.
    Plain,
    /// One JSON object per line of metrics, on standard output.
    Json,
}

enum Style {
    Bar(ProgressBar),
    Plain { next: Instant },
    Json,
    Quiet,
}

/// Time between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(2);

/// Consumes events and shows them on standard error.
pub struct Terminal {
    style: Style,
    total: u32,
    config: Config,
    metrics: Vec<Metrics>,
    /// Troubles that were told already.
    told: Vec<State>,
}

impl Terminal {
    /// For a run that starts at `step`, with the metrics it has from before.
    pub fn new(progress: Progress, quiet: bool, step: u32, config: &Config, metrics: Vec<Metrics>) -> Self {
        let total = config.steps;
        let style = match progress {
            Progress::Json => Style::Json,
            _ if quiet => Style::Quiet,
            Progress::Auto if std::io::stderr().is_terminal() => Style::Bar(bar(step, total)),
            _ => Style::Plain { next: Instant::now() },
        };
        Terminal { style, total, config: config.clone(), metrics, told: Vec::new() }
    }

    /// Shows an event; `written` is the file it gave.
    pub fn consume(&mut self, event: &Event, written: Option<&Path>) {
        if let Event::Metrics(metrics) = event {
            self.metrics.push(metrics.clone());
            self.warn();
        }
        match (&mut self.style, event) {
            (Style::Bar(bar), Event::Metrics(metrics)) => bar.set_message(numbers(metrics)),
            (Style::Bar(bar), Event::Progress { step, .. }) => bar.set_position(u64::from(*step)),
            (Style::Bar(bar), Event::Finished { .. } | Event::Stopped { .. }) => bar.finish(),
            (Style::Plain { next }, Event::Metrics(metrics)) => {
                let now = Instant::now();
                if now >= *next || metrics.step == self.total {
                    *next = now + PLAIN_EVERY;
                    let left = f64::from(self.total.saturating_sub(metrics.step)) / metrics.steps_per_second.max(1e-9);
                    let eta = duration(left);
                    let (step, total, speed) = (metrics.step, self.total, metrics.steps_per_second);
                    note(format_args!("step {step}/{total} {speed:.0}/s eta {eta} {}", numbers(metrics)));
                }
            }
            (Style::Json, Event::Metrics(metrics)) => {
                // A closed pipe ends the reader's interest, not the training.
                let _ = print(serde_json::to_string(metrics).unwrap_or_default());
            }
            (Style::Json, Event::Preview(_) | Event::Figure(_) | Event::Checkpoint(_)) => {
                if let Some(path) = written {
                    let _ = print(serde_json::json!({ "wrote": path }));
                }
            }
            _ => {}
        }
    }

    /// Says once what goes wrong in the game between G and D.
    fn warn(&mut self) {
        let diagnosis = diagnose(&self.metrics, &self.config);
        if !diagnosis.state.is_trouble() || self.told.contains(&diagnosis.state) {
            return;
        }
        self.told.push(diagnosis.state);
        let step = self.metrics.last().map_or(0, |metrics| metrics.step);
        let line = format!("step {step}: {}", diagnosis.sentence);
        match &self.style {
            Style::Bar(bar) => bar.println(line),
            Style::Plain { .. } => note(line),
            Style::Json | Style::Quiet => {}
        }
    }

    /// Removes the bar, so that an error stands alone.
    pub fn abandon(&mut self) {
        if let Style::Bar(bar) = &self.style {
            bar.abandon();
        }
    }
}

fn bar(step: u32, total: u32) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(u64::from(total)), ProgressDrawTarget::stderr_with_hz(10));
    let template = "{bar:24} {pos}/{len} {per_sec:>9} eta {eta} {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        let per_sec = |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{:.0}/s", state.per_sec());
        };
        bar.set_style(style.with_key("per_sec", per_sec).progress_chars("━━╌"));
    }
    bar.set_position(u64::from(step));
    bar.reset_eta();
    bar
}

fn numbers(m: &Metrics) -> String {
    format!("loss D {:.3} G {:.3}  D(x) {:.2}  D(G(z)) {:.2}", m.loss_d, m.loss_g, m.d_real, m.d_fake)
}

/// `1:05`, `2:03:00`
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
