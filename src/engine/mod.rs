//! Engines run a [`Plan`]: wgpu with the WGSL kernels, or the CPU with their twins.

mod access;
mod blocking;
pub mod compare;
pub mod cpu;
pub mod devices;
pub mod gpu;
pub mod noise;
pub mod tune;

use crate::plan::{Element, Plan, SequenceId, Tensor};
use access::Host;
use std::fmt;
use web_time::Instant;

/// What kind of processor a device is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeviceKind {
    /// A GPU with memory of its own.
    DiscreteGpu,
    /// A GPU that shares the processor's memory.
    IntegratedGpu,
    /// A GPU passed to a virtual machine, or of unknown kind.
    OtherGpu,
    /// A graphics driver that computes on the processor (llvmpipe, WARP).
    Software,
    /// Ganvas' own CPU engine.
    CpuEngine,
}

/// A device as shown to a person.
#[derive(Clone, Debug)]
pub struct DeviceInfo {
    /// Name as the driver gives it.
    pub name: String,
    /// Kind of processor.
    pub kind: DeviceKind,
    /// `Vulkan`, `Metal`, `Dx12` or `native`.
    pub backend: String,
    /// Driver and its version, may be empty.
    pub driver: String,
    /// Whether buffers can hold 16-bit floats.
    pub f16: bool,
    /// Threads of a subgroup, where kernels may use subgroups and all are of one size.
    pub subgroup: Option<u32>,
}

/// Work for one submission: `runs` in order, all of it `times` over, then the reads.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Sequences of one round.
    pub runs: Vec<SequenceId>,
    /// Rounds.
    pub times: u32,
    /// Sequences that come once, after the last round.
    pub then: Vec<SequenceId>,
    /// Real tensors to read back at the end.
    pub reads: Vec<Tensor>,
}

/// A finished submission.
#[derive(Debug)]
pub struct Done {
    /// From the start of the work to its end as the host saw it.
    pub seconds: f64,
    /// Values of [`Work::reads`].
    pub reads: Vec<Vec<f32>>,
}

/// Times of single dispatches.
#[derive(Clone, Debug)]
pub struct Profile {
    /// How they were taken, in words for a person.
    pub how: &'static str,
    /// In the order in which they ran.
    pub times: Vec<DispatchTime>,
}

/// Time of one dispatch.
#[derive(Clone, Copy, Debug)]
pub struct DispatchTime {
    /// Its sequence.
    pub sequence: SequenceId,
    /// Its position there.
    pub index: usize,
    /// From its start to its end.
    pub seconds: f64,
}

/// What can go wrong while a plan is loaded or runs.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The driver gave the device up.
    #[error("the device {device} was lost: {reason}")]
    DeviceLost {
        /// Device name.
        device: String,
        /// The driver's words.
        reason: String,
    },
    /// Memory could not be had.
    #[error("not enough memory on {device} for {what}; choose a smaller batch, smaller layers, less data, or `device = \"cpu\"`")]
    OutOfMemory {
        /// Device name.
        device: String,
        /// Buffer and size.
        what: String,
    },
    /// The plan needs more than the device allows.
    #[error("{device} cannot run this plan: {what}; choose smaller layers, a smaller batch or less data, or `device = \"cpu\"`")]
    Unsupported {
        /// Device name.
        device: String,
        /// The limit and what was needed.
        what: String,
    },
    /// The plan stores values in 2 bytes, and the device's kernels cannot.
    #[error(
        "{device} cannot store values as f16: its driver has no 16-bit floats in kernels; \
         take another device (`device = \"cpu\"` rounds as f16 would), or make a run with `storage = \"f32\"`"
    )]
    NoHalves {
        /// Device name.
        device: String,
    },
    /// The device could not be opened.
    #[error("cannot open {device}: {reason}")]
    Open {
        /// Device name.
        device: String,
        /// The driver's words.
        reason: String,
    },
    /// The host and a tensor do not fit each other: in type, in number, or because the tensor is another plan's.
    #[error("tensor {tensor} {shape} {what}")]
    Misfit {
        /// Tensor name.
        tensor: String,
        /// Its shape.
        shape: String,
        /// What it holds and what was given or asked.
        what: String,
    },
    /// The driver refused something it should accept: a bug here or there.
    #[error("{device} refused the work: {reason}")]
    Refused {
        /// Device name.
        device: String,
        /// The driver's words.
        reason: String,
    },
}

/// A device with a plan loaded: buffers allocated and filled, kernels ready.
///
/// Calls take effect in the order in which they are made. One thread owns an engine.
pub trait Engine: Send {
    /// The device.
    fn info(&self) -> &DeviceInfo;

    /// The plan it runs.
    fn plan(&self) -> &Plan;

    /// How the device computes matrix products and whatever else changes the order of sums; a run that is resumed with another
    /// value is not exact.
    fn variant(&self) -> String;

    /// Bytes of an element in the device's memory.
    fn width(&self, element: Element) -> usize {
        self.plan().width(element)
    }

    /// Bytes of device memory in use by the plan.
    fn memory_bytes(&self) -> usize;

    /// Overwrites all elements of a real tensor.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`]; [`EngineError::Misfit`] for more or fewer values than the tensor has, or a tensor of integers.
    fn upload(&mut self, tensor: &Tensor, values: &[f32]) -> Result<(), EngineError> {
        access::takes(self.plan(), tensor, Host::Reals, values.len())?;
        self.upload_start(tensor, values)
    }

    /// Overwrites the first `values.len()` elements of a real tensor. Where elements take two bytes that is all of them or an even number.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`]; [`EngineError::Misfit`] for more values than the tensor has, half a word, or a tensor of integers.
    fn upload_start(&mut self, tensor: &Tensor, values: &[f32]) -> Result<(), EngineError>;

    /// As [`Engine::upload`] for a tensor of integers, which must not be constant.
    ///
    /// # Errors
    /// As [`Engine::upload`].
    fn upload_words(&mut self, tensor: &Tensor, words: &[u32]) -> Result<(), EngineError>;

    /// Starts work. Results come from [`Engine::collect`] in the order of submission.
    ///
    /// # Errors
    /// Any [`EngineError`].
    fn submit(&mut self, work: &Work) -> Result<(), EngineError>;

    /// The oldest submission that has finished; with `wait`, the oldest one at all. `None` where there is none.
    ///
    /// # Errors
    /// Any [`EngineError`].
    fn collect(&mut self, wait: bool) -> Result<Option<Done>, EngineError>;

    /// Waits for all work, then reads a real tensor.
    ///
    /// # Errors
    /// Any [`EngineError`].
    fn download(&mut self, tensor: &Tensor) -> Result<Vec<f32>, EngineError>;

    /// As [`Engine::download`] for a tensor of integers.
    ///
    /// # Errors
    /// Any [`EngineError`].
    fn download_words(&mut self, tensor: &Tensor) -> Result<Vec<u32>, EngineError>;

    /// Runs one dispatch alone, to compare engines.
    ///
    /// # Errors
    /// Any [`EngineError`].
    fn run_dispatch(&mut self, sequence: SequenceId, index: usize) -> Result<(), EngineError>;

    /// Runs `sequences` in order, as [`Engine::submit`] does, and times each dispatch. They run one after another here, where
    /// otherwise the end of one may overlap the start of the next: the sum is an upper bound of the time without a profile.
    ///
    /// # Errors
    /// Any [`EngineError`].
    fn profile(&mut self, sequences: &[SequenceId]) -> Result<Profile, EngineError> {
        profile_each(self, sequences)
    }
}

/// Times each dispatch from outside.
fn profile_each<E: Engine + ?Sized>(engine: &mut E, sequences: &[SequenceId]) -> Result<Profile, EngineError> {
    let mut times = Vec::new();
    for &sequence in sequences {
        for index in 0..engine.plan().sequence(sequence).dispatches.len() {
            let start = Instant::now();
            engine.run_dispatch(sequence, index)?;
            times.push(DispatchTime { sequence, index, seconds: start.elapsed().as_secs_f64() });
        }
    }
    Ok(Profile { how: "the host's clock around each kernel, run alone", times })
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeviceKind::DiscreteGpu => "discrete GPU",
            DeviceKind::IntegratedGpu => "integrated GPU",
            DeviceKind::OtherGpu => "GPU",
            DeviceKind::Software => "software adapter",
            DeviceKind::CpuEngine => "CPU engine",
        })
    }
}

impl fmt::Display for DeviceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {}", self.name, self.kind, self.backend)?;
        if !self.driver.is_empty() {
            write!(f, ", {}", self.driver)?;
        }
        f.write_str(")")
    }
}
