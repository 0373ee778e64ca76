//! Twenty thousand small steps on each engine, which must not make the process grow.

use crate::support::{self, Small};
use ganvas::{
    engine::{Engine, Work, cpu::CpuEngine, gpu::GpuEngine},
    models::{Gan, GanSpec},
};
use std::process::Command;

/// Steps in all, and those before memory is measured for the first time: drivers and allocators fill their pools in these.
const STEPS: u32 = 20_000;
const WARM_UP: u32 = 4_000;
/// Steps per submission, as long runs have them: fewer than rows in the ring of statistics.
const SUBMIT: u32 = 250;

/// Growth that is still noise of the allocator. 32 bytes lost per dispatch would already be more than three times this.
const ALLOWED_BYTES: u64 = 8 << 20;

/// Set in the process that does the steps: memory can only be told of a process in which no other test runs.
const ENGINE: &str = "GANVAS_TEST_SOAK";

#[test]
fn memory_does_not_grow_over_twenty_thousand_steps() {
    if let Ok(engine) = std::env::var(ENGINE) {
        return soak(&engine);
    }
    if resident_bytes().is_none() {
        return support::skipped("memory over 20,000 steps", "this system does not tell a process its memory through /proc");
    }
    let mut engines = vec!["cpu"];
    if support::adapter("memory over 20,000 steps of WGSL").is_some() {
        engines.push("gpu");
    }
    for engine in engines {
        let this = std::env::current_exe().expect("the path of this test");
        let only = ["--exact", "soak::memory_does_not_grow_over_twenty_thousand_steps", "--nocapture"];
        let output = Command::new(this).args(only).env(ENGINE, engine).output().expect("a process");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && text.contains("1 passed") && text.contains("soaked"), "{engine}:\n{text}");
    }
}

/// The steps, and the bound.
fn soak(engine: &str) {
    let spec = GanSpec { batch: 4, ..Small { r1: 1.0, ..Small::default() }.spec() };
    let gan = Gan::build(&spec).expect("a GAN");
    let mut engine: Box<dyn Engine> = match engine {
        "cpu" => Box::new(CpuEngine::<f32>::open(gan.plan.clone())),
        _ => Box::new(GpuEngine::open(&support::adapter("steps").expect("an adapter"), gan.plan.clone()).expect("an engine")),
    };
    support::load(&gan, &spec, engine.as_mut());
    let work =
        Work { runs: gan.step(1), times: SUBMIT, reads: vec![gan.state.ring.clone(), gan.preview.images.clone()], ..Work::default() };
    let mut warm = 0;
    for submission in 0..STEPS / SUBMIT {
        if submission == WARM_UP / SUBMIT {
            warm = resident_bytes().expect("memory");
        }
        // Two under way, as the trainer has them.
        engine.submit(&work).expect("work");
        if submission > 0 {
            engine.collect(true).expect("results").expect("a submission");
        }
    }
    engine.collect(true).expect("results").expect("the last submission");
    let end = resident_bytes().expect("memory");
    assert_eq!(engine.download_words(&gan.state.counters).expect("counters"), [STEPS, STEPS]);
    let loss = engine.download(&gan.update_d.values[0]).expect("a loss");
    assert!(loss[0].is_finite(), "the loss is {loss:?}");
    println!("soaked: {warm} bytes after {WARM_UP} steps, {end} after {STEPS}");
    assert!(end < warm + ALLOWED_BYTES, "{} bytes more after {STEPS} steps than after {WARM_UP}", end - warm);
}

/// Memory of this process, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}
