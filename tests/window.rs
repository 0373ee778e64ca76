//! The real window, end to end: started under Xvfb, looked at, steered by keys, closed, and its run gone on with on the terminal.

use crate::support;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use x11rb::{
    connection::Connection as _,
    protocol::{
        xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, Window},
        xtest::ConnectionExt as _,
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

const SIZE: (u16, u16) = (1280, 820);

/// Flags of the run; enough steps that nothing finishes while it is looked at.
const FLAGS: [&str; 12] =
    ["--steps", "1500", "--batch", "24", "--data-count", "2000", "--device", "cpu", "--checkpoint-every", "500", "--metrics-every", "25"];

/// A display of our own.
struct Display {
    server: Child,
    name: String,
    connection: RustConnection,
    root: Window,
}

impl Display {
    fn start() -> Option<Display> {
        let screen = format!("{}x{}x24", SIZE.0, SIZE.1);
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &screen]);
        let mut server = match command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(server) => server,
            Err(error) => {
                assert!(std::env::var_os("GANVAS_REQUIRE_GPU").is_none(), "GANVAS_REQUIRE_GPU is set, but Xvfb does not start: {error}");
                support::skipped("the window under Xvfb", &format!("Xvfb does not start: {error}"));
                return None;
            }
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&name)).unwrap();
        let root = connection.setup().roots[screen].root;
        Some(Display { server, name, connection, root })
    }

    fn atom(&self, name: &str) -> u32 {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    /// The window called Ganvas.
    fn window(&self) -> Option<Window> {
        let tree = self.connection.query_tree(self.root).unwrap().reply().unwrap();
        let title = |window: Window| {
            let name = self.connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).ok()?.reply().ok()?;
            Some(String::from_utf8_lossy(&name.value).into_owned())
        };
        tree.children.into_iter().find(|window| title(*window).is_some_and(|title| title == "Ganvas"))
    }

    /// Shares of bright and of black pixels in a part of the screen.
    fn look(&self, (left, top, width, height): (i16, i16, u16, u16)) -> (f64, f64) {
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, left, top, width, height, !0).unwrap().reply().unwrap();
        let pixels: Vec<&[u8]> = image.data.chunks_exact(4).collect();
        let share = |test: fn(u8) -> bool| pixels.iter().filter(|p| p[..3].iter().all(|v| test(*v))).count() as f64 / pixels.len() as f64;
        (share(|v| v > 240), share(|v| v < 12))
    }

    /// Presses and releases a key.
    fn press(&self, keysym: u32) {
        let setup = self.connection.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let mapping = self.connection.get_keyboard_mapping(first, count).unwrap().reply().unwrap();
        let per_code = usize::from(mapping.keysyms_per_keycode);
        let code = mapping.keysyms.chunks(per_code).position(|keysyms| keysyms[0] == keysym).unwrap() as u8 + first;
        for kind in [2, 3] {
            self.connection.xtest_fake_input(kind, code, 0, self.root, 0, 0, 0).unwrap();
        }
        self.connection.sync().unwrap();
    }

    /// Asks the window to close, as its frame's button would.
    fn close(&self, window: Window) {
        let (protocols, delete) = (self.atom("WM_PROTOCOLS"), self.atom("WM_DELETE_WINDOW"));
        let event = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
        self.connection.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
        self.connection.sync().unwrap();
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Waits until something holds; the limit is only there to fail instead of hanging.
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(120), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn ganvas(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganvas"));
    let home = folder.join("home");
    fs::create_dir_all(&home).unwrap();
    command.current_dir(folder).env("HOME", &home).env("XDG_DATA_HOME", &home).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command
}

fn lines(run: &Path) -> usize {
    fs::read_to_string(run.join("metrics.jsonl")).map_or(0, |text| text.lines().count())
}

fn final_checkpoint(run: &Path) -> Vec<u8> {
    fs::read(run.join("checkpoints/step-001500.safetensors")).unwrap()
}

#[test]
fn a_run_is_watched_steered_closed_and_gone_on_with() {
    if support::adapter("the window under Xvfb").is_none() {
        return;
    }
    let Some(display) = Display::start() else { return };
    let (watched, alone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let process =
        ganvas(watched.path()).args(FLAGS).env("DISPLAY", &display.name).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();

    wait("there is a window", || display.window().is_some());
    let window = display.window().unwrap();
    // Digits of the generator: white strokes on black, left of the middle.
    wait("generated digits are on the screen", || {
        let (bright, black) = display.look((260, 150, 300, 300));
        bright > 0.02 && black > 0.3
    });
    let run: PathBuf = watched.path().join("runs/0001-builtin-mlp");
    wait("metrics are written", || lines(&run) > 0);

    display.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
    display.connection.sync().unwrap();
    const SPACE: u32 = 0x20;
    display.press(SPACE);
    let mut before = 0;
    wait("training pauses", || {
        let now = lines(&run);
        let still = now == before;
        before = now;
        std::thread::sleep(Duration::from_millis(1500));
        still
    });
    display.press(u32::from(b's'));
    display.press(SPACE);
    wait("training goes on", || lines(&run) > before);

    display.close(window);
    let output = process.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("go on with: ganvas open runs/0001-builtin-mlp"), "{text}");

    let resumed = ganvas(watched.path()).args(["resume", "runs/0001-builtin-mlp", "--quiet"]).status().unwrap();
    assert!(resumed.success());
    let headless = ganvas(alone.path()).args(FLAGS).args(["--no-window", "--quiet"]).status().unwrap();
    assert!(headless.success());
    // The same bits, watched or not.
    assert!(final_checkpoint(&run) == final_checkpoint(&alone.path().join("runs/0001-builtin-mlp")), "the window changed the run");
}

#[test]
fn without_a_display_the_error_names_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let output = ganvas(folder.path()).args(FLAGS).env_remove("DISPLAY").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("error:") && text.contains("ganvas --no-window") && !text.contains("panicked"), "{text}");
    assert!(!folder.path().join("runs").exists(), "a run was started without a window");
}
