//! The run on a terminal: a bar where there is one, plain lines where not, JSON for programs.

use crate::{
    config,
    train::{Column, Event, Metrics, Plot, Trainer, diagnosis::Watch},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    cell::Cell,
    fmt::Display,
    io::{ErrorKind, IsTerminal as _, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
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

/// Writes a line to standard error, with settings as flags. Nothing that ganvas does depends on whether someone reads it.
pub fn note(text: impl Display) {
    let clear = if PASSING.swap(false, Ordering::Relaxed) { CLEAR } else { "" };
    let _ = writeln!(std::io::stderr(), "{clear}{}", with_flags(&text.to_string()));
}

/// Whether the line at the cursor is to be replaced.
static PASSING: AtomicBool = AtomicBool::new(false);

/// Goes to the beginning of the line and clears it.
const CLEAR: &str = "\r\x1b[K";

/// As [`note`], but on a terminal the next line takes its place.
pub fn passing(text: impl Display) {
    if !can_draw() {
        return note(text);
    }
    PASSING.store(true, Ordering::Relaxed);
    let mut out = std::io::stderr();
    let _ = write!(out, "{CLEAR}{text}").and_then(|()| out.flush());
}

/// The text with settings as a person at a command line writes them: where it says `` `device = "cpu"` ``, that is `--device cpu`.
pub fn with_flags(text: &str) -> String {
    let mut parts = text.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let Some(inside) = parts.next() {
        let after = parts.next();
        match (as_flag(inside), after) {
            (Some(flag), Some(after)) => out += &format!("{flag}{after}"),
            (_, Some(after)) => out += &format!("`{inside}`{after}"),
            (_, None) => out += &format!("`{inside}"),
        }
    }
    out
}

/// A setting, `key` or `key = value`, as a flag.
fn as_flag(setting: &str) -> Option<String> {
    let (key, value) = setting.split_once(" = ").map_or((setting, None), |(key, value)| (key, Some(value)));
    let name = config::is_key(key).then(|| key.replace('_', "-"))?;
    Some(match value.map(|value| value.trim_matches('"')) {
        None | Some("true") => format!("--{name}"),
        Some("false") => format!("--no-{name}"),
        Some(value) => format!("--{name} {value}"),
    })
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
    columns: Vec<Column>,
    watch: Watch,
}

impl Terminal {
    /// For a run as its trainer has it, with the metrics it has from before.
    pub fn new(progress: Progress, quiet: bool, trainer: &Trainer, metrics: Vec<Metrics>) -> Self {
        let (step, config) = (trainer.step(), trainer.config());
        let total = config.steps;
        let style = match progress {
            Progress::Json => Style::Json,
            _ if quiet => Style::Quiet,
            Progress::Auto if can_draw() => Style::Bar(bar(step, total)),
            _ => Style::Plain { next: Instant::now() },
        };
        Terminal { style, total, columns: trainer.columns().to_vec(), watch: Watch::new(config, metrics) }
    }

    /// Shows an event; `written` is the file it gave.
    pub fn consume(&mut self, event: &Event, written: Option<&Path>) {
        if let Event::Metrics(metrics) = event {
            self.warn(metrics);
        }
        if let Event::Columns(columns) = event {
            self.columns.clone_from(columns);
        }
        match (&mut self.style, event) {
            (Style::Bar(bar), Event::Metrics(metrics)) => bar.set_message(numbers(&self.columns, metrics)),
            (Style::Bar(bar), Event::Progress { step, .. }) => bar.set_position(u64::from(*step)),
            (Style::Bar(bar), Event::Finished { .. } | Event::Stopped { .. }) => bar.finish(),
            (Style::Plain { next }, Event::Metrics(metrics)) => {
                let now = Instant::now();
                if now >= *next || metrics.step == self.total {
                    *next = now + PLAIN_EVERY;
                    let left = f64::from(self.total.saturating_sub(metrics.step)) / metrics.steps_per_second.max(1e-9);
                    let eta = duration(left);
                    let (step, total, speed) = (metrics.step, self.total, metrics.steps_per_second);
                    note(format_args!("step {step}/{total} {speed:.0}/s eta {eta} {}", numbers(&self.columns, metrics)));
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

    /// Says once what goes wrong in the game between G and D, whatever the style: a run that learns nothing is not to go on unnoticed.
    fn warn(&mut self, metrics: &Metrics) {
        let Some(sentence) = self.watch.look(metrics) else { return };
        let step = metrics.step;
        match &self.style {
            Style::Bar(bar) => bar.println(format!("step {step}: {sentence}")),
            Style::Plain { .. } => note(format_args!("step {step}: {sentence}")),
            Style::Quiet => note(format_args!("warning: step {step}: {sentence}")),
            Style::Json => {
                let _ = print(serde_json::json!({ "warning": sentence, "step": step }));
            }
        }
    }

    /// Removes the bar, so that an error stands alone.
    pub fn abandon(&mut self) {
        if let Style::Bar(bar) = &self.style {
            bar.abandon();
        }
    }
}

/// Whether a bar can be drawn on standard error; one that cannot would swallow all that is said beside it.
fn can_draw() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !dumb && !ProgressDrawTarget::stderr().is_hidden()
}

/// Shows how many files of how many are read, once that takes a while; nothing where no bar can be drawn.
pub struct ReadingBar {
    bar: Option<ProgressBar>,
    start: Instant,
}

/// Reading that takes less than this needs no bar.
const BAR_AFTER: Duration = Duration::from_millis(700);

impl ReadingBar {
    /// A bar that is not to be seen yet.
    pub fn new(quiet: bool) -> Self {
        let bar = (!quiet && can_draw()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
            if let Ok(style) = ProgressStyle::with_template("reading  {bar:24} {pos}/{len} eta {eta}") {
                bar.set_style(style.progress_chars("━━╌"));
            }
            bar
        });
        ReadingBar { bar, start: Instant::now() }
    }

    /// `done` of `total` files are read.
    pub fn show(&self, done: usize, total: usize) {
        if let Some(bar) = self.bar.as_ref().filter(|_| self.start.elapsed() > BAR_AFTER) {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }
}

impl Drop for ReadingBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows how much of a file has come in: a bar, or lines where none can be drawn.
pub struct DownloadBar {
    name: &'static str,
    bytes: u64,
    bar: Option<ProgressBar>,
    quiet: bool,
    next: Cell<Instant>,
}

/// Time between lines on a download.
const DOWNLOAD_EVERY: Duration = Duration::from_secs(10);

impl DownloadBar {
    /// For a file of so many bytes.
    pub fn new(quiet: bool, name: &'static str, bytes: u64) -> Self {
        let bar = (!quiet && can_draw()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(10));
            if let Ok(style) = ProgressStyle::with_template("{msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec} eta {eta}") {
                bar.set_style(style.progress_chars("━━╌"));
            }
            bar.set_message(name);
            bar
        });
        DownloadBar { name, bytes, bar, quiet, next: Cell::new(Instant::now() + DOWNLOAD_EVERY) }
    }

    /// So many bytes are here.
    pub fn show(&self, here: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(here),
            None if !self.quiet && Instant::now() >= self.next.get() => {
                self.next.set(Instant::now() + DOWNLOAD_EVERY);
                note(format_args!("{}: {} of {} bytes", self.name, here, self.bytes));
            }
            None => {}
        }
    }

    /// A line beside the bar.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None if self.quiet => {}
            None => note(text),
        }
    }
}

impl Drop for DownloadBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
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

/// The curves' newest values, but for the norms: `loss D 1.234 G 0.789  D(x) 0.560 D(G(z)) 0.430  sign D(x) 0.612 p 0.034`.
fn numbers(columns: &[Column], m: &Metrics) -> String {
    let of = |plot: Plot| {
        let curve = |column: &Column| {
            let (_, name) = column.plot.filter(|(of, _)| *of == plot)?;
            Some(format!("{name} {:.3}", m.get(column.name)?))
        };
        columns.iter().filter_map(curve).collect::<Vec<_>>().join(" ")
    };
    let augmentation = of(Plot::Augmentation);
    let gap = if augmentation.is_empty() { "" } else { "  " };
    format!("loss {}  {}{gap}{augmentation}", of(Plot::Loss), of(Plot::Judgement))
}

/// `1:05`, `2:03:00`
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_shown_as_flags() {
        for (text, shown) in [
            ("take another device (`device = \"cpu\"`)", "take another device (--device cpu)"),
            ("a larger `r1`, or lower rates (`lr`)", "a larger --r1, or lower rates (--lr)"),
            ("`tune = false` or `rescale = true`", "--no-tune or --rescale"),
            ("`checkpoint_every = 5`", "--checkpoint-every 5"),
            ("no file or folder `nowhere`", "no file or folder `nowhere`"),
            ("`a.png` is 8 x 8, `b = c` and `", "`a.png` is 8 x 8, `b = c` and `"),
            ("", ""),
        ] {
            assert_eq!(with_flags(text), shown);
        }
    }
}
