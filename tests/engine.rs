//! What every engine promises about the values that a person's program gives it and asks of it.

use crate::support;
use ganvas::{
    engine::{Engine, EngineError, Work, cpu::CpuEngine, gpu::GpuEngine},
    kernels,
    plan::{Element, Grid, Plan, SequenceId, Tensor},
};

/// Tensors of a plan that averages weights by a constant counter.
struct Averages {
    plan: Plan,
    constant: Tensor,
    counters: Tensor,
    weights: Tensor,
    ema: Tensor,
}

/// After `counter` updates an average of ones moves to weights of 0 by (1 - (1 + t) / (10 + t)), where t = counter + 1.
fn averages(counter: u32) -> Averages {
    let mut plan = Plan::default();
    let constant = plan.constant_words("constant", &[u32::MAX, counter, 3]).expect("a constant");
    let counters = plan.filled("counters", Element::U32, &[2], 0.0).expect("counters");
    let weights = plan.tensor("weights", &[5]).expect("weights");
    let ema = plan.filled("averages", Element::F32, &[5], 1.0).expect("averages");
    plan.begin("ema");
    let (kernel, with) = kernels::all().into_iter().find(|(kernel, _)| kernel.name == "ema").expect("ema");
    let params = [("count", 5u32.into()), ("counter", 1u32.into()), ("decay", 1.0f32.into())];
    let bindings = [("state", &constant), ("weights", &weights), ("ema", &ema)];
    plan.dispatch(kernel, &with, &params, &bindings, Grid::Elements(5)).expect("a dispatch");
    Averages { plan, constant, counters, weights, ema }
}

fn engines(plan: &Plan, what: &str) -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> =
        vec![Box::new(CpuEngine::<f32>::open(plan.clone())), Box::new(CpuEngine::<f64>::open(plan.clone()))];
    engines.extend(
        support::adapter(what).map(|adapter| -> Box<dyn Engine> { Box::new(GpuEngine::open(&adapter, plan.clone()).expect("an engine")) }),
    );
    engines
}

#[test]
fn constants_are_there_before_the_first_dispatch() {
    let Averages { plan, constant, ema, .. } = averages(98);
    for mut engine in engines(&plan, "constants") {
        let reads = vec![ema.clone()];
        engine.submit(&Work { runs: vec![SequenceId(0)], times: 1, reads, ..Work::default() }).expect("a submission");
        let done = engine.collect(true).expect("no error").expect("a submission");
        let expected = 100.0 / 109.0;
        assert!(done.reads[0].iter().all(|v| (v - expected).abs() < 1e-6), "{}: {:?}, not {expected}", engine.info(), done.reads[0]);
        assert_eq!(engine.download_words(&constant).expect("words"), [u32::MAX, 98, 3]);
        misfit(engine.upload_words(&constant, &[1, 2, 3]), &["constant [3]", "is constant", "nothing was written"]);
    }
}

fn misfit<T: std::fmt::Debug>(result: Result<T, EngineError>, parts: &[&str]) {
    let error = result.expect_err(parts[0]);
    let text = error.to_string();
    assert!(matches!(error, EngineError::Misfit { .. }) && parts.iter().all(|part| text.contains(part)), "{parts:?} in: {text}");
}

#[test]
fn an_upload_that_does_not_fit_is_an_error_and_changes_nothing() {
    let Averages { plan, counters, weights, ema, .. } = averages(0);
    for mut engine in engines(&plan, "uploads that do not fit") {
        let engine = engine.as_mut();
        engine.upload(&weights, &[1.0, 2.0, 3.0, 4.0, 5.0]).expect("an upload");
        engine.upload_words(&counters, &[6, 7]).expect("an upload");
        for count in [0, 4, 6] {
            let given = format!("takes 5 real numbers, and {count} were given");
            misfit(engine.upload(&weights, &vec![9.0; count]), &["tensor weights [5]", &given]);
        }
        for count in [0, 1, 3] {
            let given = format!("takes 2 integers, and {count} were given");
            misfit(engine.upload_words(&counters, &vec![9; count]), &["tensor counters [2]", &given]);
        }
        misfit(engine.upload_start(&weights, &[9.0; 6]), &["takes 5 real numbers, and 6 were given"]);
        misfit(engine.upload(&counters, &[9.0; 2]), &["tensor counters [2] holds integers, not real numbers"]);
        misfit(engine.upload_words(&weights, &[9; 5]), &["tensor weights [5] holds real numbers, not integers"]);
        misfit(engine.download(&counters), &["holds integers, not real numbers"]);
        misfit(engine.download_words(&weights), &["holds real numbers, not integers"]);
        let read = Work { reads: vec![counters.clone()], ..Work::default() };
        misfit(engine.submit(&read), &["counters [2] holds integers, not real numbers"]);
        let elsewhere = Tensor { shape: vec![1 << 20], ..ema.clone() };
        misfit(engine.download(&elsewhere), &["averages [1048576] lies outside the buffers of the plan"]);

        assert_eq!(engine.download(&weights).expect("weights"), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(engine.download_words(&counters).expect("counters"), [6, 7]);
        engine.upload_start(&weights, &[8.0, 9.0]).expect("an upload of the first two");
        assert_eq!(engine.download(&weights).expect("weights"), [8.0, 9.0, 3.0, 4.0, 5.0]);
    }
}
