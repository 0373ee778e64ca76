//! A trained generator, loaded to make images.

use crate::{
    cli::GenerateArgs,
    data::{self, Distribution},
    engine::{Engine, Work, devices},
    figure::{self, Figure},
    layers::Extent,
    models::{self, GanSpec, ParameterSet, Sampler, Showing},
    ops::LatentDistribution,
    plan::Tensor,
    train::{Checkpoint, run_dir, sigmoids, to_bytes},
};
use std::{error::Error, path::PathBuf, sync::Arc};

/// Images per run of the generator: bounds memory whatever is asked for.
const ROWS: usize = 256;

/// Values of all images that a command makes: 1 GiB, a third of a million images of 28x28.
const MAX_VALUES: usize = 1 << 28;

/// Points in a figure, at most.
pub const MAX_SHOWN: usize = 1 << 16;

/// A generator with its weights on a device.
pub struct Generator {
    engine: Box<dyn Engine>,
    sampler: Sampler,
    /// What it comes from.
    pub checkpoint: Checkpoint,
    /// How its latents are drawn.
    pub distribution: LatentDistribution,
    /// Range of its values.
    pub range: (f32, f32),
}

/// Each tensor of a set with its values in a checkpoint, where `prefix` stands before its name.
///
/// # Errors
/// Every tensor that the checkpoint does not have, or has in another shape.
fn weights<'a>(checkpoint: &'a Checkpoint, prefix: &str, set: &'a ParameterSet) -> Result<Vec<(&'a Tensor, &'a [f32])>, String> {
    let names: Vec<String> = set.tensors().map(|tensor| format!("{prefix}{}", tensor.name)).collect();
    let lines = checkpoint.mismatches(names.iter().map(String::as_str).zip(set.tensors().map(|tensor| tensor.shape.as_slice())));
    if !lines.is_empty() {
        return Err(format!("does not fit its own network:\n  {}", lines.join("\n  ")));
    }
    Ok(set.tensors().zip(&names).map(|(tensor, name)| (tensor, checkpoint.tensors[name].1.as_slice())).collect())
}

impl Generator {
    /// Loads what `args` name.
    pub fn load(args: &GenerateArgs) -> Result<Generator, Box<dyn Error + Send + Sync>> {
        let file = run_dir::newest_checkpoint(&args.run)?;
        let checkpoint = run_dir::read_checkpoint(&file)?;
        let spec = GanSpec::new(&checkpoint.config, checkpoint.data.shape, checkpoint.data.count);
        let (network, _) = models::networks(&spec)?;
        let sampler = Sampler::build(&network, spec.latent, ROWS)?;
        let prefix = if spec.ema > 0.0 && !args.no_ema { "ema/" } else { "" };
        let values = weights(&checkpoint, prefix, &sampler.weights).map_err(|what| format!("{} {what}", file.display()))?;
        let choice = devices::choose(&args.device)?;
        let mut engine = devices::open(&choice, sampler.plan.clone())?;
        for (tensor, values) in values {
            engine.upload(tensor, values)?;
        }
        Ok(Generator { engine, sampler, range: models::image_range(&network), distribution: spec.latent_distribution, checkpoint })
    }

    /// Refuses more images than memory is sure to hold.
    ///
    /// # Errors
    /// A message with the way out.
    pub fn check_count(&self, count: usize) -> Result<(), String> {
        let values = self.checkpoint.data.shape.iter().product::<usize>().max(self.checkpoint.config.latent);
        match MAX_VALUES / values {
            most if count > most => {
                Err(format!("{count} images at once are too many; ask for at most {most}, several times with another --seed"))
            }
            _ => Ok(()),
        }
    }

    /// Images `[n, channels, height, width]` in the generator's range from latents `[n, latent]`.
    pub fn images(&mut self, latents: &[f32]) -> Result<Vec<f32>, Box<dyn Error + Send + Sync>> {
        let latent = self.checkpoint.config.latent;
        let image = Extent::from(self.checkpoint.data.shape);
        let pixels = image.len();
        let mut images = Vec::with_capacity(latents.len() / latent * pixels);
        for chunk in latents.chunks(ROWS * latent) {
            self.engine.upload_start(&self.sampler.z, chunk)?;
            self.engine.submit(&Work {
                runs: vec![self.sampler.run],
                times: 1,
                reads: vec![self.sampler.images.clone()],
                ..Work::default()
            })?;
            if let Some(done) = self.engine.collect(true)? {
                images.extend(image.planar(&done.reads[0][..chunk.len() / latent * pixels]));
            }
        }
        Ok(images)
    }

    /// The distribution of which the run's data are points, where they are.
    pub fn distribution_of_data(&self) -> Option<&'static Distribution> {
        Distribution::named(&self.checkpoint.data.name).filter(|known| self.checkpoint.data.shape == [1, 1, known.dimensions])
    }

    /// The figure of points from latents `[n, latent]`, at most [`MAX_SHOWN`], with D as it is in the checkpoint.
    pub fn figure(
        &self,
        args: &GenerateArgs,
        known: &'static Distribution,
        latents: &[f32],
    ) -> Result<Figure, Box<dyn Error + Send + Sync>> {
        let Checkpoint { config, data, step, .. } = &self.checkpoint;
        let spec = GanSpec::new(config, known.dimensions, data.count);
        let showing = Showing::build(&spec, latents.len() / spec.latent, figure::points(known).places)?;
        let mut engine = devices::open(&devices::choose(&args.device)?, showing.plan.clone())?;
        let averaged = spec.ema > 0.0 && !args.no_ema;
        for (set, prefix) in showing.weights.iter().zip([if averaged { "ema/" } else { "" }, ""]) {
            for (tensor, values) in weights(&self.checkpoint, prefix, set).map_err(|what| format!("the checkpoint {what}"))? {
                engine.upload(tensor, values)?;
            }
        }
        engine.upload(&showing.shown.z, latents)?;
        engine.upload(&showing.landscape.places, &figure::grid(known))?;
        let (shown, landscape) = (&showing.shown, &showing.landscape);
        let reads = [&shown.images, &shown.logits, &landscape.pushes, &landscape.logits].map(Clone::clone).to_vec();
        engine.submit(&Work { runs: vec![showing.run, landscape.run], times: 1, reads, ..Work::default() })?;
        let done = engine.collect(true)?.ok_or("the device gave no result")?;
        let [generated, logits, pushes, surface] = <[_; 4]>::try_from(done.reads).map_err(|_| "the device gave too few results")?;
        let (source, count, seed) = (known.name.into(), figure::REALS, config.data_seed);
        let reals = data::Request { source, count, seed, ..data::Request::default() };
        Ok(Figure {
            step: *step,
            kept: false,
            distribution: known,
            reals: Arc::new(data::load(&reals)?.reals().to_vec()),
            latent: spec.latent,
            latents: Arc::new(latents.to_vec()),
            generated: Arc::new(generated),
            verdicts: Arc::new(sigmoids(&logits)),
            pushes: Arc::new(pushes),
            surface: Arc::new(sigmoids(&surface)),
        })
    }

    /// As [`Generator::images`], in bytes.
    pub fn bytes(&mut self, latents: &[f32]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        Ok(to_bytes(&self.images(latents)?, self.range))
    }

    /// `[count, channels, height, width]`
    pub fn shape(&self, count: usize) -> [usize; 4] {
        let [channels, height, width] = self.checkpoint.data.shape;
        [count, channels, height, width]
    }

    /// A file in the run, or beside the checkpoint file that was given.
    pub fn beside(&self, args: &GenerateArgs, name: &str) -> PathBuf {
        let folder = if args.run.is_file() { args.run.parent().map(PathBuf::from).unwrap_or_default() } else { args.run.clone() };
        folder.join(format!("{name}-step-{:06}-seed-{}", self.checkpoint.step, args.seed))
    }
}
