//! Cost against size: a training step of networks of several widths, at several batch sizes.

use super::step;
use crate::{
    commands::output::{must_end, writable},
    config::Config,
    figure::chart::{self, Axis},
    plan::Plan,
    terminal::{note, print},
    train::session,
};
use plotters::{chart::SeriesLabelPosition, prelude::*};
use serde::Serialize;
use std::{
    error::Error,
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

/// Rows of D's passes over real and over generated images.
const BATCHES: [usize; 4] = [16, 128, 1024, 4096];

/// Units of each of the two hidden layers of G and of D.
const WIDTHS: [usize; 4] = [64, 256, 1024, 4096];

/// The result, with the names of its JSON.
#[derive(Serialize)]
struct Report {
    ganvas: &'static str,
    device: String,
    driver: String,
    variant: String,
    storage: &'static str,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    batch: usize,
    width: usize,
    parameters: usize,
    ms_per_step: f64,
    gflops: f64,
}

/// Where the plot goes.
///
/// # Errors
/// A name that does not end in .png, or that exists and is not to be replaced.
pub fn plot_path(given: Option<&Path>, force: bool) -> Result<Option<PathBuf>, String> {
    must_end("--plot", given, "png")?;
    given.map(|path| writable(Some(path), path, force)).transpose()
}

/// Measures every size of which a step would take less than `time` at the rate of the size before, each for a part of `time`, and prints a
/// table of milliseconds per step.
///
/// # Errors
/// Whatever is wrong with configuration, data or device, or that the plot cannot be written.
pub fn run(config: &Config, time: Duration, json: bool, plot: Option<&Path>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut report = Report {
        ganvas: env!("CARGO_PKG_VERSION"),
        device: String::new(),
        driver: String::new(),
        variant: String::new(),
        storage: config.storage.name(),
        cells: Vec::new(),
    };
    let mut rate = f64::INFINITY;
    for width in WIDTHS {
        for batch in BATCHES {
            let (trainer, _) = match session::prepare(sized(config, batch, width), false, &mut |_, _| {}) {
                Ok(prepared) => prepared,
                Err(error) if report.cells.is_empty() => return Err(error),
                Err(error) => {
                    note(format_args!("batch {batch}, width {width} left out: {error}"));
                    continue;
                }
            };
            let (config, gan, mut engine) = trainer.into_parts()?;
            let flops = flops(engine.plan(), &gan.step(config.k)) as f64;
            if flops / rate > time.as_secs_f64() {
                note(format_args!("batch {batch}, width {width} left out: a step would take about {:.0} s", flops / rate));
                continue;
            }
            let seconds = step::measure(&mut *engine, &gan, &config, time / 5)?.seconds.median;
            // A guess for the next size: one that fills the cores less well takes longer.
            rate = flops / seconds;
            (report.device, report.driver, report.variant) = (engine.info().name.clone(), engine.info().driver.clone(), engine.variant());
            let parameters = gan.generator.network.parameter_count() + gan.discriminator.network.parameter_count();
            report.cells.push(Cell { batch, width, parameters, ms_per_step: seconds * 1e3, gflops: rate * 1e-9 });
        }
    }
    if json {
        print(serde_json::to_string_pretty(&report)?)?;
    } else {
        print(table(&report)?.trim_end())?;
    }
    if let Some(path) = plot {
        draw(&report)?.save(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        note(format_args!("plot in {}", path.display()));
    }
    Ok(())
}

/// The configuration with two hidden layers of `width` in G and in D. G ends as it is configured, for the range of the data.
fn sized(config: &Config, batch: usize, width: usize) -> Config {
    let hidden = [format!("linear {width}"), "leaky_relu 0.2".into(), format!("linear {width}"), "leaky_relu 0.2".into()];
    let end = config.generator.iter().rposition(|layer| layer.starts_with("linear")).unwrap_or(0);
    let generator = [&hidden, &config.generator[end..]].concat();
    let discriminator = [&hidden[..], &["linear 1".into()]].concat();
    Config { batch, tune: false, generator, discriminator, ..config.clone() }
}

fn flops(plan: &Plan, step: &[crate::plan::SequenceId]) -> usize {
    step.iter().flat_map(|id| &plan.sequence(*id).dispatches).map(|dispatch| dispatch.flops()).sum()
}

impl Report {
    fn at(&self, batch: usize, width: usize) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.batch == batch && cell.width == width)
    }
}

/// A row per width, a column per batch size.
fn table(report: &Report) -> Result<String, std::fmt::Error> {
    let mut text = format!("{}, {}, storage {}\n", report.device, report.variant, report.storage);
    write!(text, "milliseconds per step (GFLOP/s)\n\n{:<8}{:>12}", "width", "parameters")?;
    for batch in BATCHES {
        write!(text, "{:>18}", format!("batch {batch}"))?;
    }
    for width in WIDTHS {
        let parameters = report.at(BATCHES[0], width).map_or("-".into(), |cell| cell.parameters.to_string());
        write!(text, "\n{width:<8}{parameters:>12}")?;
        for batch in BATCHES {
            let cell = report.at(batch, width).map_or("-".into(), |cell| format!("{} ({:.0})", Short(cell.ms_per_step), cell.gflops));
            write!(text, "{cell:>18}")?;
        }
    }
    Ok(text)
}

/// Three digits that count.
struct Short(f64);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            v if v < 10.0 => write!(f, "{v:.2}"),
            v if v < 100.0 => write!(f, "{v:.1}"),
            v => write!(f, "{v:.0}"),
        }
    }
}

/// A line per width, over the batch size, both axes logarithmic.
fn draw(report: &Report) -> Result<image::DynamicImage, chart::FigureError> {
    let logs = || report.cells.iter().map(|cell| cell.ms_per_step.log10());
    let (low, high) = (logs().fold(f64::INFINITY, f64::min), logs().fold(f64::NEG_INFINITY, f64::max));
    let log = |size: usize| (size as f64).log2();
    let x = log(BATCHES[0]) - 0.5..log(BATCHES[BATCHES.len() - 1]) + 0.5;
    let colours = [chart::D, chart::G, chart::GREY, chart::INK];
    chart::picture(640, 400, |area| {
        let title = format!("A training step on {}", report.device);
        let y = low - 0.2..high + 0.2;
        let (x, y) = (Axis::logarithmic(2.0, "batch size", x), Axis::logarithmic(10.0, "milliseconds per step", y));
        let mut chart = chart::chart(area, &title, x, y)?;
        for (width, colour) in WIDTHS.into_iter().zip(colours) {
            let points: Vec<(f64, f64)> =
                report.cells.iter().filter(|cell| cell.width == width).map(|cell| (log(cell.batch), cell.ms_per_step.log10())).collect();
            let style = chart::stroke(colour, 1.5);
            let dots = points.iter().map(|point| Circle::new(*point, 3 * chart::SCALE, style)).collect::<Vec<_>>();
            let line = chart.draw_series(LineSeries::new(points, style))?;
            line.label(format!("width {width}")).legend(chart::sample_of_line(style));
            chart.draw_series(dots)?;
        }
        chart::legend(&mut chart, SeriesLabelPosition::LowerRight)
    })
}
