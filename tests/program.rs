//! The real program, run in a folder of its own: what a person does and sees.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

/// A run that takes a moment, on the CPU engine. Flags win over it.
const SMALL: &str = r#"
generator = "linear 32, leaky_relu 0.2, linear image, tanh"
discriminator = "linear 32, leaky_relu 0.2, linear 1"
data_count = 300
device = "cpu"
batch = 16
steps = 60
samples = 4
checkpoint_every = 20
sample_every = 20
metrics_every = 10
tune = false
"#;

/// The run that a desk's first training makes.
pub const FIRST: &str = "runs/0001-builtin-mlp";

/// A folder to work in, with `small.toml` in it.
pub struct Desk(TempDir);

/// What a command gave.
#[derive(Debug)]
pub struct Shown {
    /// Exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Desk {
    pub fn new() -> Desk {
        let desk = Desk(TempDir::new().unwrap());
        fs::write(desk.path("small.toml"), SMALL).unwrap();
        desk
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The program with these arguments, in this folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganvas"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        // Neither the user's data nor their cache have a part in it, nor has a proxy.
        command.env("GANVAS_DATA", self.path("datasets")).env("GANVAS_CACHE", self.path("cache"));
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command
    }

    /// Runs the program to its end, whatever that is.
    pub fn run(&self, args: &[&str]) -> Shown {
        shown(self.command(args).output().unwrap())
    }

    /// Runs the program, which must succeed.
    pub fn ganvas(&self, args: &[&str]) -> Shown {
        let shown = self.run(args);
        assert_eq!(shown.code, Some(0), "ganvas {args:?}: {shown:?}");
        shown
    }

    /// Trains by `small.toml` with further arguments.
    pub fn train(&self, args: &[&str]) -> Shown {
        self.ganvas(&with_small(args))
    }

    /// Starts training by `small.toml` and lets it go on.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(&with_small(args)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// All files and folders here, relative, with `/`.
    pub fn files(&self) -> BTreeSet<String> {
        self.files_in("")
    }

    /// All files and folders below `folder`, relative to it, with `/`.
    pub fn files_in(&self, folder: &str) -> BTreeSet<String> {
        let root = self.path(folder);
        let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        walkdir::WalkDir::new(&root).min_depth(1).into_iter().map(|entry| name(entry.unwrap().path())).collect()
    }

    /// Steps of a run's checkpoints, in order; none where the run is not there yet.
    pub fn checkpoints(&self, run: &str) -> Vec<u32> {
        let entries = fs::read_dir(self.path(run).join("checkpoints")).into_iter().flatten();
        let step = |name: &str| name.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok();
        let mut steps: Vec<u32> = entries.filter_map(|entry| step(entry.unwrap().file_name().to_str()?)).collect();
        steps.sort_unstable();
        steps
    }

    /// The file of a run's newest checkpoint.
    pub fn newest(&self, run: &str) -> String {
        let step = self.checkpoints(run).pop().unwrap_or_else(|| panic!("{run} has no checkpoint"));
        format!("{run}/checkpoints/step-{step:06}.safetensors")
    }

    /// A run's lines of metrics; a line that is no JSON object fails the test.
    pub fn metrics(&self, run: &str) -> Vec<Value> {
        let text = self.text(&format!("{run}/metrics.jsonl"));
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))).collect()
    }

    /// A run's lines of metrics but for times, which no two runs share.
    pub fn timeless_metrics(&self, run: &str) -> Vec<Value> {
        let mut lines = self.metrics(run);
        for line in &mut lines {
            for key in ["seconds", "steps_per_second"] {
                line.as_object_mut().unwrap().remove(key).unwrap();
            }
        }
        lines
    }
}

/// Arguments of a training by `small.toml`.
fn with_small<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["--no-window", "--config", "small.toml"], args].concat()
}

/// What a program that has ended gave.
pub fn shown(output: Output) -> Shown {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Shown { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Checks that two runs have the same lines of metrics; names the first that differs.
#[track_caller]
pub fn same_metrics(found: &[Value], expected: &[Value]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len(), "lines of metrics");
}

/// Waits for what is bound to come: until `ready`, or until the program that should bring it about has ended.
pub fn wait_until(child: &mut Child, mut ready: impl FnMut() -> bool) {
    while !ready() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Checks that each of `parts` is in `text`.
#[track_caller]
pub fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}
