//! Panels: each reads the view, keeps its choices in the screen, and says what is wished. Adding one is a file and a row.

mod controls;
mod curves;
mod figure;
mod help;
mod middle;
mod new_run;
mod pad;
mod samples;
mod status;
mod toolbar;

use super::{Phase, Screen, View, screen::Outcome};
use crate::train::{Command, Wish};
use std::time::{Duration, Instant};

/// Where a panel stands.
#[derive(Clone, Copy)]
pub enum Place {
    /// Along the top.
    Top,
    /// On the left, so wide.
    Left(f32),
    /// On the right, so wide.
    Right(f32),
    /// Along the bottom, by name, so high; 0 for as high as its content.
    Bottom(&'static str, f32),
    /// What is left.
    Center,
    /// Above everything.
    Over,
}

/// A row of the table of panels.
pub struct Panel {
    /// Where.
    pub place: Place,
    /// Whether it is shown now.
    pub shown: fn(&Screen) -> bool,
    /// Draws it.
    pub show: fn(&mut egui::Ui, &View, &mut Screen, &mut Vec<Wish>),
}

/// All panels, those at the edges first.
pub static PANELS: [Panel; 8] = [
    Panel { place: Place::Top, shown: |_| true, show: toolbar::toolbar_ui },
    Panel { place: Place::Bottom("status", 0.0), shown: |_| true, show: status::status_ui },
    Panel { place: Place::Bottom("curves", 250.0), shown: |screen| screen.remembered.curves, show: curves::curves_ui },
    Panel { place: Place::Left(230.0), shown: |_| true, show: controls::controls_ui },
    Panel { place: Place::Right(260.0), shown: |screen| screen.remembered.pad, show: pad::pad_ui },
    Panel { place: Place::Center, shown: |_| true, show: middle::middle_ui },
    Panel { place: Place::Over, shown: |screen| screen.form.is_some(), show: new_run::new_run_ui },
    Panel { place: Place::Over, shown: |screen| screen.help, show: help::help_ui },
];

/// A window of its own in the middle of the screen.
pub fn dialog<'a>(ui: &egui::Ui, title: &'a str) -> egui::Window<'a> {
    let middle = ui.ctx().content_rect().center();
    egui::Window::new(title).collapsible(false).pivot(egui::Align2::CENTER_CENTER).default_pos(middle)
}

/// True where single updates make sense.
pub fn can_step(view: &View) -> bool {
    matches!(view.phase, Phase::Running | Phase::Paused) && view.info.is_some()
}

/// Runs what is paused, pauses what runs.
pub fn run_or_pause(view: &View, wishes: &mut Vec<Wish>) {
    match view.phase {
        Phase::Running => wishes.push(Wish::Command(Command::Pause)),
        Phase::Paused => wishes.push(Wish::Command(Command::Run)),
        _ => {}
    }
}

/// A new run like this one with the next seed.
pub fn restart(view: &View, wishes: &mut Vec<Wish>) {
    if let Some(info) = &view.info {
        let mut config = info.config.clone();
        config.seed = config.seed.wrapping_add(1);
        wishes.push(Wish::New(Box::new(config)));
    }
}

/// Lets a person choose a run to open, without holding up the window.
pub fn choose_run(screen: &Screen, ctx: &egui::Context) {
    choose(screen, ctx, "Open a run", Outcome::Run);
}

/// Lets a person choose a folder of images.
pub fn choose_images(screen: &Screen, ctx: &egui::Context) {
    choose(screen, ctx, "Choose a folder of images", Outcome::Images);
}

fn choose(screen: &Screen, ctx: &egui::Context, title: &'static str, outcome: fn(std::path::PathBuf) -> Outcome) {
    let (sender, ctx) = (screen.outcome.clone(), ctx.clone());
    let ask = move || {
        let asked = Instant::now();
        let outcome = match rfd::FileDialog::new().set_title(title).pick_folder() {
            Some(path) => outcome(path),
            // Nobody cancels that fast: there was no dialog.
            None if asked.elapsed() < Duration::from_millis(250) => Outcome::Told(
                "no file dialog is to be had here (on Linux a desktop portal or zenity gives one); drop the folder on the window instead"
                    .into(),
            ),
            None => return,
        };
        // A window that is gone has no use for it.
        let _ = sender.send(outcome);
        ctx.request_repaint();
    };
    if let Err(error) = std::thread::Builder::new().name("dialog".into()).spawn(ask) {
        let _ = screen.outcome.send(Outcome::Told(format!("cannot open a dialog: {error}")));
    }
}
