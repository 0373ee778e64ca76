//! `ganvas bench --kernels`: every way of computing a matrix product, at the shapes of a network. Each is checked before it is timed.

use super::samples::quartiles;
use crate::{
    commands::Outcome,
    engine::{
        Engine, EngineError,
        compare::{self, TOLERANCE},
        cpu::CpuEngine,
        devices::{self, Choice, Device},
        gpu, noise,
    },
    plan::{Plan, SequenceId, Storage, amount},
    terminal::print,
    twin::Way,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Rounds that are measured at the least.
const FEWEST: usize = 3;

/// The one sequence of a plan of products.
const PRODUCTS: SequenceId = SequenceId(0);

#[derive(Serialize)]
struct Report {
    ganvas: &'static str,
    device: String,
    driver: String,
    storage: &'static str,
    timed_by: &'static str,
    ways: Vec<String>,
    /// Median milliseconds of all products, by way.
    total_ms: BTreeMap<String, f64>,
    products: Vec<Product>,
}

#[derive(Serialize)]
struct Product {
    kernel: String,
    work: String,
    flop: usize,
    fastest: String,
    /// Medians by way.
    ms: BTreeMap<String, f64>,
    gflops: BTreeMap<String, f64>,
}

/// A way of computing products, at work.
struct Contender {
    name: String,
    engine: Box<dyn Engine>,
    /// Seconds per round and product.
    rounds: Vec<Vec<f64>>,
}

/// Compares the ways over `plan`, which holds products alone, for about `time`.
///
/// # Errors
/// Where the device fails, or where a way computes wrongly.
pub fn run(choice: &Choice, plan: &Plan, time: Duration, json: bool) -> Outcome {
    let mut contenders = contenders(choice, plan)?;
    let mut oracle = CpuEngine::<f64>::open(plan.clone());
    noise::fill(&mut oracle)?;
    for Contender { name, engine, .. } in &mut contenders {
        noise::fill(&mut **engine)?;
        if let Some(difference) = compare::compare(&mut **engine, &mut oracle, &[PRODUCTS], TOLERANCE)? {
            return Err(format!("{name} computes wrongly on {}: {difference}", choice.info).into());
        }
    }
    let mut timed_by = "";
    let start = Instant::now();
    // By turns, so that a disturbance meets them all.
    while contenders.iter().any(|c| c.rounds.len() < FEWEST) || start.elapsed() < time {
        for contender in &mut contenders {
            let profile = contender.engine.profile(&[PRODUCTS])?;
            timed_by = profile.how;
            contender.rounds.push(profile.times.iter().map(|time| time.seconds).collect());
        }
    }
    let report = report(choice, plan, &contenders, timed_by);
    if json {
        print(serde_json::to_string_pretty(&report)?)?;
    } else {
        print(text(&report)?.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn contenders(choice: &Choice, plan: &Plan) -> Result<Vec<Contender>, EngineError> {
    let contender = |name, engine| Contender { name, engine, rounds: Vec::new() };
    match choice.device {
        Device::Cpu => {
            let open =
                |way: Way| contender(way.name().to_owned(), Box::new(CpuEngine::<f32>::open_with(plan.clone(), way)) as Box<dyn Engine>);
            Ok(Way::ALL.map(open).into())
        }
        Device::Gpu(_) => {
            let open = |product| devices::open_with(choice, plan.clone(), Some(product));
            gpu::product_loops(&choice.info).map(|product| Ok(contender(product.name(), open(product)?))).collect()
        }
    }
}

fn report(choice: &Choice, plan: &Plan, contenders: &[Contender], timed_by: &'static str) -> Report {
    let mut total_ms = BTreeMap::new();
    let mut products = Vec::new();
    for (i, dispatch) in plan.sequence(PRODUCTS).dispatches.iter().enumerate() {
        let (mut ms, mut gflops) = (BTreeMap::new(), BTreeMap::new());
        for contender in contenders {
            let seconds = quartiles(&contender.rounds.iter().map(|round| round[i]).collect::<Vec<_>>()).median;
            ms.insert(contender.name.clone(), seconds * 1e3);
            gflops.insert(contender.name.clone(), dispatch.flops() as f64 / seconds * 1e-9);
            *total_ms.entry(contender.name.clone()).or_insert(0.0) += seconds * 1e3;
        }
        let fastest = ms.iter().min_by(|a, b| a.1.total_cmp(b.1)).map(|(name, _)| name.clone()).unwrap_or_default();
        products.push(Product { kernel: dispatch.name(), work: dispatch.grid.to_string(), flop: dispatch.flops(), fastest, ms, gflops });
    }
    Report {
        ganvas: env!("CARGO_PKG_VERSION"),
        device: choice.info.name.clone(),
        driver: choice.info.driver.clone(),
        storage: plan.storage.name(),
        timed_by,
        ways: contenders.iter().map(|c| c.name.clone()).collect(),
        total_ms,
        products,
    }
}

/// A row per product, a column per way; a star marks the fastest.
fn text(report: &Report) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "Median ms and FLOP/s of each product once; * is the fastest. Timed by {}.", report.timed_by)?;
    let halves = if report.storage == Storage::F16.name() { ", and the last place of f16" } else { "" };
    writeln!(text, "Each agrees with its twin in double precision within {TOLERANCE:e} of the largest value{halves}.")?;
    writeln!(text)?;
    let kernel_width = report.products.iter().map(|p| p.kernel.len()).max().unwrap_or(0).max("all of them".len());
    let work_width = report.products.iter().map(|p| p.work.len()).max().unwrap_or(0);
    let width = report.ways.iter().map(String::len).max().unwrap_or(0).max(20);
    write!(text, "{:<kernel_width$}  {:<work_width$}", "kernel", "work")?;
    for way in &report.ways {
        write!(text, "  {way:>width$}")?;
    }
    writeln!(text)?;
    for product in &report.products {
        write!(text, "{:<kernel_width$}  {:<work_width$}", product.kernel, product.work)?;
        for way in &report.ways {
            let star = if product.fastest == *way { "*" } else { " " };
            let speed = amount((product.gflops[way] * 1e9) as usize, "");
            write!(text, "  {:>width$}", format!("{star} {:.3} {speed:>7}", product.ms[way]))?;
        }
        writeln!(text)?;
    }
    write!(text, "{:<kernel_width$}  {:<work_width$}", "all of them", "")?;
    for way in &report.ways {
        write!(text, "  {:>width$}", format!("{:.3} {:>7}", report.total_ms[way], ""))?;
    }
    writeln!(text)?;
    Ok(text)
}
