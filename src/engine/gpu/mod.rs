//! The GPU engine: a plan on wgpu, each dispatch run by its hand-written WGSL kernel.
//!
//! One thread owns the engine and all that it made: it alone encodes, submits, polls and drops.

mod bytes;
mod device;
mod pace;
mod pipelines;
mod product;
mod profile;
mod readback;
#[cfg(test)]
mod tests;

pub use device::describe;
pub use product::{PRODUCT_LOOPS, ProductLoop, Tile, product_loop, product_loops, workgroups};

use super::{
    DeviceInfo, DispatchTime, Done, Engine, EngineError, Profile, Work,
    access::{self, Host},
};
use crate::plan::{Buffer, Element, Plan, SequenceId, Tensor, amount};
use device::Device;
use pace::Pace;
use pipelines::Launch;
use readback::{Flight, Staging};
use std::collections::VecDeque;
use web_time::Instant;

/// A plan loaded on a GPU or a software adapter.
pub struct GpuEngine {
    gpu: Device,
    plan: Plan,
    product: &'static ProductLoop,
    buffers: Vec<wgpu::Buffer>,
    /// Per sequence.
    launches: Vec<Vec<Launch>>,
    staging: Staging,
    flights: VecDeque<Flight>,
    pace: Pace,
    /// End of the submission collected last.
    previous_end: Option<Instant>,
    /// Bytes handed to the queue that no submission has carried to the device yet.
    unsent: usize,
}

/// Uploads go to the device in pieces of this size, since the driver holds a copy of each until it has arrived.
const PIECE_BYTES: usize = 16 << 20;

impl GpuEngine {
    /// Opens `adapter` with a main loop for products, and loads `plan`. [`GpuEngine::open`] waits for it.
    ///
    /// # Errors
    /// Any [`EngineError`].
    pub async fn opening(adapter: &wgpu::Adapter, plan: Plan, product: &'static ProductLoop) -> Result<GpuEngine, EngineError> {
        let gpu = Device::open(adapter, &plan, product).await?;
        let mut buffers = Vec::new();
        for buffer in plan.buffers() {
            let bytes = plan.buffer_bytes(buffer);
            buffers.push(gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(&buffer.name),
                size: bytes as u64,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }));
            gpu.check(|| format!("buffer {} of {}", buffer.name, amount(bytes, "B")))?;
        }
        let launches = pipelines::build(&gpu, &plan, &buffers, product)?;
        let mut engine = GpuEngine {
            gpu,
            plan,
            product,
            buffers,
            launches,
            staging: Staging::default(),
            flights: VecDeque::new(),
            pace: Pace::slow(),
            previous_end: None,
            unsent: 0,
        };
        engine.fill()?;
        Ok(engine)
    }

    /// Buffers start as zeros; this writes every other `fill`, and constants.
    fn fill(&mut self) -> Result<(), EngineError> {
        for index in 0..self.plan.buffers().len() {
            let Buffer { element, len, fill, ref initial, .. } = self.plan.buffers()[index];
            if let Some(words) = initial.clone() {
                self.write(index, 0, bytemuck::cast_slice(&words))?;
            }
            if element == Element::U32 || fill.to_bits() == 0 {
                continue;
            }
            let width = self.plan.width(element);
            let piece = vec![fill; len.min(PIECE_BYTES / 4)];
            for start in (0..len).step_by(piece.len()) {
                self.write(index, start * width, &bytes::of_reals(&piece[..piece.len().min(len - start)], width))?;
            }
        }
        Ok(())
    }

    /// Writes `bytes` from byte `start` on, after all work submitted so far and before all later work.
    fn write(&mut self, buffer: usize, start: usize, bytes: &[u8]) -> Result<(), EngineError> {
        for (i, piece) in bytes.chunks(PIECE_BYTES).enumerate() {
            let offset = start + i * PIECE_BYTES;
            self.gpu.queue.write_buffer(&self.buffers[buffer], offset as u64, piece);
            self.unsent += piece.len();
            if self.unsent >= PIECE_BYTES {
                self.gpu.queue.submit([]);
                self.unsent = 0;
                self.gpu.wait()?;
            }
        }
        self.gpu.check(|| format!("an upload of {}", amount(bytes.len(), "B")))
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// The launches of `work`, in order.
    fn launches(&self, work: &Work) -> Vec<&Launch> {
        let runs = (0..work.times).flat_map(|_| &work.runs).chain(&work.then);
        runs.flat_map(|run| &self.launches[run.0]).collect()
    }

    /// Fetches one tensor; submissions before it stay collectable.
    fn fetch(&mut self, tensor: &Tensor) -> Result<Flight, EngineError> {
        let flight = self.staging.submit(&self.gpu, self.encoder(), (&self.plan, &self.buffers), std::slice::from_ref(tensor))?;
        self.unsent = 0;
        flight.wait(&self.gpu)?;
        Ok(flight)
    }
}

/// Adds a pass with these launches.
fn encode<'a>(encoder: &mut wgpu::CommandEncoder, launches: impl Iterator<Item = &'a Launch>) {
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    for launch in launches {
        launch.encode(&mut pass);
    }
}

impl Engine for GpuEngine {
    fn info(&self) -> &DeviceInfo {
        &self.gpu.info
    }

    fn plan(&self) -> &Plan {
        &self.plan
    }

    fn variant(&self) -> String {
        self.product.variant(&self.gpu.info)
    }

    fn memory_bytes(&self) -> usize {
        self.plan.bytes()
    }

    fn upload_start(&mut self, tensor: &Tensor, values: &[f32]) -> Result<(), EngineError> {
        access::takes_start(&self.plan, tensor, Host::Reals, values.len())?;
        let width = self.plan.tensor_width(tensor);
        self.write(tensor.buffer.0, tensor.start * width, &bytes::of_reals(values, width))
    }

    fn upload_words(&mut self, tensor: &Tensor, words: &[u32]) -> Result<(), EngineError> {
        access::takes(&self.plan, tensor, Host::Integers, words.len())?;
        self.write(tensor.buffer.0, tensor.start * 4, bytemuck::cast_slice(words))
    }

    fn submit(&mut self, work: &Work) -> Result<(), EngineError> {
        self.gpu.check(|| "work under way".into())?;
        for tensor in &work.reads {
            access::holds(&self.plan, tensor, Host::Reals)?;
        }
        let submitted = Instant::now();
        let launches = self.launches(work);
        let cost = launches.iter().map(|launch| launch.cost).sum();
        let pieces = self.pace.pieces(&launches, |launch| launch.cost);
        let mut encoder = self.encoder();
        for (i, piece) in pieces.iter().enumerate() {
            if i > 0 {
                self.gpu.queue.submit([std::mem::replace(&mut encoder, self.encoder()).finish()]);
            }
            encode(&mut encoder, piece.iter().copied());
        }
        self.unsent = 0;
        let mut flight = self.staging.submit(&self.gpu, encoder, (&self.plan, &self.buffers), &work.reads)?;
        (flight.submitted, flight.cost) = (submitted, cost);
        self.flights.push_back(flight);
        Ok(())
    }

    fn collect(&mut self, wait: bool) -> Result<Option<Done>, EngineError> {
        self.gpu.check(|| "work under way".into())?;
        let Some(oldest) = self.flights.front() else { return Ok(None) };
        let end = if wait {
            oldest.wait(&self.gpu)?
        } else {
            if oldest.end().is_none() {
                self.gpu.poll(wgpu::PollType::Poll)?;
            }
            let Some(end) = oldest.end() else { return Ok(None) };
            end
        };
        let Some(flight) = self.flights.pop_front() else { return Ok(None) };
        let start = self.previous_end.map_or(flight.submitted, |previous| previous.max(flight.submitted));
        self.previous_end = Some(end);
        let seconds = end.saturating_duration_since(start).as_secs_f64();
        self.pace.measured(flight.cost, seconds);
        Ok(Some(Done { seconds, reads: self.staging.land(&self.gpu, flight)? }))
    }

    fn download(&mut self, tensor: &Tensor) -> Result<Vec<f32>, EngineError> {
        access::holds(&self.plan, tensor, Host::Reals)?;
        let flight = self.fetch(tensor)?;
        Ok(self.staging.land(&self.gpu, flight)?.pop().unwrap_or_default())
    }

    fn download_words(&mut self, tensor: &Tensor) -> Result<Vec<u32>, EngineError> {
        access::holds(&self.plan, tensor, Host::Integers)?;
        let flight = self.fetch(tensor)?;
        Ok(self.staging.land_words(&self.gpu, flight)?.pop().unwrap_or_default())
    }

    fn run_dispatch(&mut self, sequence: SequenceId, index: usize) -> Result<(), EngineError> {
        let mut encoder = self.encoder();
        encode(&mut encoder, std::iter::once(&self.launches[sequence.0][index]));
        self.unsent = 0;
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.wait()
    }

    fn profile(&mut self, sequences: &[SequenceId]) -> Result<Profile, EngineError> {
        let places = || sequences.iter().flat_map(|&s| (0..self.launches[s.0].len()).map(move |index| (s, index)));
        let launches: Vec<&Launch> = places().map(|(s, index)| &self.launches[s.0][index]).collect();
        self.unsent = 0;
        let (how, seconds) = profile::profile(&self.gpu, &self.pace, &launches)?;
        let times = places().zip(seconds).map(|((sequence, index), seconds)| DispatchTime { sequence, index, seconds }).collect();
        Ok(Profile { how, times })
    }
}
