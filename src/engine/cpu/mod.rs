//! The CPU engine: runs each dispatch's twin, a Rust function of the kernel's name over the same bindings.
//!
//! In f32 with all cores it is what a person without a GPU trains on; in f64 it is the oracle of the tests.

mod variant;

use super::{
    DeviceInfo, DeviceKind, Done, Engine, EngineError, Profile, Work,
    access::{self, Host},
    profile_each,
};
use crate::{
    ops,
    plan::{Access, Dispatch, Element, Plan, SequenceId, Storage, Tensor},
    twin::{Args, Memory, Real, Way},
};
use std::{collections::VecDeque, sync::OnceLock};
use web_time::Instant;

/// A plan on the CPU, computing in `R`.
pub struct CpuEngine<R> {
    info: DeviceInfo,
    plan: Plan,
    memory: Vec<Memory<R>>,
    scratch: Vec<R>,
    way: Way,
    done: VecDeque<Done>,
    /// Found out when it is first asked for.
    variant: OnceLock<String>,
}

/// The CPU as a device.
pub fn info() -> DeviceInfo {
    DeviceInfo {
        name: format!("CPU, {} threads", rayon::current_num_threads()),
        kind: DeviceKind::CpuEngine,
        backend: "native".into(),
        driver: String::new(),
        f16: false,
        subgroup: None,
    }
}

impl<R: Real> CpuEngine<R> {
    /// Allocates the plan's memory and fills it.
    pub fn open(plan: Plan) -> Self {
        Self::open_with(plan, Way::ALL[0])
    }

    /// As [`CpuEngine::open`] with matrix products shared in a way of the caller's choice.
    pub fn open_with(plan: Plan, way: Way) -> Self {
        let fill = |buffer: &crate::plan::Buffer| match buffer.element {
            Element::F32 | Element::Stored => Memory::Real(vec![R::of(buffer.fill); buffer.len]),
            Element::U32 => {
                let mut words = buffer.initial.as_deref().unwrap_or_default().to_vec();
                words.resize(buffer.len, 0);
                Memory::Words(words)
            }
        };
        let memory = plan.buffers().iter().map(fill).collect();
        CpuEngine { info: info(), plan, memory, scratch: Vec::new(), way, done: VecDeque::new(), variant: OnceLock::new() }
    }

    /// Values of a real tensor, in full precision.
    pub fn values(&self, tensor: &Tensor) -> &[R] {
        match &self.memory[tensor.buffer.0] {
            Memory::Real(values) => &values[tensor.start..tensor.start + tensor.len()],
            Memory::Words(_) => &[],
        }
    }

    /// Values of a real tensor, to be changed.
    pub fn values_mut(&mut self, tensor: &Tensor) -> &mut [R] {
        match &mut self.memory[tensor.buffer.0] {
            Memory::Real(values) => &mut values[tensor.start..tensor.start + tensor.len()],
            Memory::Words(_) => &mut [],
        }
    }

    fn words_mut(&mut self, tensor: &Tensor) -> &mut [u32] {
        match &mut self.memory[tensor.buffer.0] {
            Memory::Words(words) => &mut words[tensor.start..tensor.start + tensor.len()],
            Memory::Real(_) => &mut [],
        }
    }

    /// Runs every dispatch of a sequence.
    pub fn run(&mut self, sequence: SequenceId) {
        for dispatch in &self.plan.sequence(sequence).dispatches {
            run_dispatch(dispatch, &mut self.memory, &mut self.scratch, self.way, self.plan.storage);
        }
    }
}

fn run_dispatch<R: Real>(dispatch: &Dispatch, memory: &mut [Memory<R>], scratch: &mut Vec<R>, way: Way, storage: Storage) {
    // A kernel without a twin is a mistake in this crate that a test finds before a person can.
    let twin = ops::twin::<R>(dispatch.kernel.name).unwrap_or_else(|| panic!("kernel {} has no CPU twin", dispatch.kernel.name));
    twin(&mut Args::bind(dispatch, memory, scratch, way));
    // Halves rest in whole reals here, rounded to the nearest: what they are for is to save memory on a GPU.
    for (binding, tensor) in dispatch.interface.bindings.iter().zip(&dispatch.bindings) {
        if let (Storage::F16, Access::Write, Element::Stored, Memory::Real(values)) =
            (storage, binding.access, binding.element, &mut memory[tensor.buffer.0])
        {
            R::round_to_f16(&mut values[tensor.start..][..tensor.len()]);
        }
    }
}

impl<R: Real> Engine for CpuEngine<R> {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn plan(&self) -> &Plan {
        &self.plan
    }

    fn variant(&self) -> String {
        self.variant.get_or_init(|| variant::variant::<R>(self.way)).clone()
    }

    fn width(&self, element: Element) -> usize {
        match element {
            Element::F32 | Element::Stored => size_of::<R>(),
            Element::U32 => 4,
        }
    }

    fn memory_bytes(&self) -> usize {
        let bytes = |memory: &Memory<R>| match memory {
            Memory::Real(values) => std::mem::size_of_val(values.as_slice()),
            Memory::Words(words) => std::mem::size_of_val(words.as_slice()),
        };
        self.memory.iter().map(bytes).sum()
    }

    fn upload_start(&mut self, tensor: &Tensor, values: &[f32]) -> Result<(), EngineError> {
        access::takes_start(&self.plan, tensor, Host::Reals, values.len())?;
        let rounds = self.plan.storage == Storage::F16 && self.plan.buffers()[tensor.buffer.0].element == Element::Stored;
        let to = &mut self.values_mut(tensor)[..values.len()];
        for (to, from) in to.iter_mut().zip(values) {
            *to = R::of(*from);
        }
        if rounds {
            R::round_to_f16(to);
        }
        Ok(())
    }

    fn upload_words(&mut self, tensor: &Tensor, words: &[u32]) -> Result<(), EngineError> {
        access::takes(&self.plan, tensor, Host::Integers, words.len())?;
        self.words_mut(tensor).copy_from_slice(words);
        Ok(())
    }

    fn submit(&mut self, work: &Work) -> Result<(), EngineError> {
        for tensor in &work.reads {
            access::holds(&self.plan, tensor, Host::Reals)?;
        }
        let start = Instant::now();
        // The whole of it on a thread of the pool: sharing work from outside puts this thread to sleep and wakes it every time.
        rayon::scope(|_| {
            for &sequence in (0..work.times).flat_map(|_| &work.runs).chain(&work.then) {
                self.run(sequence);
            }
        });
        let read = |tensor: &Tensor| self.values(tensor).iter().map(|v| v.to_f32_lossy()).collect();
        let reads = work.reads.iter().map(read).collect();
        self.done.push_back(Done { seconds: start.elapsed().as_secs_f64(), reads });
        Ok(())
    }

    fn collect(&mut self, _wait: bool) -> Result<Option<Done>, EngineError> {
        Ok(self.done.pop_front())
    }

    fn download(&mut self, tensor: &Tensor) -> Result<Vec<f32>, EngineError> {
        access::holds(&self.plan, tensor, Host::Reals)?;
        Ok(self.values(tensor).iter().map(|v| v.to_f32_lossy()).collect())
    }

    fn download_words(&mut self, tensor: &Tensor) -> Result<Vec<u32>, EngineError> {
        access::holds(&self.plan, tensor, Host::Integers)?;
        Ok(self.words_mut(tensor).to_vec())
    }

    fn run_dispatch(&mut self, sequence: SequenceId, index: usize) -> Result<(), EngineError> {
        run_dispatch(&self.plan.sequence(sequence).dispatches[index], &mut self.memory, &mut self.scratch, self.way, self.plan.storage);
        Ok(())
    }

    fn profile(&mut self, sequences: &[SequenceId]) -> Result<Profile, EngineError> {
        // As `submit` runs them.
        rayon::scope(|_| profile_each(self, sequences))
    }
}
