//! Whole training steps against PyTorch: every trace in `tests/golden` (computed in float64) on three engines. `README.md` there says
//! where each comes from.
//!
//! A trace is NAME.json (networks, loss, optimizer) beside NAME.safetensors (inputs, losses, gradients, parameters). All shapes
//! are read from it, so that another one can be dropped in.

use crate::support;
use ganvas::{
    engine::{Engine, EngineError, Work, cpu::CpuEngine, gpu::GpuEngine},
    models::{Gan, GanSpec, Init, Player, Schedule},
    ops::{Annealing, LOSSES, LatentDistribution, Optimizer},
    plan::{SequenceId, Storage, Tensor},
};
use safetensors::SafeTensors;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Differences relative to the largest magnitude in a tensor. The f64 twins differ from PyTorch by the rounding of the stored
/// numbers; in f32 every step adds its own.
const F64: f32 = 1e-6;
const F32: f32 = 1e-4;

struct Trace {
    name: String,
    recipe: Value,
    bytes: Vec<u8>,
}

impl Trace {
    fn all() -> Vec<Trace> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let mut paths: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "json"));
        paths.sort();
        assert!(paths.len() >= 5, "the traces are gone");
        let read = |path: PathBuf| Trace {
            name: path.file_stem().unwrap().to_string_lossy().into(),
            recipe: serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap(),
            bytes: std::fs::read(path.with_extension("safetensors")).unwrap(),
        };
        paths.into_iter().map(read).collect()
    }

    fn size(&self, key: &str) -> usize {
        self.recipe[key].as_u64().unwrap_or_else(|| panic!("{}: no {key}", self.name)) as usize
    }

    fn real(&self, value: &Value) -> f32 {
        value.as_f64().unwrap_or_else(|| panic!("{}: {value} is no number", self.name)) as f32
    }

    /// A setting that not every recipe has.
    fn or(&self, value: &Value, default: f32) -> f32 {
        if value.is_null() { default } else { self.real(value) }
    }

    /// The layers of a net as in a configuration.
    fn layers(&self, net: &str) -> Vec<String> {
        let mut keeps = self.recipe["dropout_keep"].as_array().into_iter().flatten();
        let layer = |layer: &Value| match layer["kind"].as_str().unwrap() {
            "maxout" => format!("maxout {} x {}", layer["units"], layer["pieces"]),
            "dropout_mask" => format!("dropout {}", 1.0 - self.real(keeps.next().unwrap())),
            "linear" => format!("linear {}", layer["outputs"]),
            "leaky_relu" => format!("leaky_relu {}", layer["slope"]),
            "batch_norm" => format!("batch_norm {}", layer["eps"]),
            kind @ ("relu" | "tanh" | "sigmoid") => kind.into(),
            other => panic!("{}: no layer is called {other}", self.name),
        };
        self.recipe[net].as_array().unwrap().iter().map(layer).collect()
    }

    fn spec(&self) -> GanSpec {
        let schedule = Schedule::ALL.into_iter().find(|schedule| self.recipe["schedule"] == schedule.name()).expect("a schedule");
        let optimizer = &self.recipe["optimizer"];
        let first_images = if self.size("k") == 1 { "step/0/x" } else { "step/0/x0" };
        let pixels = self.tensor(first_images).len() / self.size("batch");
        GanSpec {
            generator: self.layers("G"),
            discriminator: self.layers("D"),
            latent: self.size("latent"),
            latent_distribution: LatentDistribution::Normal,
            pixels,
            images: 1,
            batch: self.size("batch"),
            loss: LOSSES.iter().find(|loss| self.recipe["loss"] == loss.name).unwrap_or_else(|| panic!("{}: unknown loss", self.name)),
            loss_d_scale: self.or(&self.recipe["loss_d_scale"], 1.0),
            schedule,
            r1: self.or(&self.recipe["r1"], 0.0),
            optimizer: match optimizer["kind"].as_str().unwrap() {
                "adam" => Optimizer::Adam { beta1: self.real(&optimizer["beta1"]), beta2: self.real(&optimizer["beta2"]), epsilon: 1e-8 },
                "sgd" => {
                    let momentum = self.real(&optimizer["momentum"]);
                    Optimizer::Sgd { momentum, momentum_final: momentum }
                }
                other => panic!("{}: no optimizer is called {other}", self.name),
            },
            annealing: Annealing { lr_decay: optimizer["lr_decay"].as_f64().unwrap_or(1.0), ..Annealing::NONE },
            init: [Init::PyTorch; 2],
            output_bias_from_data: false,
            ema: 0.0,
            storage: Storage::F32,
            seed: 0,
            previews: 1,
            distribution: None,
        }
    }

    fn tensor(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = file.tensor(name).unwrap_or_else(|e| panic!("{}: {name}: {e}", self.name));
        view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    }

    /// Runs all steps on an engine and checks all that the trace holds.
    fn replay(&self, gan: &Gan, engine: &mut dyn Engine, tolerance: f32) -> Result<(), EngineError> {
        let (steps, k) = (self.size("steps"), self.size("k"));
        let lr = self.real(&self.recipe["optimizer"]["lr"]);
        engine.upload(&gan.dials, &[lr, lr])?;
        for tensor in gan.generator.weights.tensors().chain(gan.discriminator.weights.tensors()) {
            engine.upload(tensor, &self.tensor(&format!("init/{}", tensor.name)))?;
        }
        for s in 0..steps {
            if let Some(update) = gan.sequences.update {
                self.replay_both(gan, engine, (s, update), tolerance)?;
                continue;
            }
            for j in 0..k {
                let draw = if k == 1 { String::new() } else { j.to_string() };
                engine.upload_start(&gan.images, &self.tensor(&format!("step/{s}/x{draw}")))?;
                engine.upload(&gan.z_d, &self.tensor(&format!("step/{s}/z_d{draw}")))?;
                engine.submit(&Work { runs: vec![gan.sequences.update_d], times: 1, ..Work::default() })?;
                if s == 0 && j == 0 {
                    self.check_gradients(engine, &gan.discriminator, tolerance)?;
                }
            }
            self.check_loss(engine, &gan.discriminator.loss, &format!("step/{s}/loss_d"), tolerance)?;
            engine.upload(&gan.z_g, &self.tensor(&format!("step/{s}/z_g")))?;
            engine.submit(&Work { runs: vec![gan.sequences.update_g], times: 1, ..Work::default() })?;
            self.check_loss(engine, &gan.generator.loss, &format!("step/{s}/loss_g"), tolerance)?;
            if s == 0 {
                self.check_gradients(engine, &gan.generator, tolerance)?;
            }
            self.check_weights(gan, engine, s, tolerance)?;
        }
        Ok(())
    }

    /// One step of the simultaneous schedule. The first rows of D's pass are generated images, the others real ones; so are those of
    /// the masks.
    fn replay_both(&self, gan: &Gan, engine: &mut dyn Engine, (s, update): (usize, SequenceId), tolerance: f32) -> Result<(), EngineError> {
        let x = self.tensor(&format!("step/{s}/x"));
        engine.upload(&gan.images, &[vec![f32::NAN; x.len()], x].concat())?;
        engine.upload(&gan.z_d, &self.tensor(&format!("step/{s}/z")))?;
        let draws = &gan.plan.sequence(gan.sequences.draw_d).dispatches;
        let masks: Vec<&Tensor> = draws.iter().filter(|d| d.kernel.name == "dropout_mask").map(|d| &d.bindings[1]).collect();
        assert_eq!(masks.len(), self.recipe["dropout_keep"].as_array().unwrap().len(), "{}: masks", self.name);
        for (i, mask) in masks.into_iter().enumerate() {
            let [fake, real] = ["fake", "real"].map(|half| self.tensor(&format!("step/{s}/mask_{half}{i}")));
            assert_eq!(mask.len(), fake.len() + real.len(), "{}: {}", self.name, mask.name);
            engine.upload(mask, &[fake, real].concat())?;
        }
        engine.submit(&Work { runs: vec![update], times: 1, ..Work::default() })?;
        for (player, loss) in [(&gan.discriminator, "loss_d"), (&gan.generator, "loss_g")] {
            self.check_loss(engine, &player.loss, &format!("step/{s}/{loss}"), tolerance)?;
            if s == 0 {
                self.check_gradients(engine, player, tolerance)?;
            }
        }
        self.check_weights(gan, engine, s, tolerance)
    }

    /// Parameters after the first and the last step.
    fn check_weights(&self, gan: &Gan, engine: &mut dyn Engine, s: usize, tolerance: f32) -> Result<(), EngineError> {
        if s == 0 || s == self.size("steps") - 1 {
            for tensor in gan.generator.weights.tensors().chain(gan.discriminator.weights.tensors()) {
                self.check(&engine.download(tensor)?, &format!("after/{s}/{}", tensor.name), tolerance);
            }
        }
        Ok(())
    }

    fn check_loss(&self, engine: &mut dyn Engine, loss: &Tensor, name: &str, tolerance: f32) -> Result<(), EngineError> {
        self.check(&engine.download(loss)?[..1], name, tolerance);
        Ok(())
    }

    fn check_gradients(&self, engine: &mut dyn Engine, player: &Player, tolerance: f32) -> Result<(), EngineError> {
        let expected = |weight: &Tensor| self.tensor(&format!("grad/{}", weight.name));
        let named: Vec<_> = player.gradients.tensors().zip(player.weights.tensors()).collect();
        let largest = |values: Vec<f32>| values.iter().fold(0.0f32, |max, v| max.max(v.abs()));
        let whole = largest(named.iter().flat_map(|(_, weight)| expected(weight)).collect());
        for (gradient, weight) in named {
            // The gradient by a bias before batch normalisation is 0, and what is computed the rounding of sums that cancel.
            let vanishes = largest(expected(weight)) < 1e-6 * whole;
            let floor = if vanishes { 1e-2 * whole } else { 0.0 };
            self.check_above(&engine.download(gradient)?, &format!("grad/{}", weight.name), tolerance, floor);
        }
        Ok(())
    }

    fn check(&self, values: &[f32], name: &str, tolerance: f32) {
        self.check_above(values, name, tolerance, 0.0);
    }

    /// With a tolerance relative to `floor` where that is larger than all of the tensor.
    fn check_above(&self, values: &[f32], name: &str, tolerance: f32, floor: f32) {
        let expected = self.tensor(name);
        assert_eq!(values.len(), expected.len(), "{}: {name}", self.name);
        let largest = expected.iter().fold(floor, |max, v| max.max(v.abs()));
        for (i, (value, expected)) in values.iter().zip(&expected).enumerate() {
            let difference = (value - expected).abs();
            assert!(difference <= tolerance * largest, "{}: {name}[{i}] is {value}, the trace has {expected}", self.name);
        }
    }
}

#[test]
fn steps_match_pytorch_in_f64() -> Result<(), EngineError> {
    for trace in Trace::all() {
        let gan = Gan::build(&trace.spec()).unwrap();
        trace.replay(&gan, &mut CpuEngine::<f64>::open(gan.plan.clone()), F64)?;
    }
    Ok(())
}

#[test]
fn steps_match_pytorch_on_the_cpu_engine() -> Result<(), EngineError> {
    for trace in Trace::all() {
        let gan = Gan::build(&trace.spec()).unwrap();
        trace.replay(&gan, &mut CpuEngine::<f32>::open(gan.plan.clone()), F32)?;
    }
    Ok(())
}

#[test]
fn steps_match_pytorch_in_wgsl() -> Result<(), EngineError> {
    let Some(adapter) = support::adapter("whole steps in WGSL against PyTorch") else { return Ok(()) };
    for trace in Trace::all() {
        let gan = Gan::build(&trace.spec()).unwrap();
        trace.replay(&gan, &mut GpuEngine::open(&adapter, gan.plan.clone())?, F32)?;
    }
    Ok(())
}
