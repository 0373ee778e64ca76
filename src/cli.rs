//! The command line.

use crate::{
    config::{Flags, names},
    data::{Background, Frames},
    engine::devices::Wanted,
    eval,
    terminal::Progress,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Train GANs on any GPU and watch them learn.
///
/// Without a subcommand: trains, in a window or with `--no-window` on the terminal; by default the preset `mlp` on the built-in digits.
#[derive(Parser, Debug)]
#[command(name = "ganvas", version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Cli {
    /// What to do instead of training.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Training.
    #[command(flatten)]
    pub train: TrainArgs,
}

/// How a run is shown.
#[derive(Args, Debug, Clone, Copy)]
pub struct Show {
    /// Show nothing but errors
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,
    /// How progress is shown
    #[arg(long, value_enum, default_value_t = Progress::Auto, help_heading = "Output")]
    pub progress: Progress,
}

/// Arguments of a new run.
#[derive(Args, Debug)]
pub struct TrainArgs {
    /// Train on the terminal, without a window
    #[arg(long)]
    pub no_window: bool,
    /// Settings from a TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set any key of the configuration, such as --set lr_g=0.0005 (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Print the resolved configuration as TOML and end
    #[arg(long, help_heading = "Output")]
    pub print_config: bool,
    /// Print every kernel of a training step with tensors, workgroups, bytes and FLOPs, and end
    #[arg(long, help_heading = "Output")]
    pub print_plan: bool,
    /// Print every expression of the model with shapes, operands and the gradient that it belongs to, and end
    #[arg(long, help_heading = "Output")]
    pub print_graph: bool,
    /// Check everything up to the first step, write nothing, and end
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    #[allow(missing_docs, reason = "flattened")]
    #[command(flatten)]
    pub show: Show,
    #[allow(missing_docs, reason = "flattened")]
    #[command(flatten)]
    pub flags: Flags,
}

/// Subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Go on with a run exactly where its newest checkpoint left it
    Resume(ResumeArgs),
    /// Show a run in the window, finished or not
    Open {
        /// Run directory, such as runs/0001-builtin-mlp
        run: PathBuf,
    },
    /// Generate images from a run
    Sample(SampleArgs),
    /// Walk between latents: a strip of images and an animation
    Interpolate(InterpolateArgs),
    /// Score a run's samples against data that it was not trained on; of several runs, also mean and standard error
    Eval(EvalArgs),
    /// Draw one of the paper's figures for a run
    Figure {
        #[allow(missing_docs, reason = "shown by its own subcommands")]
        #[command(subcommand)]
        command: FigureCommand,
    },
    /// Show what a run or checkpoint holds
    Inspect {
        /// Run directory or checkpoint file
        run: PathBuf,
    },
    /// List the devices that can train
    Devices {
        /// Run one training step on this device, kernel by kernel, against the CPU in double precision
        #[arg(long, value_name = "DEVICE")]
        check: Option<String>,
    },
    /// Measure the speed of training: time per step, per kernel, and how far that is from what the device can do
    Bench(Box<BenchArgs>),
    /// Hold the theory of the 2014 paper against measurements: D against D*, V against 2 JSD - log 4, and the saturation of minimax
    Theory(TheoryArgs),
    /// Look at training data, or download some
    Data {
        #[allow(missing_docs, reason = "shown by its own subcommands")]
        #[command(subcommand)]
        command: DataCommand,
    },
}

/// Subcommands of `data`.
#[derive(Subcommand, Debug)]
pub enum DataCommand {
    /// Tell what would be loaded and what is wrong with it, and draw a sheet of examples
    Check(CheckArgs),
    /// Download a published data set, which --data then takes by its name; without a name, list those there are
    Get(GetArgs),
}

/// Arguments of `data get`.
#[derive(Args, Debug)]
pub struct GetArgs {
    /// mnist, fashion-mnist, kmnist, emnist, cifar-10 or cifar-100
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Address of a folder that has the files, in place of the usual addresses; they are checked all the same
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// Seconds for which an address may send nothing before the next try
    #[arg(long, value_name = "S", default_value_t = 30.0, allow_negative_numbers = true)]
    pub patience: f64,
    /// Show nothing but errors
    #[arg(long)]
    pub quiet: bool,
}

/// Arguments of `data check`: those of a run that shape its images.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// builtin, a folder or archive of pictures, idx files, CIFAR batches or arrays, a set that was downloaded, or a known distribution such
    /// as ring-8
    pub path: String,
    /// Centre-crop and resize to SIZE x SIZE
    #[arg(long)]
    pub size: Option<u32>,
    /// 1 for grey, 3 for colour
    #[arg(long, value_name = "1|3")]
    pub channels: Option<u32>,
    /// What transparent parts show: auto, black, white or #rrggbb
    #[arg(long, value_name = "COLOUR", default_value = "auto", value_parser = names::parse::<Background>)]
    pub background: Background,
    /// Stretch values over the whole range
    #[arg(long)]
    pub rescale: bool,
    /// Which frames of animations are images: first or all
    #[arg(long, value_name = "WHICH", default_value = "first", value_parser = names::parse::<Frames>)]
    pub frames: Frames,
    /// Rows and columns of idx files and arrays change places
    #[arg(long)]
    pub transpose: bool,
    /// Leave images out that cannot be read, in place of an error
    #[arg(long)]
    pub skip_unreadable: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Where the sheet goes [default: data-check-NAME.png here]
    #[arg(long, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// Replace the file where it exists
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `resume`.
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Run directory, such as runs/0001-builtin-mlp
    pub run: PathBuf,
    /// Total steps, to go on further than planned
    #[arg(long, value_name = "N")]
    pub steps: Option<u32>,
    /// Device, where it should be another
    #[arg(long)]
    pub device: Option<Wanted>,
    /// The same images, where they lie elsewhere now
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// Accepted for symmetry with a new run
    #[arg(long, hide = true)]
    pub no_window: bool,
    #[allow(missing_docs, reason = "flattened")]
    #[command(flatten)]
    pub show: Show,
}

/// Arguments of `bench`. Nothing is written to disk.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Print one JSON object
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Compare the ways of computing a matrix product, at the shapes of this network
    #[arg(long)]
    pub kernels: bool,
    /// Measure networks of several widths at several batch sizes, instead of those of --generator, --discriminator and --batch
    #[arg(long, conflicts_with = "kernels")]
    pub sizes: bool,
    /// With --sizes: draw a plot of it
    #[arg(long, value_name = "FILE.png", requires = "sizes")]
    pub plot: Option<PathBuf>,
    /// Replace the plot where it exists
    #[arg(long, requires = "plot")]
    pub force: bool,
    /// Seconds for which training steps are measured
    #[arg(long, value_name = "S", default_value_t = 5.0, allow_negative_numbers = true)]
    pub seconds: f64,
    /// Settings from a TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set any key of the configuration, such as --set lr_g=0.0005 (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    #[allow(missing_docs, reason = "flattened")]
    #[command(flatten)]
    pub flags: Flags,
}

/// What generates.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    /// Run directory or checkpoint file
    pub run: PathBuf,
    /// Seed of the latents
    #[arg(long, default_value_t = 0)]
    pub seed: u32,
    /// Use G's weights as they are, not their average
    #[arg(long)]
    pub no_ema: bool,
    /// Device: auto, cpu, gpu, or a device's number or part of its name
    #[arg(long, default_value = "auto")]
    pub device: Wanted,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `sample`.
#[derive(Args, Debug)]
pub struct SampleArgs {
    #[allow(missing_docs, reason = "flattened")]
    #[command(flatten)]
    pub generate: GenerateArgs,
    /// Number of images [default: 64, or as many as --latents holds]
    #[arg(short, long, value_name = "N")]
    pub n: Option<usize>,
    /// FILE.png for a sheet, FILE.npy or FILE.safetensors for values, a folder for single PNGs [default: a sheet in the run]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Latents to use instead of random ones: .npy or .safetensors, float32 [n, latent]
    #[arg(long, value_name = "FILE")]
    pub latents: Option<PathBuf>,
}

/// Arguments of `eval`.
#[derive(Args, Debug)]
pub struct EvalArgs {
    /// Run directories or checkpoint files; of several, such as those of some seeds, also mean and standard error
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// Number of samples; 1000 or more [default: 10000, of points 2500, or as many as --samples holds]
    #[arg(short, long, value_name = "N")]
    pub n: Option<usize>,
    /// Seed of the latents: the samples are those of ganvas sample --seed
    #[arg(long, default_value_t = 0)]
    pub seed: u32,
    /// Use G's weights as they are, not their average
    #[arg(long)]
    pub no_ema: bool,
    /// Device: auto, cpu, gpu, or a device's number or part of its name
    #[arg(long, default_value = "auto")]
    pub device: Wanted,
    /// One JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// Score these images or points instead of the generator's: .npy of [n, channels, height, width], [n, height, width, channels] or [n, values], floats or whole numbers
    #[arg(long, value_name = "FILE.npy")]
    pub samples: Option<PathBuf>,
    /// Where the channels of --samples are, where their shape does not tell
    #[arg(long, value_enum, requires = "samples")]
    pub layout: Option<Layout>,
    /// Range of the values in --samples, such as 0,1 [default: 0 to 1, -1 to 1 or 0 to 255, as the values are]
    #[arg(long, value_name = "LOW,HIGH", requires = "samples", value_parser = parse_range, allow_hyphen_values = true)]
    pub range: Option<(f32, f32)>,
    /// Evaluation set, in place of the run's own validation and test images: its first images, at most 1000 and half of it, choose sigma, the rest is the test
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// The training images, where they lie elsewhere now
    #[arg(long, value_name = "PATH")]
    pub train_data: Option<String>,
    /// Images of each set for the sliced Wasserstein distance, at most (the published protocol takes 16384); 0 goes without
    #[arg(long, value_name = "N", default_value_t = eval::Counts::default().swd, value_parser = parse_count)]
    pub swd_images: usize,
    /// Images of each set for KID, precision, recall, density and coverage, at most; 0 goes without
    #[arg(long, value_name = "N", default_value_t = eval::Counts::default().features, value_parser = parse_count)]
    pub feature_images: usize,
    /// Updates of the classifier in whose features images with labels are compared; 0 goes without
    #[arg(long, value_name = "N", default_value_t = eval::Counts::default().classifier_steps)]
    pub classifier_steps: usize,
}

/// Where the channels of images lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Layout {
    /// Each channel is a plane: [n, channels, height, width].
    Nchw,
    /// The channels of a pixel lie side by side: [n, height, width, channels].
    Nhwc,
}

fn parse_range(text: &str) -> Result<(f32, f32), String> {
    let parsed = text.split_once(',').and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    parsed.filter(|(low, high): &(f32, f32)| low < high).ok_or_else(|| "give two numbers, the lower first, such as 0,1".into())
}

fn parse_count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count == 0 || *count >= eval::LEAST_HALF);
    count.ok_or_else(|| format!("give {} or more, or 0 to go without", eval::LEAST_HALF))
}

/// Subcommands of `figure`.
#[derive(Subcommand, Debug)]
pub enum FigureCommand {
    /// Samples, and in the last column the training image nearest to the one beside it (figure 2 of the 2014 paper)
    Neighbours {
        #[allow(missing_docs, reason = "flattened")]
        #[command(flatten)]
        generate: GenerateArgs,
        /// Rows
        #[arg(long, value_name = "N", default_value_t = 4)]
        rows: usize,
        /// Samples per row
        #[arg(long, value_name = "N", default_value_t = 5)]
        columns: usize,
        /// Where the figure goes [default: in the run]
        #[arg(long, value_name = "FILE.png")]
        out: Option<PathBuf>,
        /// The training images, where they lie elsewhere now
        #[arg(long, value_name = "PATH")]
        train_data: Option<String>,
    },
    /// Rows that go in a straight line from one latent to another (figure 3 of the 2014 paper)
    Interpolation {
        #[allow(missing_docs, reason = "flattened")]
        #[command(flatten)]
        generate: GenerateArgs,
        /// Rows, each between two latents of its own
        #[arg(long, value_name = "N", default_value_t = 4)]
        rows: usize,
        /// Images per row, both ends included
        #[arg(long, value_name = "N", default_value_t = 12)]
        columns: usize,
        /// Where the figure goes [default: in the run]
        #[arg(long, value_name = "FILE.png")]
        out: Option<PathBuf>,
    },
}

/// Arguments of `theory`.
#[derive(Args, Debug)]
pub struct TheoryArgs {
    /// Seed of weights, data and latents
    #[arg(long, default_value_t = 0)]
    pub seed: u32,
    /// Device: auto, cpu, gpu, or a device's number or part of its name
    #[arg(long, default_value = "auto")]
    pub device: Wanted,
    /// The figure [default: theory.png here, or with a number behind where that exists]
    #[arg(long, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
    /// Replace the file where it exists
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `interpolate`.
#[derive(Args, Debug)]
pub struct InterpolateArgs {
    #[allow(missing_docs, reason = "flattened")]
    #[command(flatten)]
    pub generate: GenerateArgs,
    /// Latents to pass through
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub points: usize,
    /// Images from one latent to the next
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub frames: usize,
    /// The strip: a row from each latent to the next [default: in the run]
    #[arg(long, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// The animation [default: the strip's name with .gif]
    #[arg(long, value_name = "FILE.gif")]
    pub animation: Option<PathBuf>,
}
