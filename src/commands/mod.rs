//! What each subcommand does.

mod bench;
mod data;
mod devices;
mod drive;
mod eval;
mod figure;
mod generate;
mod get;
mod inspect;
mod interpolate;
mod output;
mod resume;
mod sample;
mod theory;
mod train;

use crate::{
    cli::{Cli, Command},
    train::Wish,
};
use std::{error::Error, process::ExitCode};

/// What a command ends with; errors are shown once, by `main`.
pub type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Runs the command that was asked for.
///
/// # Errors
/// Whatever stopped it, in words for a person.
pub fn run(cli: Cli) -> Outcome {
    match cli.command {
        None => train::run(&cli.train),
        Some(Command::Resume(args)) => resume::run(&args),
        Some(Command::Open { run }) => train::window(Wish::Open(run)),
        Some(Command::Sample(args)) => sample::run(&args),
        Some(Command::Interpolate(args)) => interpolate::run(&args),
        Some(Command::Eval(args)) => eval::run(&args),
        Some(Command::Figure { command }) => figure::run(&command),
        Some(Command::Inspect { run }) => inspect::run(&run),
        Some(Command::Devices { check }) => devices::run(check.as_deref()),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Theory(args)) => theory::run(&args),
        Some(Command::Data { command }) => data::run(&command),
    }
}
