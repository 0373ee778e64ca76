//! Whole training steps against PyTorch: every trace in `tests/golden` (computed in float64) on three engines.
//!
//! A trace is NAME.json (networks, loss, optimizer) beside NAME.safetensors (inputs, losses, gradients, parameters). All shapes
//! are read from it, so that another one can be dropped in.

use crate::support;
use ganvas::{
    engine::{Engine, EngineError, Work, cpu::CpuEngine, gpu::GpuEngine},
    models::{Gan, GanSpec, Player},
    ops::{LOSSES, LatentDistribution, Optimizer},
    plan::Tensor,
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
        assert!(paths.len() >= 3, "the traces are gone");
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

    /// The layers of a net as in a configuration.
    fn layers(&self, net: &str) -> Vec<String> {
        let layer = |layer: &Value| match layer["kind"].as_str().unwrap() {
            "linear" => format!("linear {}", layer["outputs"]),
            "leaky_relu" => format!("leaky_relu {}", layer["slope"]),
            kind @ ("relu" | "tanh" | "sigmoid") => kind.into(),
            other => panic!("{}: no layer is called {other}", self.name),
        };
        self.recipe[net].as_array().unwrap().iter().map(layer).collect()
    }

    fn spec(&self) -> GanSpec {
        assert_eq!(self.recipe["schedule"], "alternating", "{}", self.name);
        let optimizer = &self.recipe["optimizer"];
        let pixels = self.recipe["image_shape"].as_array().unwrap().iter().map(|extent| extent.as_u64().unwrap() as usize).product();
        GanSpec {
            generator: self.layers("G"),
            discriminator: self.layers("D"),
            latent: self.size("latent"),
            latent_distribution: LatentDistribution::Normal,
            pixels,
            images: 1,
            batch: self.size("batch"),
            loss: LOSSES.iter().find(|loss| self.recipe["loss"] == loss.name).unwrap_or_else(|| panic!("{}: unknown loss", self.name)),
            r1: self.real(&self.recipe["r1"]),
            optimizer: match optimizer["kind"].as_str().unwrap() {
                "adam" => Optimizer::Adam { beta1: self.real(&optimizer["beta1"]), beta2: self.real(&optimizer["beta2"]), epsilon: 1e-8 },
                "sgd" => Optimizer::Sgd { momentum: self.real(&optimizer["momentum"]) },
                other => panic!("{}: no optimizer is called {other}", self.name),
            },
            ema: 0.0,
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
            for j in 0..k {
                let draw = if k == 1 { String::new() } else { j.to_string() };
                engine.upload(&gan.images, &self.tensor(&format!("step/{s}/x{draw}")))?;
                engine.upload(&gan.z_d, &self.tensor(&format!("step/{s}/z_d{draw}")))?;
                engine.submit(&Work { runs: vec![gan.sequences.update_d], times: 1, reads: vec![] })?;
                if s == 0 && j == 0 {
                    self.check_gradients(engine, &gan.discriminator, tolerance)?;
                }
            }
            self.check_loss(engine, &gan.discriminator.loss, &format!("step/{s}/loss_d"), tolerance)?;
            engine.upload(&gan.z_g, &self.tensor(&format!("step/{s}/z_g")))?;
            engine.submit(&Work { runs: vec![gan.sequences.update_g], times: 1, reads: vec![] })?;
            self.check_loss(engine, &gan.generator.loss, &format!("step/{s}/loss_g"), tolerance)?;
            if s == 0 {
                self.check_gradients(engine, &gan.generator, tolerance)?;
            }
            if s == 0 || s == steps - 1 {
                for tensor in gan.generator.weights.tensors().chain(gan.discriminator.weights.tensors()) {
                    self.check(&engine.download(tensor)?, &format!("after/{s}/{}", tensor.name), tolerance);
                }
            }
        }
        Ok(())
    }

    fn check_loss(&self, engine: &mut dyn Engine, loss: &Tensor, name: &str, tolerance: f32) -> Result<(), EngineError> {
        self.check(&engine.download(loss)?[..1], name, tolerance);
        Ok(())
    }

    fn check_gradients(&self, engine: &mut dyn Engine, player: &Player, tolerance: f32) -> Result<(), EngineError> {
        for (gradient, weight) in player.gradients.tensors().zip(player.weights.tensors()) {
            self.check(&engine.download(gradient)?, &format!("grad/{}", weight.name), tolerance);
        }
        Ok(())
    }

    fn check(&self, values: &[f32], name: &str, tolerance: f32) {
        let expected = self.tensor(name);
        assert_eq!(values.len(), expected.len(), "{}: {name}", self.name);
        let largest = expected.iter().fold(0.0f32, |max, v| max.max(v.abs()));
        for (i, (value, expected)) in values.iter().zip(&expected).enumerate() {
            let difference = (value - expected).abs();
            assert!(difference <= tolerance * largest, "{}: {name}[{i}] is {value}, PyTorch has {expected}", self.name);
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
