//! The window: watch it learn. It sends wishes to the trainer's thread and shows what that tells; neither waits for the other.

mod export;
mod form;
mod loupe;
mod panels;
mod screen;
mod theme;
mod view;

pub use form::Form;
pub use screen::{Beside, Remembered, Screen};
pub use theme::apply as style;
pub use view::{Phase, View};

use crate::{
    shell::quoted,
    signals::{self, Asked},
    train::{Command, Single, Wish, worker::Link},
};
use eframe::{
    SurfaceConfig,
    wgpu::{DeviceType, PresentMode},
};
use egui::Key;
use panels::{PANELS, Panel, Place};
use screen::{Asking, Outcome};
use std::{
    io::Write as _,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// No display.
    #[error("there is no display to open a window on ({0}); train on the terminal with: ganvas --no-window")]
    NoDisplay(String),
    /// Nothing to draw with.
    #[error("cannot draw a window here ({0}); train on the terminal with: ganvas --no-window")]
    NoDrawing(String),
}

/// The window's state: testable without a window.
pub struct App {
    link: Option<Link>,
    /// What is shown.
    pub view: View,
    /// How it is looked at.
    pub screen: Screen,
}

/// Previews per second that the window asks for while it is looked at.
const PREVIEW_EVERY: Duration = Duration::from_millis(100);

/// Time between frames that only show progress.
const FRAME: Duration = Duration::from_millis(50);

/// Both of these where the processor draws: a frame then takes tens of milliseconds of its cores, and input waits for the one under way.
const SLOW_FRAME: Duration = Duration::from_millis(250);

/// Time for which a notice stays.
const NOTICE: Duration = Duration::from_secs(6);

impl App {
    /// The window on a link; `wishes` go first.
    pub fn new(link: Link, remembered: Remembered, wishes: impl IntoIterator<Item = Wish>) -> App {
        for wish in wishes {
            link.wish(wish);
        }
        App { link: Some(link), view: View::default(), screen: Screen::new(remembered) }
    }

    /// Reads what was told. True where something was.
    pub fn listen(&mut self) -> bool {
        let notes = self.link.as_ref().map(Link::read).unwrap_or_default();
        let heard = !notes.is_empty();
        for note in notes {
            self.view.fold(note);
        }
        heard
    }

    /// Sends a wish.
    pub fn wish(&mut self, wish: Wish) {
        match &wish {
            Wish::New(_) | Wish::Open(_) => {
                self.view.prepare();
                self.screen.past = None;
                self.screen.rates = None;
                self.screen.pad.asking = Asking::new();
                self.screen.neighbours = Asking::new();
            }
            Wish::Command(Command::Run) if matches!(self.view.phase, Phase::Paused) => self.view.phase = Phase::Running,
            Wish::Command(Command::Pause | Command::Update(_)) if matches!(self.view.phase, Phase::Running) => {
                self.view.phase = Phase::Paused;
            }
            _ => {}
        }
        if !self.link.as_ref().is_some_and(|link| link.wish(wish)) {
            self.view.notify("the trainer has ended; start ganvas again".into());
        }
    }

    /// Draws everything and takes input.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let mut wishes = Vec::new();
        self.background(&mut wishes);
        self.keys(ui);
        self.dropped(ui, &mut wishes);
        let App { view, screen, .. } = self;
        for Panel { place, shown, show } in &PANELS {
            if !shown(screen) {
                continue;
            }
            let mut show = |ui: &mut egui::Ui| show(ui, view, screen, &mut wishes);
            match *place {
                Place::Top => drop(egui::Panel::top("top").show(ui, &mut show)),
                Place::Left(size) => drop(egui::Panel::left("left").default_size(size).min_size(190.0).show(ui, |ui| {
                    egui::ScrollArea::vertical().show(ui, &mut show);
                })),
                Place::Right(size) => drop(egui::Panel::right("right").default_size(size).min_size(200.0).show(ui, &mut show)),
                Place::Bottom(id, size) => {
                    let panel = egui::Panel::bottom(id);
                    let panel = if size > 0.0 { panel.default_size(size).min_size(120.0).resizable(true) } else { panel.resizable(false) };
                    drop(panel.show(ui, &mut show));
                }
                Place::Center => drop(egui::CentralPanel::default().show(ui, &mut show)),
                Place::Over => show(ui),
            }
        }
        self.ask_for_previews(ui, &mut wishes);
        for wish in wishes {
            self.wish(wish);
        }
        self.apply(ui.ctx());
        if self.view.notice.as_ref().is_some_and(|(_, since)| since.elapsed() > NOTICE) {
            self.view.notice = None;
        }
    }

    /// What background tasks came to.
    fn background(&mut self, wishes: &mut Vec<Wish>) {
        while let Ok(outcome) = self.screen.outcomes.try_recv() {
            match outcome {
                Outcome::Images(path) => self.screen.form = Some(form::Form::with_data(&self.view, &path)),
                Outcome::Run(path) => wishes.push(Wish::Open(path)),
                Outcome::Told(text) => self.view.notify(text),
            }
        }
    }

    /// Shortcuts, in the order in which they were pressed.
    fn keys(&mut self, ui: &egui::Ui) {
        if ui.ctx().egui_wants_keyboard_input() || self.screen.form.is_some() {
            if ui.input(|i| i.key_pressed(Key::Escape)) {
                self.screen.form = None;
            }
            return;
        }
        let pressed = |event: &egui::Event| match event {
            egui::Event::Key { key, pressed: true, repeat: false, modifiers, .. } => Some((*key, modifiers.command)),
            _ => None,
        };
        let keys: Vec<(Key, bool)> = ui.input(|i| i.events.iter().filter_map(pressed).collect());
        for (key, command) in keys {
            let mut wishes = Vec::new();
            self.key(key, command, ui.ctx(), &mut wishes);
            for wish in wishes {
                self.wish(wish);
            }
        }
    }

    fn key(&mut self, key: Key, command: bool, ctx: &egui::Context, wishes: &mut Vec<Wish>) {
        let App { view, screen, .. } = self;
        let remembered = &mut screen.remembered;
        let mut update = |single| {
            if panels::can_step(view) {
                wishes.push(Wish::Command(Command::Update(single)));
            }
        };
        match (key, command) {
            (Key::S, true) => wishes.push(Wish::Command(Command::Save)),
            // Other keys with Ctrl are the system's.
            (_, true) => {}
            (Key::Space, _) => panels::run_or_pause(view, wishes),
            (Key::D, _) => update(Single::D),
            (Key::G, _) => update(Single::G),
            (Key::S, _) => update(Single::Both),
            (Key::R, _) => panels::restart(view, wishes),
            (Key::N, _) => screen.form = Some(form::Form::new(view)),
            (Key::O, _) => panels::choose_run(screen, ctx),
            (Key::L, _) => remembered.pad ^= true,
            (Key::C, _) => remembered.curves ^= true,
            (Key::T, _) => remembered.dark ^= true,
            (Key::H | Key::F1, _) => screen.help ^= true,
            (Key::Escape, _) => screen.help = false,
            _ => {}
        }
    }

    /// A folder or file dropped on the window: a run is opened, anything else is images for a new run.
    fn dropped(&mut self, ui: &egui::Ui, wishes: &mut Vec<Wish>) {
        let (hovering, dropped) =
            ui.input(|i| (!i.raw.hovered_files.is_empty(), i.raw.dropped_files.first().map(|file| file.path().to_owned())));
        if hovering {
            let middle =
                egui::Area::new(egui::Id::unique("drop")).anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO).order(egui::Order::Tooltip);
            middle.show(ui.ctx(), |ui| {
                egui::Frame::popup(ui.style())
                    .inner_margin(24.0)
                    .show(ui, |ui| ui.heading("Drop a run to open it, or images to train on them"));
            });
        }
        if let Some(path) = dropped {
            if path.join("config.toml").is_file() {
                wishes.push(Wish::Open(path));
            } else {
                self.screen.form = Some(form::Form::with_data(&self.view, &path));
            }
        }
    }

    /// Live images: the next preview is asked for when the last one has come and some time has gone by.
    fn ask_for_previews(&mut self, ui: &egui::Ui, wishes: &mut Vec<Wish>) {
        if self.view.phase != Phase::Running || self.screen.past.is_some() {
            return;
        }
        let elapsed = self.screen.preview_asked.elapsed();
        if elapsed >= self.screen.preview_every {
            self.screen.preview_asked = Instant::now();
            wishes.push(Wish::Command(Command::Preview));
        } else {
            ui.ctx().request_repaint_after(self.screen.preview_every - elapsed);
        }
    }

    /// Saves the run and ends the trainer's thread; the line to print on the way out.
    pub fn close(&mut self) -> Option<String> {
        for note in self.link.take()?.quit() {
            self.view.fold(note);
        }
        let info = self.view.info.as_ref()?;
        let (path, step) = (quoted(&info.path), self.view.step);
        Some(match &self.view.phase {
            Phase::Failed(reason) => format!("error: {reason}"),
            Phase::Finished => format!("finished at step {step}; more {}: ganvas sample {path}", crate::data::items(&info.config.data)),
            _ if step == 0 => format!("closed before the first step; nothing was saved in {path}"),
            _ => format!("saved at step {step}; go on with: ganvas open {path} (or ganvas resume {path})"),
        })
    }

    /// Applies remembered choices to egui.
    fn apply(&self, ctx: &egui::Context) {
        let theme = if self.screen.remembered.dark { egui::Theme::Dark } else { egui::Theme::Light };
        if ctx.theme() != theme {
            ctx.set_theme(theme);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.listen();
        self.screen.remembered.zoom = ctx.zoom_factor();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        App::ui(self, ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, eframe::APP_KEY, &self.screen.remembered);
    }
}

/// Opens the window with a first wish. Returns when it is closed and everything is saved: the line to print.
///
/// # Errors
/// [`WindowError`] where there is no display or nothing to draw with.
pub fn run(first: Wish) -> Result<Option<String>, WindowError> {
    // The trainer starts at once, while the window is still being made.
    let waker: Arc<OnceLock<egui::Context>> = Arc::default();
    let wake = waker.clone();
    let closing: Arc<std::sync::Mutex<Option<String>>> = Arc::default();
    let closed = closing.clone();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Ganvas")
            .with_app_id("ganvas")
            .with_inner_size([1280.0, 820.0])
            .with_min_inner_size([820.0, 560.0]),
        renderer: eframe::Renderer::Wgpu,
        ..Default::default()
    };
    let create = move |creation: &eframe::CreationContext<'_>| {
        theme::apply(&creation.egui_ctx);
        let _ = waker.set(creation.egui_ctx.clone());
        let remembered: Remembered = creation.storage.and_then(|storage| eframe::get_value(storage, eframe::APP_KEY)).unwrap_or_default();
        creation.egui_ctx.set_zoom_factor(remembered.zoom.clamp(0.5, 4.0));
        let by_processor = creation.wgpu_render_state.as_ref().is_some_and(|state| state.adapter.get_info().device_type == DeviceType::Cpu);
        let surface = SurfaceConfig { present_mode: PresentMode::AutoNoVsync, ..SurfaceConfig::LOW_LATENCY };
        let surface = by_processor.then_some(surface);
        let (frame, preview_every) = if by_processor { (SLOW_FRAME, SLOW_FRAME) } else { (FRAME, PREVIEW_EVERY) };
        let link = Link::start(move || {
            if let Some(ctx) = wake.get() {
                ctx.request_repaint_after(frame);
            }
        });
        let ctx = creation.egui_ctx.clone();
        let interrupted = signals::listen(move |asked| {
            // The window saves when it closes; a run in it is saved by its own schedule until then.
            if let Asked::Stop(_) = asked {
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                ctx.request_repaint();
            }
        });
        if let Err(error) = interrupted {
            // Nobody need be reading it.
            let _ = writeln!(std::io::stderr(), "warning: Ctrl-C will not save ({error})");
        }
        let mut app = App::new(link, remembered, [first]);
        app.screen.preview_every = preview_every;
        Ok(Box::new(Closing { app, surface, closing }) as Box<dyn eframe::App>)
    };
    match eframe::run_native("ganvas", options, Box::new(create)) {
        Ok(()) => Ok(closed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()),
        Err(eframe::Error::WinitEventLoop(error)) => Err(WindowError::NoDisplay(describe(&error))),
        Err(eframe::Error::Winit(error)) => Err(WindowError::NoDisplay(error.to_string())),
        Err(error) => Err(WindowError::NoDrawing(error.to_string())),
    }
}

/// winit's error in words; its own text names source lines.
fn describe(error: &winit::error::EventLoopError) -> String {
    match error {
        winit::error::EventLoopError::NotSupported(_) => "this system has no window system that ganvas knows".into(),
        winit::error::EventLoopError::Os(_) => "neither Wayland nor X11 answers; is DISPLAY or WAYLAND_DISPLAY set?".into(),
        other => other.to_string(),
    }
}

/// The app, which saves when the window goes.
struct Closing {
    app: App,
    /// Without waiting for the screen, where a frame takes longer than the screen's own.
    surface: Option<SurfaceConfig>,
    closing: Arc<std::sync::Mutex<Option<String>>>,
}

impl eframe::App for Closing {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if let Some(surface) = self.surface {
            frame.set_wgpu_surface_config(surface);
        }
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        eframe::App::ui(&mut self.app, ui, frame);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.app.save(storage);
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        *self.closing.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = self.app.close();
    }
}
