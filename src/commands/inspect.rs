//! `ganvas inspect`: what a run or checkpoint holds.

use super::Outcome;
use crate::{
    models::{self, GanSpec},
    train::run_dir,
};
use std::{path::Path, process::ExitCode};

pub fn run(path: &Path) -> Outcome {
    let file = run_dir::newest_checkpoint(path)?;
    let checkpoint = run_dir::read_checkpoint(&file)?;
    let data = &checkpoint.data;
    let pixels = data.shape.iter().product();
    let (generator, discriminator) = models::networks(&GanSpec::new(&checkpoint.config, pixels, data.count)?)?;
    let [channels, height, width] = data.shape;
    println!("checkpoint  {}", file.display());
    println!("step        {} of {}, {} updates of D", checkpoint.step, checkpoint.config.steps, checkpoint.updates_d);
    println!("computed by {}", checkpoint.variant);
    println!("data        {}: {} images, {width}x{height}, {channels} channel(s), hash {}", data.name, data.count, data.hash);
    println!("generator, {} parameters", generator.parameter_count());
    print!("{}", generator.describe());
    println!("discriminator, {} parameters", discriminator.parameter_count());
    print!("{}", discriminator.describe());
    println!("tensors");
    for (name, (shape, values)) in &checkpoint.tensors {
        let norm = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        println!("  {name:<28} {:<14} norm {norm:.4}", format!("{shape:?}"));
    }
    println!("configuration");
    for line in checkpoint.config.to_toml().lines() {
        println!("  {line}");
    }
    Ok(ExitCode::SUCCESS)
}
