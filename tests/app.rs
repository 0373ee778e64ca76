//! The window's every control, driven as by a person, and what it does to the trainer; and pictures of its main states.

use crate::{painter::Painter, support};
use egui::{Key, Modifiers, Role, Vec2};
use egui_kittest::{
    Harness, Node, SnapshotOptions, SnapshotResults,
    kittest::{NodeT as _, Queryable as _},
};
use ganvas::{
    app::{App, Beside, Form, Phase, Remembered, style},
    config::{Config, Sources, resolve},
    data::{self, Distribution},
    figure::{Figure, grid},
    models::GanSpec,
    ops::augment::Augments,
    train::{Checkpoint, Event, Metrics, Neighbours, Note, Preview, RunInfo, Wish, metrics::Values, run_dir, worker::Link},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

fn config(out: &Path, more: &[&str]) -> Config {
    let small = [
        "generator=linear 16, leaky_relu, linear image, tanh",
        "discriminator=linear 16, leaky_relu, linear 1",
        "batch=8",
        "data_count=60",
        "steps=1000000",
        "sample_every=100",
        "checkpoint_every=1000000",
        "metrics_every=10",
        "samples=9",
        "device=cpu",
    ];
    let set: Vec<String> = small.iter().chain(more).map(ToString::to_string).collect();
    let mut config = resolve(&Sources { set: &set, ..Sources::default() }).unwrap();
    config.out = out.into();
    config
}

/// The window on a real trainer.
struct Window {
    harness: Harness<'static, App>,
    folder: tempfile::TempDir,
}

impl Window {
    fn open(more: &[&str]) -> Window {
        let folder = tempfile::tempdir().unwrap();
        let first = Wish::New(Box::new(config(folder.path(), more)));
        let app = App::new(Link::start(|| {}), Remembered::default(), [first]);
        let ui = |ui: &mut egui::Ui, app: &mut App| {
            app.listen();
            app.ui(ui);
        };
        let harness = Harness::builder().with_size(Vec2::new(1280.0, 900.0)).with_context_setup(style).build_ui_state(ui, app);
        let mut window = Window { harness, folder };
        window.wait("the run is ready or refused", |app| app.view.phase != Phase::Preparing);
        window
    }

    /// Draws frames until something holds; the limit is only there to fail instead of hanging.
    fn wait(&mut self, what: &str, holds: impl Fn(&App) -> bool) {
        let start = Instant::now();
        loop {
            self.harness.step();
            if holds(self.harness.state()) {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "waited in vain until {what}: {:?}", self.app().view.phase);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn app(&self) -> &App {
        self.harness.state()
    }

    /// The control of that name; texts may say the same.
    fn control<'a>(&'a self, label: &'a str) -> Node<'a> {
        let mut found = self.harness.query_all_by_label(label).filter(|node| node.accesskit_node().role() != Role::Label);
        found.next().unwrap_or_else(|| panic!("there is no control '{label}'"))
    }

    fn click(&mut self, label: &str) {
        self.control(label).click();
        self.harness.run_steps(2);
    }

    fn set(&mut self, label: &str, value: f64) {
        self.control(label).set_value_accesskit(value);
        self.harness.run_steps(2);
    }

    fn type_into(&mut self, label: &str, text: &str) {
        self.control(label).set_text_value_accesskit(text);
        self.harness.run_steps(2);
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(2);
    }

    fn pause(&mut self) {
        self.click("Pause");
        // A few steps may still be on their way.
        let mut last = 0;
        for _ in 0..40 {
            std::thread::sleep(Duration::from_millis(5));
            self.harness.step();
            last = self.app().view.step;
        }
        assert_eq!(self.app().view.phase, Phase::Paused);
        assert_eq!(self.app().view.step, last);
    }

    fn run(&self) -> PathBuf {
        self.app().view.info.as_ref().unwrap().path.clone()
    }

    /// Saves with the keyboard and reads what was saved.
    fn saved(&mut self) -> Checkpoint {
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
        self.wait("everything is saved", |app| !app.view.unsaved());
        run_dir::read_checkpoint(&run_dir::newest_checkpoint(&self.run()).unwrap()).unwrap()
    }
}

#[test]
fn run_pause_and_single_updates() {
    let mut window = Window::open(&[]);
    window.wait("steps are done", |app| app.view.step > 20 && app.view.preview.is_some());
    window.pause();
    let before = window.saved();

    let lines = window.app().view.metrics.len();
    window.click("D");
    window.wait("D's numbers came", |app| app.view.metrics.len() > lines);
    assert_eq!(window.app().view.step, before.step, "an update of D is no step");
    let seconds: Vec<f64> = window.app().view.metrics.iter().map(|m| m.seconds).collect();
    assert!(seconds.is_sorted(), "the numbers of a single update belong at the end of the time axis");
    window.click("G");
    window.wait("G moved on", |app| app.view.step == before.step + 1);
    window.click("D + G");
    window.wait("a whole step", |app| app.view.step == before.step + 2);
    window.press(Key::S);
    window.wait("another by key", |app| app.view.step == before.step + 3);

    let after = window.saved();
    assert_eq!(after.step, before.step + 3);
    assert_eq!(after.updates_d, before.updates_d + 3, "one alone, none with G, two in whole steps");

    window.press(Key::Space);
    window.wait("it runs on", |app| app.view.step > after.step + 20);
    window.press(Key::Space);
    assert_eq!(window.app().view.phase, Phase::Paused);
}

#[test]
fn settings_change_while_training() {
    let mut window = Window::open(&[]);
    window.wait("steps are done", |app| app.view.step > 10);
    window.set("learning rate G", 0.0005);
    window.set("D updates per step", 2.0);
    window.wait("the rate is taken", |app| app.view.info.as_ref().is_some_and(|info| info.config.lr_g == 0.0005 && info.config.k == 2));
    window.click("loss");
    window.click("minimax");
    window.wait("the loss is taken", |app| app.view.info.as_ref().is_some_and(|info| info.config.loss.name == "minimax"));
    let step = window.app().view.step;
    window.wait("training goes on", |app| app.view.step > step + 10 && app.view.phase == Phase::Running);

    window.pause();
    let saved = window.saved();
    assert_eq!((saved.config.lr_g, saved.config.k, saved.config.loss.name), (0.0005, 2, "minimax"));
    assert!(saved.updates_d > saved.step);
    let metrics = std::fs::read_to_string(window.run().join("metrics.jsonl")).unwrap();
    for key in ["lr_g", "\"k\"", "minimax"] {
        assert!(metrics.lines().any(|line| line.contains("changed") && line.contains(key)), "{key} is not in the metrics");
    }
    assert_eq!(run_dir::read_config(&window.run()).unwrap().loss.name, "minimax");
}

#[test]
fn a_new_seed_is_a_new_run_and_the_old_one_is_saved() {
    let mut window = Window::open(&[]);
    window.wait("steps are done", |app| app.view.step > 10);
    let first = window.run();
    window.click("New seed");
    window.wait("the new run trains", |app| app.view.info.as_ref().is_some_and(|info| info.config.seed == 1) && app.view.step > 10);
    assert!(window.run().ends_with("0002-builtin-mlp"));
    assert!(run_dir::newest_checkpoint(&first).is_ok(), "the run before was not saved");

    // Opened again it waits where it was.
    let saved = run_dir::read_checkpoint(&run_dir::newest_checkpoint(&first).unwrap()).unwrap();
    window.harness.state_mut().wish(Wish::Open(first));
    window.wait("it is open", |app| app.view.phase == Phase::Paused && app.view.preview.is_some());
    assert_eq!(window.app().view.step, saved.step);
    assert!(!window.app().view.metrics.is_empty() && !window.app().view.history.is_empty());
    window.click("Run");
    window.wait("it goes on", |app| app.view.step > saved.step + 10);
}

/// What a window system tells when something is dropped.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn what_is_dropped_is_opened_or_trained_on() {
    let mut window = Window::open(&["steps=30"]);
    window.wait("it finishes", |app| app.view.phase == Phase::Finished);
    let run = window.run();
    window.click("New seed");
    window
        .wait("another run trains", |app| app.view.phase == Phase::Finished && app.view.info.as_ref().is_some_and(|i| i.config.seed == 1));
    let drop = |window: &mut Window, path: &Path| {
        window.harness.input_mut().hovered_files.push(egui::HoveredFile::default());
        window.harness.run_steps(2);
        assert!(window.harness.query_by_label_contains("Drop a run to open it").is_some());
        window.harness.input_mut().hovered_files.clear();
        window.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.into())));
        window.harness.step();
    };
    drop(&mut window, &run);
    window.wait("the first run is open", |app| app.view.info.as_ref().is_some_and(|i| i.path == run));

    let images = window.folder.path().join("images");
    std::fs::create_dir(&images).unwrap();
    drop(&mut window, &images);
    assert_eq!(window.app().screen.form.as_ref().map(|form| form.text.data.clone()), Some(images.display().to_string()));
}

#[test]
fn the_latent_pad_answers() {
    // Hardly any learning: so small a generator soon makes the same of every latent.
    let mut window = Window::open(&["lr=1e-9"]);
    window.wait("it generates", |app| app.view.generated.is_some());
    window.pause();
    let image = |window: &Window| window.app().view.generated.as_ref().unwrap().images.clone();
    let before = image(&window);
    let area = window.harness.get_by_label_contains("Latent pad: drag").rect();
    window.harness.drag_at(area.center());
    window.harness.step();
    window.harness.hover_at(area.min + Vec2::splat(4.0));
    window.harness.step();
    window.harness.drop_at(area.min + Vec2::splat(4.0));
    window.wait("another image, while paused", |app| app.view.generated.as_ref().is_some_and(|g| g.images != before));
    assert!(window.app().screen.pad.place[0] < 0.1);
    let before = image(&window);
    window.click("Shuffle");
    assert_eq!(window.app().screen.pad.seed, 2);
    window.wait("other corners", |app| app.view.generated.as_ref().is_some_and(|g| g.images != before));
    let count = window.app().view.generated_count;
    window.click("Animate");
    window.wait("it wanders", |app| app.view.generated_count > count + 5);
}

#[test]
fn history_and_exports() {
    let mut window = Window::open(&[]);
    window.wait("there is a history", |app| app.view.history.len() > 2);
    window.pause();
    window.set("History", 1.0);
    window.wait("an earlier preview is shown", |app| app.screen.past == Some(1));
    assert!(window.harness.query_by_label("Generated, step 100").is_some());
    window.click("Export sheet");
    window.click("Export history");
    let run = window.run();
    window.wait("both are written", |_| run.join("export-step-000100.png").exists() && run.join("history.gif").exists());
    let sheet = image::open(run.join("export-step-000100.png")).unwrap();
    assert_eq!((sheet.width(), sheet.height()), (2 * 86, 2 * 86), "3 x 3 images of 28 with gaps, twice as large");
    window.click("Now");
    assert_eq!(window.app().screen.past, None);
}

#[test]
fn looks_are_chosen_and_remembered() {
    let mut window = Window::open(&[]);
    window.wait("there are curves", |app| app.view.metrics.len() > 2);
    window.click("time");
    window.click("Light");
    window.set("smoothing", 0.5);
    window.click("Latents");
    window.harness.run_steps(2);
    let remembered = &window.app().screen.remembered;
    assert!(!remembered.dark && !remembered.pad && remembered.curves && (remembered.smoothing - 0.5).abs() < 0.01);
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
    window.press(Key::H);
    assert!(window.harness.query_by_label("run or pause").is_some(), "the help sheet");
    window.press(Key::Escape);
    assert!(window.harness.query_by_label("run or pause").is_none());
    window.press(Key::T);
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Dark);
}

#[test]
fn the_form_shows_errors_beside_fields_and_starts_a_run() {
    let mut window = Window::open(&[]);
    window.wait("steps are done", |app| app.view.step > 10);
    window.press(Key::N);
    window.type_into("Generator, a layer per line", "linear 8\nrelux\nlinear image\ntanh");
    window.type_into("batch size", "many");
    assert!(window.harness.query_by_label_contains("no layer is called 'relux'").is_none(), "numbers are read first");
    assert!(window.harness.query_by_label_contains("'many' is not such a number").is_some());
    window.type_into("batch size", "4");
    assert!(window.harness.query_by_label_contains("no layer is called 'relux'").is_some());
    window.click("Start");
    assert_eq!(window.app().view.info.as_ref().unwrap().config.batch, 8, "nothing starts with an error");

    window.type_into("Generator, a layer per line", "linear 8\nrelu\nlinear image\ntanh");
    window.type_into("data", "/nowhere");
    assert!(window.harness.query_by_label_contains("there is no file or folder `/nowhere`").is_some());
    window.click("Built-in");
    window.click("ADA");
    assert!(window.harness.query_by_label_contains("there is nothing to be done to images").is_some());
    window.click("cutout");
    assert!(window.harness.query_by_label_contains("there is nothing to be done to images").is_none());
    window.click("Start");
    window.wait("the new run trains", |app| app.view.info.as_ref().is_some_and(|info| info.config.batch == 4) && app.view.step > 10);
    assert_eq!(window.app().view.info.as_ref().unwrap().config.generator, ["linear 8", "relu", "linear image", "tanh"]);
    assert_eq!(window.app().view.info.as_ref().unwrap().config.augmentation().as_deref(), Some("cutout by ADA 0.6"));
}

#[test]
fn known_distributions_bring_their_preset_to_the_form() {
    let mut window = Window::open(&["size=14"]);
    window.press(Key::N);
    let text = |window: &Window| window.app().screen.form.as_ref().unwrap().text.clone();
    window.type_into("batch size", "77");
    window.type_into("data", "ring-");
    assert_eq!((text(&window).preset.as_str(), text(&window).batch.as_str()), ("mlp", "77"), "that is nothing yet");
    window.type_into("data", "ring-8");
    let plane = resolve(&Sources { set: &["data=ring-8".into()], ..Sources::default() }).unwrap();
    assert_eq!((text(&window).preset, text(&window).latent), ("plane".into(), "2".into()));
    assert_eq!(text(&window).generator, plane.generator.join("\n"));
    assert_eq!(text(&window).size, "", "points have none");
    // What was changed by hand stays while the preset suits.
    window.type_into("batch size", "88");
    window.click("points");
    window.click("moons");
    assert_eq!((text(&window).data.as_str(), text(&window).batch.as_str()), ("moons", "88"));
    window.click("Built-in");
    assert_eq!((text(&window).preset.as_str(), text(&window).latent.as_str()), ("mlp", "64"));
    window.click("points");
    window.click("two-gaussians-1d");
    assert_eq!((text(&window).preset.as_str(), text(&window).latent.as_str()), ("line", "1"));
    window.click("Start");
    window.wait("it trains on points", |app| app.view.figure.as_ref().is_some_and(|figure| figure.step > 0));
    let config = &window.app().view.info.as_ref().unwrap().config;
    let line = resolve(&Sources { set: &["data=two-gaussians-1d".into()], ..Sources::default() }).unwrap();
    let expected = Config { out: config.out.clone(), device: "cpu".into(), given: None, ..line };
    let kept = Config { sample_every: 100, checkpoint_every: 1_000_000, metrics_every: 10, ..expected };
    assert_eq!(*config, kept, "as on the command line, but for where the run goes and how it is watched");
}

#[test]
fn the_nearest_training_images_are_found_beside_the_training() {
    let mut window = Window::open(&[]);
    window.wait("there are images", |app| app.view.preview.is_some() && app.view.step > 10);
    assert!(window.app().view.neighbours.is_none(), "nobody has asked");
    window.click("Nearest real");
    window.wait("an answer came", |app| app.view.neighbours.is_some());
    let (step, answers) = (window.app().view.step, window.app().view.neighbours_count);
    window.wait("both go on", |app| app.view.step > step + 20 && app.view.neighbours_count > answers + 2);
    for again in [false, true] {
        if again {
            window.click("New seed");
            window.wait("another run trains", |app| app.view.info.as_ref().is_some_and(|info| info.config.seed == 1) && app.view.step > 10);
        }
        window.pause();
        let settled = |app: &App| match (&app.view.preview, &app.view.neighbours) {
            (Some(shown), Some(found)) => found.of.images == shown.images,
            _ => false,
        };
        window.wait("they are those of the images that are shown", settled);
        let c = &window.app().view.info.as_ref().unwrap().config;
        let (source, count, seed) = (c.data.clone(), c.data_count, c.data_seed);
        let set =
            data::load(&data::Request { source, size: c.size, channels: c.channels, count, seed, ..data::Request::default() }).unwrap();
        let found = window.app().view.neighbours.as_ref().unwrap();
        assert_eq!((found.indices.len(), found.of.shape, found.images.shape), (9, [9, 1, 28, 28], [9, 1, 28, 28]));
        for (i, image) in found.of.images.chunks_exact(set.pixels()).enumerate() {
            let squares = |real: &[u8]| real.iter().zip(image).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
            let (nearest, square) = (0..set.count).map(|k| (k, squares(set.image(k)))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            assert_eq!(found.indices[i], nearest);
            assert!((f64::from(found.distances[i]) - square.sqrt() / 255.0).abs() < 1e-5);
            assert_eq!(found.images.images[i * set.pixels()..][..set.pixels()], *set.image(nearest));
        }
    }
    let below = window.control("Nearest real").rect().left_bottom() + Vec2::new(4.0, 30.0);
    window.harness.hover_at(below);
    window.harness.run_steps(10);
    assert!(window.harness.query_by_label_contains("L2 distance").is_some());
    window.click("Real");
    window.harness.run_steps(2);
    assert_eq!(window.app().screen.remembered.beside, Beside::Real);
}

#[test]
fn a_failed_or_refused_run_says_why_and_the_window_goes_on() {
    let mut window = Window::open(&["optimizer=sgd", "lr=1e20", "checkpoint_every=1"]);
    window.wait("it fails", |app| matches!(app.view.phase, Phase::Failed(_)));
    assert!(window.harness.query_by_label("Training stopped").is_some());
    assert!(window.harness.query_by_label_contains("no longer a finite number").is_some());

    let mut refused = config(window.folder.path(), &[]);
    refused.batch = 61;
    window.harness.state_mut().wish(Wish::New(Box::new(refused)));
    window.wait("it is refused", |app| matches!(app.view.phase, Phase::Refused(_)));
    assert!(window.harness.query_by_label_contains("batch = 61 is larger than the data set").is_some());

    let good = config(window.folder.path(), &[]);
    window.harness.state_mut().wish(Wish::New(Box::new(good)));
    window.wait("the next one trains", |app| app.view.step > 10);
}

#[test]
fn a_finished_run_can_go_on_and_closing_saves() {
    let mut window = Window::open(&["steps=30"]);
    window.wait("it finishes", |app| app.view.phase == Phase::Finished);
    assert!(!window.app().view.unsaved());
    window.click("Go on to step 60");
    window.wait("it finishes again", |app| app.view.phase == Phase::Finished && app.view.step == 60);
    window.click("New seed");
    window.wait("steps are done", |app| app.view.info.as_ref().is_some_and(|info| info.config.seed == 1) && app.view.step > 0);
    let run = window.run();
    let line = window.harness.state_mut().close().unwrap();
    assert!(line.contains(&run.display().to_string()), "{line}");
    assert!(run_dir::newest_checkpoint(&run).is_ok());
}

#[test]
fn points_are_shown_as_figures() {
    for (data, layers) in [("ring-8", "latent=2"), ("two-gaussians-1d", "latent=1")] {
        let data_key = format!("data={data}");
        let generator = "generator=linear 16, leaky_relu, linear image";
        let mut window = Window::open(&[&data_key, layers, generator, "samples=64"]);
        window.wait("a figure came", |app| app.view.figure.as_ref().is_some_and(|figure| figure.step > 0));
        assert!(window.app().view.preview.is_none(), "there are no images");
        assert!(window.harness.query_by_label("Nearest real").is_none());
        assert!(window.harness.query_by_label_contains("60 points").is_some());
        window.wait("there is a sentence", |app| app.view.step > 20);
        let spoken = window.harness.query_all_by_label_contains("images").map(|node| format!("{node:?}")).collect::<Vec<_>>();
        assert!(spoken.is_empty(), "{spoken:?}");
        window.wait("the latent pad answers", |app| app.view.generated.as_ref().is_some_and(|one| !one.points.is_empty()));
        assert!(window.harness.query_by_label_contains("G(z) = (").is_some());
        assert!(window.harness.query_by_label_contains(&format!("{data}, step")).is_some());
        window.wait("there is a history", |app| app.view.history.len() > 2);
        window.pause();
        window.set("History", 1.0);
        window.wait("an earlier figure is shown", |app| app.screen.past == Some(1));
        assert!(window.harness.query_by_label(&format!("{data}, step 100")).is_some());
        window.click("Export sheet");
        window.click("Export history");
        let run = window.run();
        window.wait("both are written", |_| run.join("export-step-000100.png").exists() && run.join("history.gif").exists());
        // Opened again, what was before is read from disk.
        window.harness.state_mut().wish(Wish::Open(run));
        window.wait("it is open", |app| app.view.phase == Phase::Paused && app.view.figure.is_some());
        window.set("History", 0.0);
        assert!(window.harness.query_by_label("Step 0").is_some());
    }
}

/// A view of a run that never was, the same every time.
fn still(app: &mut App) {
    let config = config(Path::new("runs"), &["steps=4000", "samples=16"]);
    let pixel = |image: usize, i: usize, shift: usize| {
        let (x, y) = (i % 28, i / 28);
        let ring = (x as f32 - 13.5).hypot(y as f32 - 13.5 + (image % 3) as f32) - (6 + (image + shift) % 4) as f32;
        (255.0 * (1.0 - ring.abs() / 2.0)).clamp(0.0, 255.0) as u8
    };
    let images = |shift| Arc::new((0..16).flat_map(|image| (0..784).map(move |i| pixel(image, i, shift))).collect::<Vec<u8>>());
    let preview = |step, shift| Preview {
        step,
        images: images(shift),
        shape: [16, 1, 28, 28],
        points: Arc::default(),
        verdicts: Arc::new((0..16).map(|i| i as f32 / 16.0).collect()),
        kept: true,
    };
    let metrics = |step: u32| {
        let t = step as f32 / 4000.0;
        Metrics {
            step,
            epoch: f64::from(step) / 156.0,
            seconds: f64::from(step) / 70.0,
            values: Values(
                [
                    ("loss_d", 1.386 - 0.25 * t.sqrt() + 0.03 * (t * 90.0).sin()),
                    ("loss_g", 0.693 + 0.5 * t + 0.03 * (t * 70.0).cos()),
                    ("d_real", 0.5 + 0.12 * t),
                    ("d_fake", 0.5 - 0.11 * t),
                    ("accuracy", 0.5 + 0.2 * t),
                    ("grad_norm_d", 1.0 + 2.0 * t),
                    ("grad_norm_g", 0.2 + 0.6 * t),
                    ("weight_norm_d", 40.0),
                    ("weight_norm_g", 50.0),
                ]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            ),
            diversity: Some(0.9 - 0.5 * (1.0 - t)),
            steps_per_second: 70.0,
        }
    };
    let spec = GanSpec::new(&config, 784, 20_000);
    let info = RunInfo {
        columns: ganvas::models::columns(&spec),
        latents: (0..16 * config.latent).map(|i| (i as f32 * 0.7).sin() * 1.5).collect(),
        config,
        path: "runs/0001-builtin-mlp".into(),
        device: "Example GPU (discrete GPU, Vulkan)".into(),
        memory_bytes: 42_000_000,
        parameters: (550_416, 533_505),
        data: ("builtin".into(), 20_000),
        reals: preview(0, 2),
        step: 0,
        metrics: (1..60).map(|i| metrics(i * 50)).collect(),
        history: Vec::new(),
        paused: true,
    };
    app.view.fold(Note::Ready(Box::new(info)));
    for step in [2500, 2750, 3000] {
        app.view.fold(Note::Event(Event::Preview(preview(step, 1)), None));
    }
    let one = Preview { shape: [1, 1, 28, 28], images: Arc::new(images(0)[..784].to_vec()), ..preview(3000, 0) };
    app.view.fold(Note::Event(Event::Generated(one), None));
}

/// The same of a run on points.
fn still_points(app: &mut App, name: &str) {
    let distribution = Distribution::named(name).unwrap();
    let n = distribution.dimensions;
    let latents: Vec<f32> = (0..600 * n).map(|i| (i as f32 / 300.0 - 1.0) * 3.0 / n as f32).collect();
    let generated: Vec<f32> = match n {
        1 => latents.iter().map(|z| 1.6 * (2.5 * z).tanh() + 0.25 * z).collect(),
        _ => distribution.draw(1, 600).into_iter().enumerate().map(|(i, v)| v + 0.2 * (i as f32 * 0.37).sin()).collect(),
    };
    let figure = Figure {
        step: 3000,
        kept: true,
        distribution,
        reals: Arc::new(distribution.draw(0, 600)),
        latent: n,
        latents: Arc::new(latents),
        verdicts: Arc::new(vec![0.5; 600]),
        pushes: Arc::new(generated.iter().map(|v| -0.4 * v).collect()),
        surface: Arc::new(grid(distribution).chunks_exact(n).map(|at| 0.5 + 0.5 * (2.0 * at.iter().sum::<f32>()).sin()).collect()),
        generated: Arc::new(generated),
    };
    let info = app.view.info.as_mut().unwrap();
    (info.reals.points, info.reals.images) = (figure.reals.clone(), Arc::default());
    info.config.data = name.into();
    info.data = (name.into(), 100_000);
    app.view.preview = None;
    let one = Preview { points: Arc::new(figure.generated[..n].to_vec()), images: Arc::default(), ..info.reals.clone() };
    app.view.fold(Note::Event(Event::Figure(figure), None));
    app.view.fold(Note::Event(Event::Generated(one), None));
}

#[test]
fn the_main_states_look_as_they_should() {
    let Some(adapter) = support::adapter("pictures of the window") else { return };
    let mut results = SnapshotResults::new();
    let mut picture = |name: &str, size: Vec2, dark: bool, scale: f32, change: fn(&mut App)| {
        let remembered = Remembered { dark, ..Remembered::default() };
        let mut app = App::new(Link::start(|| {}), remembered, []);
        still(&mut app);
        change(&mut app);
        let builder = Harness::builder().with_size(size).with_pixels_per_point(scale).with_context_setup(style);
        let builder = builder.renderer(Painter::new(&adapter));
        let mut harness = builder.build_ui_state(|ui, app: &mut App| app.ui(ui), app);
        harness.run_steps(4);
        // Drivers differ in anti-aliasing; a control that moved or is gone differs far more.
        let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(2000).output_path("tests/snapshots");
        harness.snapshot_options(name, &options);
        results.extend_harness(&mut harness);
    };
    let laptop = Vec2::new(1280.0, 820.0);
    picture("running-dark", laptop, true, 1.0, |app| app.view.phase = Phase::Running);
    picture("points-plane", laptop, true, 1.0, |app| still_points(app, "moons"));
    picture("points-plane-light", laptop, false, 1.0, |app| still_points(app, "ring-8"));
    picture("points-line", laptop, false, 1.0, |app| still_points(app, "two-gaussians-1d"));
    picture("points-line-dark", laptop, true, 1.0, |app| still_points(app, "two-gaussians-1d"));
    picture("points-small", Vec2::new(820.0, 560.0), true, 2.0, |app| {
        still_points(app, "two-gaussians-1d");
        (app.view.phase, app.view.speed) = (Phase::Running, 1234.0);
    });
    picture("neighbours", laptop, true, 1.0, |app| {
        app.screen.remembered.beside = Beside::Nearest;
        app.view.phase = Phase::Running;
        let of = app.view.preview.clone().unwrap();
        let images = app.view.info.as_ref().unwrap().reals.clone();
        let found = Neighbours { of: Preview { step: 2990, ..of }, images, indices: (0..16).collect(), distances: vec![5.0; 16] };
        app.view.fold(Note::Neighbours(found));
    });
    picture("new-run", laptop, false, 1.0, |app| app.screen.form = Some(Form::new(&app.view)));
    picture("new-run-small", Vec2::new(820.0, 560.0), true, 2.0, |app| {
        let mut form = Form::new(&app.view);
        form.use_data("ring-8".into());
        form.text.batch = "many".into();
        app.screen.form = Some(form);
    });
    picture("paused-light", laptop, false, 1.0, |_| {});
    picture("small-at-200-percent", Vec2::new(820.0, 560.0), true, 2.0, |_| {});
    picture("failed", laptop, true, 1.0, |app| {
        app.view.fold(Note::Failed("step 712: the loss of D is no longer a finite number, so training stopped there.".into()));
    });
    picture("preparing", laptop, false, 1.0, |app| {
        app.view.prepare();
        app.view.fold(Note::Preparing("device", "no GPU found: training on the CPU engine with 2 threads".into()));
    });
    picture("refused-small", Vec2::new(820.0, 560.0), false, 2.0, |app| {
        app.view.prepare();
        app.view.fold(Note::Preparing("device", "no GPU found: training on the CPU engine with 2 threads".into()));
        app.view.fold(Note::Refused("the folder /home/somebody/pictures/holidays has no images that can be read: give a folder with png, jpg, gif, bmp or webp files, or a .zip of them".into()));
    });
    picture("augmentation", laptop, true, 1.0, |app| {
        let config = Config { ada: true, augment: Augments::ALL, flip: true, ..app.view.info.as_ref().unwrap().config.clone() };
        let info = app.view.info.as_mut().unwrap();
        info.columns = ganvas::models::columns(&GanSpec::new(&config, [1, 28, 28], 20_000));
        info.config = config;
        for metrics in &mut app.view.metrics {
            let t = metrics.step as f32 / 3000.0;
            metrics.values.0.extend([("sign_real".into(), 0.8 * t), ("augment_p".into(), (t - 0.6).max(0.0))]);
        }
    });
    picture("help-small", Vec2::new(820.0, 560.0), true, 2.0, |app| app.screen.help = true);
    picture("help", laptop, false, 1.0, |app| app.screen.help = true);
    picture("collapsing", laptop, true, 1.0, |app| {
        for metrics in app.view.metrics.iter_mut().filter(|metrics| metrics.step > 2500) {
            metrics.diversity = Some(0.2);
        }
    });
    results.unwrap();
}
