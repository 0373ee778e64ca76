//! What was measured, as JSON and as text.

use super::{ceiling::Ceiling, profile::Kernels, step::Steps};
use crate::{
    config::Config,
    engine::Engine,
    plan::{SequenceId, amount},
};
use serde::Serialize;
use std::fmt::{self, Write as _};

/// What is known of a training step without measuring.
pub struct Facts {
    device: String,
    kind: String,
    backend: String,
    driver: String,
    variant: String,
    preset: String,
    batch: usize,
    k: u32,
    storage: &'static str,
    dispatches: usize,
    flops: usize,
    bytes: usize,
    memory: usize,
}

impl Facts {
    /// Of an engine and the sequences of a step.
    pub fn of(engine: &dyn Engine, config: &Config, step: &[SequenceId]) -> Facts {
        let info = engine.info();
        let dispatches = || step.iter().flat_map(|id| &engine.plan().sequence(*id).dispatches);
        Facts {
            device: info.name.clone(),
            kind: info.kind.to_string(),
            backend: info.backend.clone(),
            driver: info.driver.clone(),
            variant: engine.variant(),
            preset: config.preset.clone(),
            batch: config.batch,
            k: config.k,
            storage: engine.plan().storage.name(),
            dispatches: dispatches().count(),
            flops: dispatches().map(|d| d.flops()).sum(),
            bytes: dispatches().map(|d| d.bytes(|element| engine.width(element))).sum(),
            memory: engine.memory_bytes(),
        }
    }
}

/// The result, with the names of its JSON. Rates are in units of 10^9 per second.
#[derive(Serialize, Debug)]
pub struct Report {
    ganvas: &'static str,
    build: &'static str,
    device: String,
    device_kind: String,
    backend: String,
    driver: String,
    variant: String,
    preset: String,
    batch: usize,
    k: u32,
    /// How the values of forward passes rest in memory.
    storage: &'static str,
    /// Median over submissions.
    ms_per_step: f64,
    ms_per_step_quartiles: [f64; 2],
    submissions: usize,
    steps_per_submission: u32,
    /// Real images that D saw.
    images_per_second: f64,
    /// Of matrix products alone.
    gflops: f64,
    gflop_per_step: f64,
    dispatches: usize,
    /// Each element that a dispatch binds counted once.
    mbytes_per_step: f64,
    gbytes_per_second: f64,
    device_memory_mbytes: f64,
    ceiling: CeilingReport,
    kernels: KernelsReport,
}

#[derive(Serialize, Debug)]
struct CeilingReport {
    product: String,
    product_gflops: f64,
    copy_mbytes: f64,
    copy_gbytes_per_second: f64,
}

#[derive(Serialize, Debug)]
struct KernelsReport {
    timed_by: &'static str,
    /// Sum over a step; the kernels run one after another here.
    ms_per_step: f64,
    list: Vec<KernelReport>,
}

#[derive(Serialize, Debug)]
struct KernelReport {
    kernel: String,
    work: String,
    dispatches: usize,
    ms: f64,
    /// Of the sum over all kernels.
    share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gflops: Option<f64>,
    gbytes_per_second: f64,
    /// Least time at the ceilings of product and copy, as a share of the time taken; for matrix products.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_ceiling: Option<f64>,
}

impl Report {
    /// Puts everything together.
    pub fn new(facts: Facts, steps: &Steps, ceiling: &Ceiling, kernels: Kernels) -> Report {
        let median = steps.seconds.median;
        let total: f64 = kernels.groups.iter().map(|group| group.seconds).sum();
        let list = kernels.groups.into_iter().map(|group| {
            let (flops, bytes) = (group.flops as f64, group.bytes as f64);
            let is_product = group.flops > 0;
            let least = (flops / ceiling.flops).max(bytes / ceiling.bandwidth);
            KernelReport {
                kernel: group.name,
                work: group.work,
                dispatches: group.count,
                ms: group.seconds * 1e3,
                share: group.seconds / total,
                gflops: is_product.then_some(flops / group.seconds * 1e-9),
                gbytes_per_second: bytes / group.seconds * 1e-9,
                of_ceiling: is_product.then_some(least / group.seconds),
            }
        });
        let side = ceiling.side;
        Report {
            ganvas: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            ms_per_step: median * 1e3,
            ms_per_step_quartiles: [steps.seconds.low * 1e3, steps.seconds.high * 1e3],
            submissions: steps.submissions,
            steps_per_submission: steps.per_submission,
            images_per_second: facts.batch as f64 * f64::from(facts.k) / median,
            gflops: facts.flops as f64 / median * 1e-9,
            gflop_per_step: facts.flops as f64 * 1e-9,
            mbytes_per_step: facts.bytes as f64 * 1e-6,
            gbytes_per_second: facts.bytes as f64 / median * 1e-9,
            device_memory_mbytes: facts.memory as f64 * 1e-6,
            ceiling: CeilingReport {
                product: format!("{side}x{side} over {side}"),
                product_gflops: ceiling.flops * 1e-9,
                copy_mbytes: ceiling.copied as f64 * 1e-6,
                copy_gbytes_per_second: ceiling.bandwidth * 1e-9,
            },
            kernels: KernelsReport { timed_by: kernels.how, ms_per_step: total * 1e3, list: list.collect() },
            device: facts.device,
            device_kind: facts.kind,
            backend: facts.backend,
            driver: facts.driver,
            variant: facts.variant,
            preset: facts.preset,
            batch: facts.batch,
            k: facts.k,
            storage: facts.storage,
            dispatches: facts.dispatches,
        }
    }

    /// For a person.
    ///
    /// # Errors
    /// Only where text cannot be written.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        let [low, high] = self.ms_per_step_quartiles;
        let mega = |value: f64| amount((value * 1e6) as usize, "B");
        let Report { device, device_kind, backend, driver, variant, preset, batch, k, storage, .. } = self;
        writeln!(text, "device   {device} ({device_kind}, {})", format!("{backend} {driver}").trim_end())?;
        writeln!(text, "         {variant}")?;
        let submissions = format!("{} submissions of {}", self.submissions, count(self.steps_per_submission as usize, "step"));
        writeln!(text, "step     {:.3} ms (quartiles {low:.3} to {high:.3}, over {submissions})", self.ms_per_step)?;
        let speed = rate(self.gflops, "FLOP/s");
        writeln!(
            text,
            "         {:.0} images/s, {speed}; preset {preset}, batch {batch}, k {k}, storage {storage}",
            self.images_per_second
        )?;
        let (moved, memory) = (mega(self.mbytes_per_step), mega(self.device_memory_mbytes));
        let (flop, speed) = (amount((self.gflop_per_step * 1e9) as usize, "FLOP"), rate(self.gbytes_per_second, "B/s"));
        writeln!(text, "         {}, {flop}, {moved} moved ({speed}); {memory} on the device", count(self.dispatches, "dispatch"))?;
        let c = &self.ceiling;
        let (product, copy) = (rate(c.product_gflops, "FLOP/s"), rate(c.copy_gbytes_per_second, "B/s"));
        writeln!(text, "ceiling  {product} in a product {}, {copy} in a copy of {}", c.product, mega(c.copy_mbytes))?;
        let kernels = &self.kernels;
        let share = kernels.ms_per_step / self.ms_per_step;
        writeln!(
            text,
            "kernels  {:.3} ms, {:.0} % of the step, one after another: {}",
            kernels.ms_per_step,
            share * 100.0,
            kernels.timed_by
        )?;
        if self.build == "debug" {
            writeln!(text, "note     this is a debug build, whose kernels check every access: build with --release to measure")?;
        }
        writeln!(text)?;
        let width = kernels.list.iter().map(|kernel| kernel.kernel.len()).max().unwrap_or(0);
        let work = kernels.list.iter().map(|kernel| kernel.work.len()).max().unwrap_or(0);
        let head = ["kernel", "work", "times", "ms", "share", "FLOP/s", "B/s", "of ceiling"];
        let [kernel_head, work_head, times, ms, share, flops, bytes, of_ceiling] = head;
        writeln!(text, "{kernel_head:<width$}  {work_head:<work$}  {times:>5} {ms:>9} {share:>6} {flops:>8} {bytes:>8}  {of_ceiling}")?;
        for kernel in &kernels.list {
            let flops = kernel.gflops.map_or(String::new(), |gflops| rate(gflops, ""));
            let of_ceiling = kernel.of_ceiling.map_or(String::new(), |share| format!("{:.0} %", share * 100.0));
            let KernelReport { kernel: name, work: what, dispatches, ms, share, gbytes_per_second, .. } = kernel;
            let line = format!(
                "{name:<width$}  {what:<work$}  {dispatches:>5} {ms:>9.3} {:>4.1} % {flops:>8} {:>8}  {of_ceiling:>10}",
                share * 100.0,
                rate(*gbytes_per_second, "")
            );
            writeln!(text, "{}", line.trim_end())?;
        }
        Ok(text)
    }
}

/// A rate given in units of 10^9.
fn rate(giga: f64, unit: &str) -> String {
    amount((giga * 1e9).max(0.0) as usize, unit).trim_end().to_owned()
}

/// `1 step`, `2 steps`, `3 dispatches`
fn count(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        _ if what.ends_with("ch") => format!("{n} {what}es"),
        _ => format!("{n} {what}s"),
    }
}
