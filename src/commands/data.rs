//! `ganvas data check`: what would be loaded, and what is wrong with it.

use super::{
    Outcome,
    output::{must_end, writable},
};
use crate::{
    cli::DataCommand,
    config::Config,
    data::{self, Request},
    sheet,
    terminal::print,
    train::run_dir::preview_sheet,
};
use std::{path::PathBuf, process::ExitCode};

pub fn run(command: &DataCommand) -> Outcome {
    let DataCommand::Check { path, size, channels, out, force } = command;
    must_end("--out", out.as_deref(), "png")?;
    let defaults = Config::default();
    let (count, seed) = (defaults.data_count, defaults.data_seed);
    let request = Request { source: path.clone(), size: *size, channels: *channels, count, seed, test_too: false };
    let report = data::check(&request)?;
    print(&report)?;
    if let Some(examples) = &report.examples {
        let default = PathBuf::from(format!("data-check-{}.png", examples.name));
        let path = writable(out.as_deref(), &default, *force)?;
        let shape = [examples.count, examples.channels, examples.height, examples.width];
        sheet::write_png(&path, &preview_sheet(&examples.images, shape))?;
        print(format_args!("examples: {}", path.display()))?;
    }
    Ok(if report.problem.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
