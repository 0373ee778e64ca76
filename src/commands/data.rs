//! `ganvas data check`: what would be loaded, and what is wrong with it.

use super::{
    Outcome,
    output::{must_end, writable},
};
use crate::{
    cli::DataCommand,
    config::{self, Sources},
    data::{self, DataSet, Distribution, Request},
    sheet,
    terminal::print,
    train::{run_dir::data_sheet, session::REALS_DRAWN},
};
use std::{path::PathBuf, process::ExitCode};

pub fn run(command: &DataCommand) -> Outcome {
    let DataCommand::Check { path, size, channels, out, force } = command;
    must_end("--out", out.as_deref(), "png")?;
    let set = [format!("data={path}")];
    let defaults = config::resolve(&Sources { set: &set, ..Sources::default() })?;
    let (count, seed) = (defaults.data_count, defaults.data_seed);
    let request = Request { source: path.clone(), size: *size, channels: *channels, count, seed, test_too: false };
    let (examples, sound) = match Distribution::named(path) {
        Some(distribution) => {
            let points = data::load(&request)?;
            describe(distribution, &points)?;
            (Some(points), true)
        }
        None => {
            let report = data::check(&request)?;
            print(&report)?;
            (report.examples, report.problem.is_none())
        }
    };
    if let Some(examples) = &examples {
        let default = PathBuf::from(format!("data-check-{}.png", examples.name));
        let path = writable(out.as_deref(), &default, *force)?;
        let shown = if examples.distribution().is_some() { REALS_DRAWN } else { examples.count };
        sheet::write_png(&path, &data_sheet(examples, shown)?)?;
        print(format_args!("examples: {}", path.display()))?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What there is to know of points.
fn describe(distribution: &Distribution, points: &DataSet) -> Result<(), String> {
    let mut text = format!("{} (known distribution): {}\n", distribution.name, distribution.help);
    let (n, count) = (distribution.dimensions, points.count);
    text += &format!("points      {count} of {n} value{}, drawn by ganvas\n", if n == 1 { "" } else { "s" });
    text += &match distribution.modes() {
        Some((modes, sigma)) => format!("modes       {}, sigma {sigma}\n", modes.len()),
        None => format!(
            "modes       none that lie apart; {} Gaussians of sigma {} along arcs\n",
            distribution.centres().len(),
            distribution.sigma
        ),
    };
    for (axis, name) in (0..n).zip(["x1", "x2"]) {
        let values = || points.reals().iter().skip(axis).step_by(n).map(|value| f64::from(*value));
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        text += &format!("{name:<11} {low:.3} to {high:.3}, mean {:.3}\n", values().sum::<f64>() / count as f64);
    }
    let values: Vec<f64> = points.reals().iter().map(|value| f64::from(*value)).collect();
    let entropy = -distribution.densities(&values).iter().map(|p| p.ln()).sum::<f64>() / count as f64;
    text += &format!("entropy     {entropy:.3} nats (mean of -log p_data over the points)\n");
    text += &format!("preset      {} (chosen by itself)\n", config::preset_for(distribution.name));
    text += &format!("verdict     would load: {count} x {n} (points, values)");
    print(text)
}
