//! Submissions under way, and what comes back from them.

use super::{bytes, device::Device};
use crate::{
    engine::EngineError,
    plan::{Plan, Tensor},
};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use web_time::Instant;

/// Staging buffers that wait for their next use. Only small ones are kept: they serve statistics and previews, which come back
/// many times a second, while whole networks are read now and then.
#[derive(Default)]
pub(super) struct Staging {
    spare: Vec<wgpu::Buffer>,
}

/// Bytes up to which a staging buffer is kept.
const KEPT_BYTES: u64 = 4 << 20;

/// A submission whose results have not been collected.
pub(super) struct Flight {
    pub submitted: Instant,
    /// What the pace is measured by.
    pub cost: f64,
    pub index: wgpu::SubmissionIndex,
    arrival: Arc<Arrival>,
    staged: Vec<Staged>,
}

/// The copy of a tensor.
struct Staged {
    buffer: wgpu::Buffer,
    /// Bytes of an element.
    width: usize,
    /// Elements.
    len: usize,
}

/// Set by the callbacks of a submission.
struct Arrival {
    outstanding: AtomicUsize,
    failed: AtomicBool,
    end: OnceLock<Instant>,
}

impl Arrival {
    fn arrive(&self, ok: bool) {
        if !ok {
            self.failed.store(true, Ordering::Relaxed);
        }
        if self.outstanding.fetch_sub(1, Ordering::AcqRel) == 1 {
            let _ = self.end.set(Instant::now());
        }
    }
}

impl Staging {
    /// Adds the copies of `reads` to `encoder` and submits it.
    pub fn submit(
        &mut self,
        gpu: &Device,
        mut encoder: wgpu::CommandEncoder,
        (plan, buffers): (&Plan, &[wgpu::Buffer]),
        reads: &[Tensor],
    ) -> Result<Flight, EngineError> {
        let arrival =
            Arc::new(Arrival { outstanding: AtomicUsize::new(reads.len().max(1)), failed: AtomicBool::new(false), end: OnceLock::new() });
        let mut staged = Vec::new();
        for tensor in reads {
            let (width, len) = (plan.tensor_width(tensor), tensor.len());
            let bytes = plan.tensor_bytes(tensor) as u64;
            let buffer = self.take(gpu, tensor, bytes)?;
            encoder.copy_buffer_to_buffer(&buffers[tensor.buffer.0], (tensor.start * width) as u64, &buffer, 0, bytes);
            let arrival = arrival.clone();
            encoder.map_buffer_on_submit(&buffer, wgpu::MapMode::Read, .., move |mapped| arrival.arrive(mapped.is_ok()));
            staged.push(Staged { buffer, width, len });
        }
        if reads.is_empty() {
            let arrival = arrival.clone();
            encoder.on_submitted_work_done(move || arrival.arrive(true));
        }
        let submitted = Instant::now();
        let index = gpu.queue.submit([encoder.finish()]);
        gpu.check(|| "the submitted work".into())?;
        Ok(Flight { submitted, cost: 0.0, index, arrival, staged })
    }

    fn take(&mut self, gpu: &Device, tensor: &Tensor, bytes: u64) -> Result<wgpu::Buffer, EngineError> {
        if let Some(position) = self.spare.iter().position(|b| b.size() == bytes) {
            return Ok(self.spare.swap_remove(position));
        }
        let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        gpu.check(|| format!("reading {} {}", tensor.name, tensor.shape_text()))?;
        Ok(staging)
    }

    /// The real values that a finished flight brought.
    pub fn land(&mut self, gpu: &Device, flight: Flight) -> Result<Vec<Vec<f32>>, EngineError> {
        self.land_with(gpu, flight, |staged, mapped| bytes::to_reals(mapped, staged.width, staged.len))
    }

    /// As [`Staging::land`] for integers.
    pub fn land_words(&mut self, gpu: &Device, flight: Flight) -> Result<Vec<Vec<u32>>, EngineError> {
        self.land_with(gpu, flight, |_, mapped| bytemuck::pod_collect_to_vec(mapped))
    }

    fn land_with<T>(&mut self, gpu: &Device, flight: Flight, read: impl Fn(&Staged, &[u8]) -> Vec<T>) -> Result<Vec<Vec<T>>, EngineError> {
        if flight.arrival.failed.load(Ordering::Relaxed) {
            gpu.check(|| "reading results".into())?;
            return Err(gpu.refused("results could not be read back"));
        }
        let mut values = Vec::new();
        for staged in flight.staged {
            let mapped = staged.buffer.get_mapped_range(..).map_err(|e| gpu.refused(e.to_string()))?;
            values.push(read(&staged, &mapped));
            drop(mapped);
            staged.buffer.unmap();
            if staged.buffer.size() <= KEPT_BYTES {
                self.spare.push(staged.buffer);
            }
        }
        Ok(values)
    }
}

impl Flight {
    /// When it was seen to be finished.
    pub fn end(&self) -> Option<Instant> {
        self.arrival.end.get().copied()
    }

    /// Blocks until it is finished.
    pub fn wait(&self, gpu: &Device) -> Result<Instant, EngineError> {
        // A result may be mapped one poll after its work was done.
        for _ in 0..3 {
            if let Some(end) = self.end() {
                return Ok(end);
            }
            gpu.poll(wgpu::PollType::Wait { submission_index: Some(self.index.clone()), timeout: None })?;
        }
        self.end().ok_or_else(|| gpu.refused("the work ended without its results"))
    }
}
