//! Whole training steps against PyTorch: every trace in `tests/golden` (computed in float64) on three engines. `README.md` there says
//! where each comes from.
//!
//! A trace is NAME.json (networks, loss, optimizer) beside NAME.safetensors (inputs, losses, gradients, parameters). All shapes
//! are read from it, so that another one can be dropped in.

use crate::support;
use ganvas::{
    engine::{Engine, EngineError, Work, cpu::CpuEngine, gpu::GpuEngine},
    layers::Extent,
    models::{Gan, GanSpec, Init, LOSSES, Network, Player, Schedule, Update, Vae, VaeSpec},
    ops::{Annealing, LatentDistribution, Optimizer, augment::Augments},
    plan::{Plan, SequenceId, Storage, Tensor},
};
use safetensors::SafeTensors;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Differences relative to the largest magnitude in a tensor. The f64 twins differ from PyTorch by the rounding of the stored
/// numbers; in f32 every step adds its own.
const F64: f32 = 1e-6;
const F32: f32 = 1e-4;

/// Gives an engine for a plan.
type Open<'a> = &'a mut dyn FnMut(&Plan) -> Result<Box<dyn Engine>, EngineError>;

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
        assert!(paths.len() >= 10, "the traces are gone");
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
        self.recipe[net].as_array().unwrap().iter().map(|layer| self.layer(layer, &mut keeps)).collect()
    }

    fn layer<'a>(&self, layer: &Value, keeps: &mut impl Iterator<Item = &'a Value>) -> String {
        match layer["kind"].as_str().unwrap() {
            "residual" => {
                let inner: Vec<String> = layer["inner"].as_array().unwrap().iter().map(|layer| self.layer(layer, keeps)).collect();
                format!("residual [{}]", inner.join(", "))
            }
            "bilinear_up2" => "up bilinear".into(),
            "mean_pool2" => "down mean".into(),
            "group_norm" => format!("group_norm {} {}", layer["groups"], layer["eps"]),
            "maxout" => format!("maxout {} x {}", layer["units"], layer["pieces"]),
            "dropout_mask" => format!("dropout {}", 1.0 - self.real(keeps.next().expect("a probability"))),
            "linear" => format!("linear {}", layer["outputs"]),
            "leaky_relu" => format!("leaky_relu {}", layer["slope"]),
            "batch_norm" => format!("batch_norm {}", layer["eps"]),
            "conv2d" => format!("conv {}", convolution(layer)),
            "conv_transpose2d" => format!("conv_transpose {}", convolution(layer)),
            "reshape" => format!("reshape {} {} {}", layer["shape"][0], layer["shape"][1], layer["shape"][2]),
            "flatten" => "flatten".into(),
            kind @ ("relu" | "tanh" | "sigmoid" | "silu" | "softplus" | "elu") => kind.into(),
            other => panic!("{}: no layer is called {other}", self.name),
        }
    }

    fn optimizer(&self) -> Optimizer {
        let optimizer = &self.recipe["optimizer"];
        match optimizer["kind"].as_str().unwrap() {
            "adam" => Optimizer::Adam { beta1: self.real(&optimizer["beta1"]), beta2: self.real(&optimizer["beta2"]), epsilon: 1e-8 },
            "sgd" => {
                let momentum = self.real(&optimizer["momentum"]);
                Optimizer::Sgd { momentum, momentum_final: momentum }
            }
            "rmsprop" => Optimizer::RmsProp { alpha: self.real(&optimizer["alpha"]), epsilon: 1e-8 },
            other => panic!("{}: no optimizer is called {other}", self.name),
        }
    }

    fn spec(&self) -> GanSpec {
        let schedule = Schedule::ALL.into_iter().find(|schedule| self.recipe["schedule"] == schedule.name()).expect("a schedule");
        let name = self.recipe["loss"].as_str().unwrap();
        // Pairing is the only relativistic loss there is so far.
        let name = name.strip_suffix("_pairing").unwrap_or(name);
        GanSpec {
            generator: self.layers("G"),
            discriminator: self.layers("D"),
            latent: self.size("latent"),
            latent_distribution: LatentDistribution::Normal,
            image: self.image(),
            images: 1,
            staged: None,
            batch: self.size("batch"),
            flip: false,
            augments: Augments::NONE,
            ada: None,
            loss: LOSSES.iter().find(|loss| name == loss.name).unwrap_or_else(|| panic!("{}: no loss is called {name}", self.name)),
            loss_d_scale: self.or(&self.recipe["loss_d_scale"], 1.0),
            schedule,
            r1: self.or(&self.recipe["r1"], 0.0),
            r2: self.or(&self.recipe["r2"], 0.0),
            gradient_penalty: self.or(&self.recipe["gradient_penalty"], 0.0),
            weight_clip: self.recipe["weight_clip"].as_f64().map(|clip| clip as f32),
            optimizer: self.optimizer(),
            annealing: Annealing { lr_decay: self.recipe["optimizer"]["lr_decay"].as_f64().unwrap_or(1.0), ..Annealing::NONE },
            init: [Init::PyTorch; 2],
            output_bias_from_data: false,
            ema: 0.0,
            storage: Storage::F32,
            seed: 0,
            previews: 1,
            points: None,
        }
    }

    /// True for all but the running statistics of a trace that has none.
    fn knows(&self, tensor: &Tensor) -> bool {
        let known = SafeTensors::deserialize(&self.bytes).unwrap().tensor(&format!("init/{}", tensor.name)).is_ok();
        known || !tensor.name.contains(".running_")
    }

    /// What an image holds.
    fn image(&self) -> Extent {
        let sizes = self.recipe["image_shape"].as_array().into_iter().flatten();
        match sizes.map(|n| n.as_u64().unwrap() as usize).collect::<Vec<_>>()[..] {
            [channels, height, width] => Extent { height, width, channels },
            _ => (self.tensor(if self.recipe["k"].as_u64().unwrap_or(1) == 1 { "step/0/x" } else { "step/0/x0" }).len()
                / self.size("batch"))
            .into(),
        }
    }

    /// A tensor with the channels of each pixel side by side, where PyTorch has them as planes: of pictures, of kernels, and of the inputs
    /// and outputs of linear layers that read or give pictures.
    fn tensor(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = file.tensor(name).unwrap_or_else(|e| panic!("{}: {name}: {e}", self.name));
        let values: Vec<f32> = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let shape = view.shape();
        if let [count, channels, height, width] = *shape {
            return interleaved(&values, [count, channels, height * width, 1]);
        }
        let layer = name.rsplit('/').next().unwrap();
        let Some((given, read)) = self.pictures_at(layer) else { return values };
        let (rows, columns) = (shape[0], values.len() / shape[0]);
        let values = match given {
            Some(picture) => interleaved(&values, [1, picture.channels, picture.pixels(), columns]),
            None => values,
        };
        match read {
            Some(picture) if columns == picture.len() => interleaved(&values, [rows, picture.channels, picture.pixels(), 1]),
            _ => values,
        }
    }

    /// For a parameter of a linear layer, named as `G.3.weight`: the picture that the layer gives, and the one that it reads.
    fn pictures_at(&self, parameter: &str) -> Option<(Option<Extent>, Option<Extent>)> {
        let mut words = parameter.split('.');
        let (net, index) = (words.next()?, words.next()?.parse::<usize>().ok()?);
        let layers = self.recipe[net].as_array()?;
        if layers[index]["kind"] != "linear" {
            return None;
        }
        let picture = |layer: &Value| -> Option<Extent> {
            let size = |i: usize| layer["shape"][i].as_u64().map(|n| n as usize);
            (layer["kind"] == "reshape").then(|| Some(Extent { channels: size(0)?, height: size(1)?, width: size(2)? }))?
        };
        let given = layers.get(index + 1).and_then(picture);
        // What the layers up to here make of an image.
        let list = self.layers(net);
        let flattened = index > 0 && layers[index - 1]["kind"] == "flatten";
        let read =
            flattened.then(|| Network::parse("X", "before", &list[..index - 1], self.image(), self.image()).expect("layers").output());
        Some((given, read))
    }

    /// Runs all steps on an engine and checks all that the trace holds.
    fn replay(&self, engine: Open, tolerance: f32) -> Result<(), EngineError> {
        if self.recipe["E"].is_array() {
            return self.replay_vae(engine, tolerance);
        }
        let gan = Gan::build(&self.spec()).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let engine = &mut *engine(&gan.plan)?;
        let (steps, k) = (self.size("steps"), self.size("k"));
        let lr = self.real(&self.recipe["optimizer"]["lr"]);
        engine.upload(&gan.dials, &[lr, lr])?;
        self.load(engine, [&gan.generator, &gan.discriminator])?;
        for s in 0..steps {
            if let Some(update) = &gan.update_both {
                self.replay_both(&gan, engine, (s, update), tolerance)?;
                continue;
            }
            for j in 0..k {
                let draw = if k == 1 { String::new() } else { j.to_string() };
                engine.upload_start(&gan.images, &self.tensor(&format!("step/{s}/x{draw}")))?;
                engine.upload(&gan.z_d, &self.tensor(&format!("step/{s}/z_d{draw}")))?;
                if let Some(shares) = &gan.shares {
                    engine.upload(shares, &self.tensor(&format!("step/{s}/gp_alpha{draw}")))?;
                }
                submit(engine, &[gan.update_d.gradients])?;
                if s == 0 && j == 0 {
                    self.check_gradients(engine, &gan.discriminator, tolerance)?;
                }
                submit(engine, &[gan.update_d.apply])?;
            }
            self.check_loss(engine, &gan.update_d.values[0], 0, &format!("step/{s}/loss_d"), tolerance)?;
            engine.upload(&gan.z_g, &self.tensor(&format!("step/{s}/z_g")))?;
            if let Some(reals) = &gan.reals_g {
                engine.upload(reals, &self.tensor(&format!("step/{s}/x_g")))?;
            }
            submit(engine, &[gan.update_g.gradients, gan.update_g.apply])?;
            self.check_loss(engine, &gan.update_g.values[0], 0, &format!("step/{s}/loss_g"), tolerance)?;
            if s == 0 {
                self.check_gradients(engine, &gan.generator, tolerance)?;
            }
            self.check_weights([&gan.generator, &gan.discriminator], engine, s, tolerance)?;
        }
        Ok(())
    }

    /// One step of the simultaneous schedule. The first rows of D's pass are generated images, the others real ones; so are those of
    /// the masks.
    fn replay_both(&self, gan: &Gan, engine: &mut dyn Engine, (s, update): (usize, &Update), tolerance: f32) -> Result<(), EngineError> {
        let x = self.tensor(&format!("step/{s}/x"));
        engine.upload(&gan.images, &[vec![f32::NAN; x.len()], x].concat())?;
        engine.upload(&gan.z_d, &self.tensor(&format!("step/{s}/z")))?;
        let draws = &gan.plan.sequence(update.draw).dispatches;
        let masks: Vec<&Tensor> = draws.iter().filter(|d| d.kernel.name == "dropout_mask").map(|d| &d.bindings[1]).collect();
        assert_eq!(masks.len(), self.recipe["dropout_keep"].as_array().unwrap().len(), "{}: masks", self.name);
        for (i, mask) in masks.into_iter().enumerate() {
            let [fake, real] = ["fake", "real"].map(|half| self.tensor(&format!("step/{s}/mask_{half}{i}")));
            assert_eq!(mask.len(), fake.len() + real.len(), "{}: {}", self.name, mask.name);
            engine.upload(mask, &[fake, real].concat())?;
        }
        submit(engine, &[update.gradients, update.apply])?;
        for (n, (player, loss)) in [(&gan.discriminator, "loss_d"), (&gan.generator, "loss_g")].into_iter().enumerate() {
            self.check_loss(engine, &update.values[n], 0, &format!("step/{s}/{loss}"), tolerance)?;
            if s == 0 {
                self.check_gradients(engine, player, tolerance)?;
            }
        }
        self.check_weights([&gan.generator, &gan.discriminator], engine, s, tolerance)
    }

    fn replay_vae(&self, engine: Open, tolerance: f32) -> Result<(), EngineError> {
        let batch = self.size("batch");
        let vae = Vae::build(&VaeSpec {
            encoder: self.layers("E"),
            decoder: self.layers("R"),
            image: self.image(),
            latent: self.size("latent"),
            batch,
            beta: 1.0,
            optimizer: self.optimizer(),
            seed: 0,
        })
        .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let engine = &mut *engine(&vae.plan)?;
        let lr = self.real(&self.recipe["optimizer"]["lr"]);
        engine.upload(&vae.dials, &[lr, lr])?;
        self.load(engine, [&vae.encoder, &vae.decoder])?;
        for s in 0..self.size("steps") {
            engine.upload(&vae.x, &self.tensor(&format!("step/{s}/x")))?;
            engine.upload(&vae.noise, &self.tensor(&format!("step/{s}/noise")))?;
            submit(engine, &[vae.update.gradients, vae.update.apply])?;
            self.check_loss(engine, &vae.update.values[0], 1, &format!("step/{s}/loss_reconstruction"), tolerance)?;
            self.check_loss(engine, &vae.update.values[0], 2, &format!("step/{s}/loss_kl"), tolerance)?;
            if s == 0 {
                self.check_gradients(engine, &vae.encoder, tolerance)?;
                self.check_gradients(engine, &vae.decoder, tolerance)?;
            }
            self.check_weights([&vae.encoder, &vae.decoder], engine, s, tolerance)?;
        }
        Ok(())
    }

    fn load(&self, engine: &mut dyn Engine, players: [&Player; 2]) -> Result<(), EngineError> {
        for tensor in players.into_iter().flat_map(|player| player.weights.tensors()).filter(|tensor| self.knows(tensor)) {
            engine.upload(tensor, &self.tensor(&format!("init/{}", tensor.name)))?;
        }
        Ok(())
    }

    /// Parameters after the first and the last step. Adam and RMSprop divide a gradient by its size, so that an error of the gradient
    /// within tolerance may be a large part of a small one, and of its step.
    fn check_weights(&self, players: [&Player; 2], engine: &mut dyn Engine, s: usize, tolerance: f32) -> Result<(), EngineError> {
        if s != 0 && s != self.size("steps") - 1 {
            return Ok(());
        }
        let lr = self.real(&self.recipe["optimizer"]["lr"]);
        let step = match self.optimizer() {
            Optimizer::Adam { .. } => lr,
            Optimizer::RmsProp { alpha, .. } => lr / (1.0 - alpha).sqrt(),
            Optimizer::Sgd { .. } => 0.0,
        };
        for player in players {
            let trained: Vec<String> = player.weights.parameters().map(|tensor| tensor.name.to_string()).collect();
            let of_all = trained.iter().map(|name| largest(&self.tensor(&format!("grad/{name}")))).fold(0.0, f32::max);
            for tensor in player.weights.tensors().filter(|tensor| self.knows(tensor)) {
                let gradient = trained.iter().any(|name| **name == *tensor.name).then(|| self.tensor(&format!("grad/{}", tensor.name)));
                let of_step = |i: usize| match &gradient {
                    Some(gradient) => (s + 1) as f32 * step * (tolerance * of_all / gradient[i].abs()).min(1.0),
                    None => 0.0,
                };
                let name = format!("after/{s}/{}", tensor.name);
                let (values, expected) = (engine.download(tensor)?, self.tensor(&name));
                assert_eq!(values.len(), expected.len(), "{}: {name}", self.name);
                let allowed = |i: usize| tolerance * largest(&expected) + of_step(i);
                for (i, (value, expected)) in values.iter().zip(&expected).enumerate() {
                    let off = (value - expected).abs();
                    assert!(off <= allowed(i), "{}: {name}[{i}] is {value}, the trace has {expected}", self.name);
                }
            }
        }
        Ok(())
    }

    fn check_loss(&self, engine: &mut dyn Engine, values: &Tensor, index: usize, name: &str, tolerance: f32) -> Result<(), EngineError> {
        // A mean of logits of both signs is small beside them.
        self.check_above(&engine.download(values)?[index..=index], name, tolerance, 1.0);
        Ok(())
    }

    fn check_gradients(&self, engine: &mut dyn Engine, player: &Player, tolerance: f32) -> Result<(), EngineError> {
        let expected = |weight: &Tensor| self.tensor(&format!("grad/{}", weight.name));
        let named: Vec<_> = player.gradients.tensors().zip(player.weights.tensors()).collect();
        let whole = named.iter().map(|(_, weight)| largest(&expected(weight))).fold(0.0, f32::max);
        for (gradient, weight) in named {
            // The gradient by a bias before batch normalisation is 0, and what is computed the rounding of sums that cancel.
            let vanishes = largest(&expected(weight)) < 1e-6 * whole;
            let floor = if vanishes { 1e-2 * whole } else { 0.0 };
            self.check_above(&engine.download(gradient)?, &format!("grad/{}", weight.name), tolerance, floor);
        }
        Ok(())
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

/// `[count, channels, pixels, values]` as `[count, pixels, channels, values]`.
fn interleaved(from: &[f32], [count, channels, pixels, values]: [usize; 4]) -> Vec<f32> {
    assert_eq!(from.len(), count * channels * pixels * values);
    let mut to = Vec::with_capacity(from.len());
    for n in 0..count {
        for pixel in 0..pixels {
            for channel in 0..channels {
                to.extend_from_slice(&from[((n * channels + channel) * pixels + pixel) * values..][..values]);
            }
        }
    }
    to
}

/// Channels, kernel and what else a convolution has, as in a layer list.
fn convolution(layer: &Value) -> String {
    let mut text = format!("{} {}", layer["outputs"], layer["kernel"]);
    for (key, word) in [("stride", "stride"), ("padding", "pad"), ("output_padding", "output_pad"), ("groups", "groups")] {
        if let Some(value) = layer[key].as_u64() {
            text += &format!(" {word} {value}");
        }
    }
    if layer["bias"] == false { text + " no_bias" } else { text }
}

/// The largest magnitude.
fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |max, v| max.max(v.abs()))
}

fn submit(engine: &mut dyn Engine, runs: &[SequenceId]) -> Result<(), EngineError> {
    engine.submit(&Work { runs: runs.to_vec(), times: 1, ..Work::default() })
}

#[test]
fn steps_match_pytorch_in_f64() -> Result<(), EngineError> {
    Trace::all().iter().try_for_each(|trace| trace.replay(&mut |plan| Ok(Box::new(CpuEngine::<f64>::open(plan.clone()))), F64))
}

#[test]
fn steps_match_pytorch_on_the_cpu_engine() -> Result<(), EngineError> {
    Trace::all().iter().try_for_each(|trace| trace.replay(&mut |plan| Ok(Box::new(CpuEngine::<f32>::open(plan.clone()))), F32))
}

#[test]
fn steps_match_pytorch_in_wgsl() -> Result<(), EngineError> {
    let Some(adapter) = support::adapter("whole steps in WGSL against PyTorch") else { return Ok(()) };
    Trace::all().iter().try_for_each(|trace| trace.replay(&mut |plan| Ok(Box::new(GpuEngine::open(&adapter, plan.clone())?)), F32))
}
