//! A trained generator, loaded to make images.

use crate::{
    cli::GenerateArgs,
    engine::{Engine, Work, devices},
    models::{self, GanSpec, Sampler},
    ops::LatentDistribution,
    train::{Checkpoint, run_dir, to_bytes},
};
use std::{error::Error, path::PathBuf};

/// Images per run of the generator: bounds memory whatever is asked for.
const ROWS: usize = 256;

/// Values of all images that a command makes: 1 GiB, a third of a million images of 28x28.
const MAX_VALUES: usize = 1 << 28;

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

impl Generator {
    /// Loads what `args` name.
    pub fn load(args: &GenerateArgs) -> Result<Generator, Box<dyn Error + Send + Sync>> {
        let file = run_dir::newest_checkpoint(&args.run)?;
        let checkpoint = run_dir::read_checkpoint(&file)?;
        let pixels = checkpoint.data.shape.iter().product();
        let spec = GanSpec::new(&checkpoint.config, pixels, checkpoint.data.count)?;
        let (network, _) = models::networks(&spec)?;
        let sampler = Sampler::build(&network, spec.latent, pixels, ROWS)?;
        let averaged = spec.ema > 0.0 && !args.no_ema;
        let named = |name: &str| if averaged { format!("ema/{name}") } else { name.to_owned() };
        let names: Vec<String> = sampler.weights.tensors().map(|t| named(&t.name)).collect();
        let lines = checkpoint.mismatches(names.iter().map(String::as_str).zip(sampler.weights.tensors().map(|t| t.shape.as_slice())));
        if !lines.is_empty() {
            return Err(format!("{} does not fit its own network:\n  {}", file.display(), lines.join("\n  ")).into());
        }
        let choice = devices::choose(&args.device)?;
        let mut engine = devices::open(&choice, sampler.plan.clone())?;
        for (name, tensor) in names.iter().zip(sampler.weights.tensors()) {
            engine.upload(tensor, &checkpoint.tensors[name].1)?;
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

    /// Images `[n, pixels]` in the generator's range from latents `[n, latent]`.
    pub fn images(&mut self, latents: &[f32]) -> Result<Vec<f32>, Box<dyn Error + Send + Sync>> {
        let latent = self.checkpoint.config.latent;
        let pixels: usize = self.checkpoint.data.shape.iter().product();
        let mut images = Vec::with_capacity(latents.len() / latent * pixels);
        for chunk in latents.chunks(ROWS * latent) {
            self.engine.upload(&self.sampler.z, chunk)?;
            self.engine.submit(&Work {
                runs: vec![self.sampler.run],
                times: 1,
                reads: vec![self.sampler.images.clone()],
                ..Work::default()
            })?;
            if let Some(done) = self.engine.collect(true)? {
                images.extend_from_slice(&done.reads[0][..chunk.len() / latent * pixels]);
            }
        }
        Ok(images)
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
