//! Reads a checkpoint of a run on images and draws a sample of it in characters.
//!
//! cargo run --release -- --no-window --steps 1000
//! cargo run --release --example sample_checkpoint -- runs/0001-builtin-mlp

use ganvas::{
    engine::{Work, devices},
    models::{GanSpec, Sampler, image_range, networks},
    random::stream,
    train::{run_dir, to_bytes},
};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run = std::env::args().nth(1).ok_or("give a run directory or a checkpoint file")?;
    let checkpoint = run_dir::read_checkpoint(&run_dir::newest_checkpoint(Path::new(&run))?)?;
    let [channels, height, width] = checkpoint.data.shape;
    let pixels = channels * height * width;

    // The generator of its configuration, as a plan that makes four images at a time.
    let spec = GanSpec::new(&checkpoint.config, checkpoint.data.shape, checkpoint.data.count);
    let (generator, _) = networks(&spec)?;
    let sampler = Sampler::build(&generator, spec.latent, 4)?;

    let mut engine = devices::open(&devices::choose("auto")?, sampler.plan.clone())?;
    let prefix = if spec.ema > 0.0 { "ema/" } else { "" };
    for tensor in sampler.weights.tensors() {
        let (_, values) =
            checkpoint.tensors.get(&format!("{prefix}{}", tensor.name)).ok_or("the checkpoint does not fit its configuration")?;
        engine.upload(tensor, values)?;
    }
    engine.upload(&sampler.z, &spec.latent_distribution.draw(1, 0, stream::LATENT_SAMPLE, 4, spec.latent))?;
    engine.submit(&Work { runs: vec![sampler.run], times: 1, reads: vec![sampler.images.clone()], ..Work::default() })?;
    let done = engine.collect(true)?.ok_or("nothing was submitted")?;

    for image in to_bytes(&spec.image.planar(&done.reads[0]), image_range(&generator)).chunks(pixels) {
        for row in image[..height * width].chunks(width) {
            let line: String = row.iter().map(|value| [' ', '.', ':', 'o', '#'][usize::from(*value) / 52]).collect();
            println!("{line}");
        }
    }
    Ok(())
}
