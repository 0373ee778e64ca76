//! What the device can do at best: a large matrix product and a large copy.

use crate::{
    engine::{
        DeviceKind, Engine, EngineError,
        devices::{self, Choice, Device},
        gpu::{self, ProductLoop},
        noise,
    },
    kernels,
    plan::{Grid, Kernel, Plan, PlanError, SequenceId, Snippet, Storage},
};
use std::{error::Error, time::Instant};

/// The device's measured best.
#[derive(Debug)]
pub struct Ceiling {
    /// Rows, columns and length of the sum of the product.
    pub side: usize,
    /// Operations per second in it.
    pub flops: f64,
    /// Bytes of the copy, read and written.
    pub copied: usize,
    /// Bytes per second in it.
    pub bandwidth: f64,
}

/// Seconds for each measurement.
const SECONDS: f64 = 0.5;

/// Measures both, with values stored as in the step: the best of several rounds each, and of every main loop, since whatever disturbs
/// them makes them slower.
///
/// # Errors
/// Where the device fails.
pub fn measure(choice: &Choice, storage: Storage) -> Result<Ceiling, Box<dyn Error + Send + Sync>> {
    // Large enough for the device's full rate, small enough for a fraction of a second. The copy is larger than caches, and as large
    // as every device can bind at most; a software adapter is too slow for caches to matter.
    let (side, elements) = match choice.info.kind {
        DeviceKind::DiscreteGpu | DeviceKind::OtherGpu => (4096, 1 << 25),
        DeviceKind::IntegratedGpu => (2048, 1 << 25),
        DeviceKind::CpuEngine => (1024, 1 << 25),
        DeviceKind::Software => (512, 1 << 21),
    };
    let plan = product(side, storage)?;
    let flops = plan.sequences()[0].dispatches[0].flops() as f64;
    let loops: Vec<Option<&ProductLoop>> = match choice.device {
        Device::Cpu => vec![None],
        Device::Gpu(_) => gpu::product_loops(&choice.info).skip(1).map(Some).collect(),
    };
    let mut product_seconds = f64::INFINITY;
    for product in loops {
        let mut engine = devices::open_with(choice, plan.clone(), product)?;
        noise::fill(&mut *engine)?;
        product_seconds = product_seconds.min(best(&mut *engine)?);
    }
    let plan = copy(elements, storage)?;
    let mut engine = devices::open(choice, plan)?;
    let copied = engine.plan().sequences()[0].dispatches[0].bytes(|element| engine.width(element));
    noise::fill(&mut *engine)?;
    let copy_seconds = best(&mut *engine)?;
    Ok(Ceiling { side, flops: flops / product_seconds, copied, bandwidth: copied as f64 / copy_seconds })
}

fn best(engine: &mut dyn Engine) -> Result<f64, EngineError> {
    let mut best = f64::INFINITY;
    let start = Instant::now();
    let mut rounds = 0;
    // The first round warms up.
    while rounds < 3 || start.elapsed().as_secs_f64() < SECONDS {
        let seconds = engine.profile(&[SequenceId(0)])?.times[0].seconds;
        if rounds > 0 && seconds > 0.0 {
            best = best.min(seconds);
        }
        rounds += 1;
    }
    Ok(best)
}

/// y = x w^T + b with all three sides `n`.
fn product(n: usize, storage: Storage) -> Result<Plan, PlanError> {
    let mut plan = Plan::new(storage);
    let [x, w, y] = [plan.stored("x", &[n, n])?, plan.tensor("w", &[n, n])?, plan.stored("y", &[n, n])?];
    let b = plan.tensor("b", &[n])?;
    plan.begin("product");
    let (kernel, with) = kernel("linear_forward")?;
    plan.dispatch(
        kernel,
        &with,
        &[("rows", n.into()), ("inputs", n.into()), ("outputs", n.into()), ("first_row", 0u32.into()), ("alpha", 0.0f32.into())],
        &[("x", &x), ("w", &w), ("b", &b), ("y", &y)],
        Grid::Product { rows: n, columns: n, inner: n, parts: 1 },
    )?;
    Ok(plan)
}

/// y = x, by the kernel of an activation that leaves everything as it is.
fn copy(elements: usize, storage: Storage) -> Result<Plan, PlanError> {
    let (rows, inputs) = (elements / 1024, 1024usize);
    let mut plan = Plan::new(storage);
    let [x, y] = [plan.stored("x", &[rows, inputs])?, plan.stored("y", &[rows, inputs])?];
    plan.begin("copy");
    let (kernel, with) = kernel("activation_forward")?;
    plan.dispatch(
        kernel,
        &with,
        &[("rows", rows.into()), ("inputs", inputs.into()), ("first_row", 0u32.into()), ("alpha", 0.0f32.into())],
        &[("x", &x), ("y", &y)],
        Grid::Elements(elements),
    )?;
    Ok(plan)
}

/// The kernel of that name with the activation that leaves everything as it is.
fn kernel(name: &str) -> Result<(&'static Kernel, Vec<&'static Snippet>), PlanError> {
    let wanted = |(kernel, with): &(&Kernel, Vec<&Snippet>)| kernel.name == name && with.iter().any(|s| s.name == "identity");
    kernels::all().into_iter().find(wanted).ok_or_else(|| PlanError::Kernel { kernel: name.into(), what: "there is none".into() })
}
