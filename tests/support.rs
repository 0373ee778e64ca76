//! What several tests need.

use ganvas::{
    engine::{DeviceInfo, DeviceKind, Done, Engine, EngineError, Work, cpu::CpuEngine, devices, gpu::describe},
    models::{Gan, GanSpec, Init, LOSSES, Schedule},
    ops::{Annealing, LatentDistribution, Optimizer, augment::Augments},
    plan::{Plan, SequenceId, Storage, Tensor},
    random::{random_bits, stream},
};
use std::io::Write as _;

/// Says that a check is left out, past the test runner's capture of output.
pub fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}

/// A GPU or software adapter for tests of the WGSL engine. Without one the test is skipped, saying so, unless GANVAS_REQUIRE_GPU=1
/// promises one; GANVAS_REQUIRE_ADAPTER=NAME promises one of that name.
pub fn adapter(what: &str) -> Option<wgpu::Adapter> {
    let found = devices::list().into_iter().find_map(|listed| match listed.device {
        devices::Device::Gpu(adapter) if listed.info.kind != DeviceKind::CpuEngine => Some(adapter),
        _ => None,
    });
    if let Ok(name) = std::env::var("GANVAS_REQUIRE_ADAPTER") {
        let here = found.as_ref().map(|adapter| adapter.get_info().name);
        assert!(
            here.as_ref().is_some_and(|here| here.contains(&name)),
            "GANVAS_REQUIRE_ADAPTER is {name}, but {here:?} was found for: {what}"
        );
    }
    if found.is_none() {
        assert!(std::env::var_os("GANVAS_REQUIRE_GPU").is_none(), "GANVAS_REQUIRE_GPU is set, but there is no adapter for: {what}");
        skipped(what, "no Vulkan, Metal or DX12 adapter");
    }
    found
}

/// Values of `--device` for the engines that are here.
pub fn engines(what: &str) -> Vec<&'static str> {
    match adapter(what) {
        Some(_) => vec!["cpu", "gpu"],
        None => vec!["cpu"],
    }
}

/// As [`engines`], for what needs f16.
pub fn engines_of_halves(what: &str) -> Vec<&'static str> {
    match adapter(what).filter(|adapter| stores(adapter, Storage::F16, what)) {
        Some(_) => vec!["cpu", "gpu"],
        None => vec!["cpu"],
    }
}

/// Whether tests of what rests in `storage` can run on an adapter; where not, the test is skipped as by [`adapter`].
pub fn stores(adapter: &wgpu::Adapter, storage: Storage, what: &str) -> bool {
    let can = storage == Storage::F32 || describe(adapter).f16;
    if !can {
        assert!(std::env::var_os("GANVAS_REQUIRE_GPU").is_none(), "GANVAS_REQUIRE_GPU is set, but no 16-bit floats for: {what} in f16");
        skipped(&format!("{what} in f16"), "the adapter has no 16-bit floats");
    }
    can
}

/// A GAN small enough to be trained thousands of times: 37 pixels, 5 latents, batch 6 of 50 images.
pub struct Small {
    /// Layers of G.
    pub generator: &'static [&'static str],
    /// Layers of D.
    pub discriminator: &'static [&'static str],
    /// Weight of the R1 penalty.
    pub r1: f32,
}

impl Default for Small {
    fn default() -> Self {
        Small {
            generator: &["linear 13", "leaky_relu 0.2", "linear image", "tanh"],
            discriminator: &["linear 11", "leaky_relu 0.2", "linear 1"],
            r1: 0.0,
        }
    }
}

impl Small {
    /// With Adam, the default loss, normal latents and EMA.
    pub fn spec(&self) -> GanSpec {
        let list = |layers: &[&str]| layers.iter().map(|layer| (*layer).to_owned()).collect();
        GanSpec {
            generator: list(self.generator),
            discriminator: list(self.discriminator),
            latent: 5,
            latent_distribution: LatentDistribution::Normal,
            image: 37.into(),
            images: 50,
            staged: None,
            batch: 6,
            flip: false,
            augments: Augments::NONE,
            ada: None,
            loss: &LOSSES[0],
            loss_d_scale: 1.0,
            schedule: Schedule::Alternating,
            r1: self.r1,
            r2: 0.0,
            gradient_penalty: 0.0,
            weight_clip: None,
            optimizer: Optimizer::Adam { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 },
            annealing: Annealing::NONE,
            init: [Init::PyTorch; 2],
            output_bias_from_data: false,
            ema: 0.99,
            storage: Storage::F32,
            seed: 1,
            previews: 3,
            points: None,
        }
    }
}

/// Fills an engine with what a run starts from: weights, learning rates, and random images.
pub fn load(gan: &Gan, spec: &GanSpec, engine: &mut dyn Engine) {
    let upload = |engine: &mut dyn Engine, tensor: &Tensor, values: &[f32]| engine.upload(tensor, values).expect("an upload");
    for (player, stream) in [(&gan.generator, stream::INIT_G), (&gan.discriminator, stream::INIT_D)] {
        for (tensor, values) in player.initial_values(spec.seed, stream) {
            upload(engine, tensor, &values);
        }
    }
    if let Some(ema) = &gan.ema {
        for (tensor, (_, values)) in ema.tensors().zip(gan.generator.initial_values(spec.seed, stream::INIT_G)) {
            upload(engine, tensor, &values);
        }
    }
    upload(engine, &gan.dials, &[0.001, 0.001]);
    let words: Vec<u32> = (0..gan.source.data.len()).map(|n| random_bits(spec.seed, 0, 99, n as u32)).collect();
    engine.upload_words(&gan.source.data, &words).expect("an upload");
}

/// The CPU engine behind a guard, which is asked before each submission.
pub struct Guarded {
    /// What computes.
    pub engine: CpuEngine<f32>,
    /// Lets a submission through, or fails it.
    pub guard: Box<dyn FnMut() -> Result<(), EngineError> + Send>,
}

impl Engine for Guarded {
    fn submit(&mut self, work: &Work) -> Result<(), EngineError> {
        (self.guard)()?;
        self.engine.submit(work)
    }
    fn info(&self) -> &DeviceInfo {
        self.engine.info()
    }
    fn plan(&self) -> &Plan {
        self.engine.plan()
    }
    fn variant(&self) -> String {
        self.engine.variant()
    }
    fn memory_bytes(&self) -> usize {
        self.engine.memory_bytes()
    }
    fn upload_start(&mut self, tensor: &Tensor, values: &[f32]) -> Result<(), EngineError> {
        self.engine.upload_start(tensor, values)
    }
    fn upload_words(&mut self, tensor: &Tensor, words: &[u32]) -> Result<(), EngineError> {
        self.engine.upload_words(tensor, words)
    }
    fn collect(&mut self, wait: bool) -> Result<Option<Done>, EngineError> {
        self.engine.collect(wait)
    }
    fn download(&mut self, tensor: &Tensor) -> Result<Vec<f32>, EngineError> {
        self.engine.download(tensor)
    }
    fn download_words(&mut self, tensor: &Tensor) -> Result<Vec<u32>, EngineError> {
        self.engine.download_words(tensor)
    }
    fn run_dispatch(&mut self, sequence: SequenceId, index: usize) -> Result<(), EngineError> {
        self.engine.run_dispatch(sequence, index)
    }
}
