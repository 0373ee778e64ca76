//! What submissions promise, on whatever adapter there is.

use super::*;
use crate::plan::{Grid, Kernel, Storage};
use std::io::Write as _;

static NEXT: Kernel = Kernel {
    name: "next",
    source: "
struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<stored>; // [count]
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < params.count { x[id.x] = stored(f32(x[id.x]) + 1.0); }
}",
    snippets: &[],
};

/// An engine that adds 1 to every element of `x`, which starts as `fill`; `None`, said aloud, where there is no adapter.
fn counter(storage: Storage, fill: f32) -> Option<(GpuEngine, Tensor)> {
    let adapter = adapter()?;
    if storage == Storage::F16 && !describe(&adapter).f16 {
        return skipped("the adapter has no 16-bit floats");
    }
    let mut plan = Plan::new(storage);
    let x = plan.filled("x", Element::Stored, &[5], fill).expect("a tensor");
    plan.begin("next");
    plan.dispatch(&NEXT, &[], &[("count", x.len().into())], &[("x", &x)], Grid::Elements(x.len())).expect("a dispatch");
    Some((GpuEngine::open(&adapter, plan).expect("an engine"), x))
}

/// Whatever adapter there is; that of GANVAS_REQUIRE_ADAPTER, where it names one.
fn adapter() -> Option<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let found = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
    if let Ok(name) = std::env::var("GANVAS_REQUIRE_ADAPTER") {
        assert!(
            found.as_ref().is_ok_and(|found| found.get_info().name.contains(&name)),
            "GANVAS_REQUIRE_ADAPTER is {name}, found {found:?}"
        );
    }
    found.map_or_else(|_| skipped("no GPU or software adapter"), Some)
}

/// Says so past the test runner's capture of output; fails where the environment promises a device.
fn skipped<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("GANVAS_REQUIRE_GPU").is_none(), "GANVAS_REQUIRE_GPU is set, but not met: {why}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: a unit test on a GPU: {why}");
    None
}

/// Work over real numbers in which every submission of the queue must find what the one before left: 40 dispatches.
#[test]
fn long_work_goes_to_the_queue_in_pieces_with_the_same_result() -> Result<(), EngineError> {
    let (Some((mut whole, x)), Some((mut split, _))) = (counter(Storage::F32, 0.25), counter(Storage::F32, 0.25)) else { return Ok(()) };
    let work = Work { times: 39, then: vec![SequenceId(0)], ..once(std::slice::from_ref(&x)) };
    let pieces = |engine: &GpuEngine| engine.pace.pieces(&engine.launches(&work), |launch| launch.cost).len();
    // As if a dispatch had taken half a second.
    split.pace.measured(split.launches[0][0].cost * 1e9, 0.5e9);
    assert_eq!((pieces(&whole), pieces(&split)), (1, 40));
    for engine in [&mut whole, &mut split] {
        engine.submit(&work)?;
        engine.submit(&work)?;
        assert_eq!(engine.collect(true)?.expect("the first").reads, [[40.25; 5]]);
        assert_eq!(engine.collect(true)?.expect("the second").reads, [[80.25; 5]]);
        assert!(engine.collect(true)?.is_none(), "pieces are no submissions of their own");
    }
    Ok(())
}

fn once(reads: &[Tensor]) -> Work {
    Work { runs: vec![SequenceId(0)], times: 1, reads: reads.to_vec(), ..Work::default() }
}

#[test]
fn results_come_in_the_order_of_submission() -> Result<(), EngineError> {
    let Some((mut engine, x)) = counter(Storage::F32, 10.0) else { return Ok(()) };
    let work = once(std::slice::from_ref(&x));
    for n in 1..=6u8 {
        engine.submit(&work)?;
        if n % 3 == 0 {
            assert_eq!(engine.download(&x)?, [10.0 + f32::from(n); 5], "a download sees all work before it");
        }
    }
    for n in 1..=6u8 {
        let done = engine.collect(true)?.expect("six submissions");
        assert_eq!(done.reads, [[10.0 + f32::from(n); 5]]);
        assert!(done.seconds >= 0.0);
    }
    assert!(engine.collect(true)?.is_none());
    Ok(())
}

#[test]
fn an_upload_stands_between_the_submissions_around_it() -> Result<(), EngineError> {
    let Some((mut engine, x)) = counter(Storage::F32, 0.0) else { return Ok(()) };
    let work = Work { times: 3, ..once(std::slice::from_ref(&x)) };
    engine.submit(&work)?;
    engine.upload_start(&x, &[100.0, 200.0])?;
    engine.submit(&work)?;
    engine.run_dispatch(SequenceId(0), 0)?;
    assert_eq!(engine.collect(true)?.expect("the first").reads, [[3.0; 5]]);
    assert_eq!(engine.collect(true)?.expect("the second").reads, [[103.0, 203.0, 6.0, 6.0, 6.0]]);
    assert_eq!(engine.download(&x)?, [104.0, 204.0, 7.0, 7.0, 7.0]);
    Ok(())
}

/// Five halves end in the middle of a word, in which copies come.
#[test]
fn halves_go_in_and_out_as_reals_do() -> Result<(), EngineError> {
    let Some((mut engine, x)) = counter(Storage::F16, 10.0) else { return Ok(()) };
    assert_eq!(engine.memory_bytes(), 12);
    engine.submit(&once(std::slice::from_ref(&x)))?;
    engine.upload_start(&x, &[100.0, 0.1])?;
    assert_eq!(engine.collect(true)?.expect("a submission").reads, [[11.0; 5]], "filled with 10");
    let tenth = 0.099_975_586; // the f16 that is nearest
    assert_eq!(engine.download(&x)?, [100.0, tenth, 11.0, 11.0, 11.0]);
    assert!(matches!(engine.upload_start(&x, &[1.0; 3]), Err(EngineError::Misfit { .. })), "half a word");
    engine.upload(&x, &[1e9, -1e-9, 2047.0, 2048.0, -0.5])?;
    engine.run_dispatch(SequenceId(0), 0)?;
    assert_eq!(engine.download(&x)?[..3], [f32::INFINITY, 1.0, 2048.0]);
    assert_eq!(engine.download(&x)?[4], 0.5);
    Ok(())
}

#[test]
fn a_lost_device_is_an_error_everywhere() -> Result<(), EngineError> {
    let Some((mut engine, x)) = counter(Storage::F32, 0.0) else { return Ok(()) };
    engine.submit(&once(std::slice::from_ref(&x)))?;
    engine.gpu.device.destroy();
    assert!(matches!(engine.collect(true), Err(EngineError::DeviceLost { .. })));
    assert!(matches!(engine.collect(false), Err(EngineError::DeviceLost { .. })));
    assert!(matches!(engine.submit(&once(&[])), Err(EngineError::DeviceLost { .. })));
    assert!(matches!(engine.upload(&x, &[1.0; 5]), Err(EngineError::DeviceLost { .. })));
    assert!(matches!(engine.download(&x), Err(EngineError::DeviceLost { .. })));
    assert!(matches!(engine.run_dispatch(SequenceId(0), 0), Err(EngineError::DeviceLost { .. })));
    Ok(())
}

#[test]
fn a_plan_above_the_limits_names_the_tensor() -> Result<(), EngineError> {
    let Some((engine, _)) = counter(Storage::F32, 0.0) else { return Ok(()) };
    let mut allowed = wgpu::Limits::default();
    assert!(device::limits(engine.plan(), &allowed).is_ok());
    allowed.max_storage_buffer_binding_size = 16;
    let what = device::limits(engine.plan(), &allowed).expect_err("20 bytes in 16");
    assert!(what.contains("tensor x needs 20 B") && what.contains("16 B"), "{what}");
    Ok(())
}
