//! Times of single launches, by the device's own clock where it has one.

use super::{device::Device, pace::Pace, pipelines::Launch};
use crate::engine::EngineError;
use web_time::Instant;

/// Launches per set of queries: each takes two.
const CHUNK: usize = wgpu::QUERY_SET_MAX_QUERIES as usize / 2;

/// Runs each launch in a pass of its own. Seconds of each, and how they were taken.
pub(super) fn profile(gpu: &Device, pace: &Pace, launches: &[&Launch]) -> Result<(&'static str, Vec<f64>), EngineError> {
    if !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
        let seconds = launches.iter().map(|launch| by_the_host(gpu, launch)).collect::<Result<_, _>>()?;
        return Ok(("the host's clock around each kernel, submitted alone: this device has no clock of its own", seconds));
    }
    let mut seconds = Vec::new();
    for chunk in launches.chunks(CHUNK) {
        seconds.extend(by_the_device(gpu, pace, chunk)?);
    }
    Ok(("the device's timestamps around each kernel, in a pass of its own", seconds))
}

fn by_the_host(gpu: &Device, launch: &Launch) -> Result<f64, EngineError> {
    let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    super::encode(&mut encoder, std::iter::once(launch));
    gpu.wait()?;
    let start = Instant::now();
    gpu.queue.submit([encoder.finish()]);
    gpu.wait()?;
    Ok(start.elapsed().as_secs_f64())
}

fn by_the_device(gpu: &Device, pace: &Pace, launches: &[&Launch]) -> Result<Vec<f64>, EngineError> {
    let count = 2 * launches.len() as u32;
    let bytes = u64::from(count) * u64::from(wgpu::QUERY_SIZE);
    let buffer =
        |usage| gpu.device.create_buffer(&wgpu::BufferDescriptor { label: Some("times"), size: bytes, usage, mapped_at_creation: false });
    let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor { label: Some("times"), ty: wgpu::QueryType::Timestamp, count });
    let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
    let staging = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    gpu.check(|| "a profile".into())?;
    let encoder = || gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut queries_of = (0..count).step_by(2);
    for piece in pace.pieces(launches, |launch| launch.cost) {
        let mut encoder = encoder();
        for (launch, first) in piece.iter().zip(&mut queries_of) {
            let writes = wgpu::ComputePassTimestampWrites {
                query_set: &queries,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            };
            launch.encode(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes: Some(writes) }));
        }
        gpu.queue.submit([encoder.finish()]);
    }
    let mut encoder = encoder();
    encoder.resolve_query_set(&queries, 0..count, &resolved, 0);
    encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, bytes);
    // A mapping that fails shows where its range is asked for.
    encoder.map_buffer_on_submit(&staging, wgpu::MapMode::Read, .., |_| {});
    gpu.queue.submit([encoder.finish()]);
    gpu.wait()?;
    let mapped = staging.get_mapped_range(..).map_err(|e| gpu.refused(format!("a profile cannot be read: {e}")))?;
    let ticks: Vec<u64> = bytemuck::pod_collect_to_vec(&mapped);
    let period = f64::from(gpu.queue.get_timestamp_period()) * 1e-9;
    Ok(ticks.chunks_exact(2).map(|pair| pair[1].saturating_sub(pair[0]) as f64 * period).collect())
}
