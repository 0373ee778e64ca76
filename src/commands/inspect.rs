//! `ganvas inspect`: what a run or checkpoint holds.

use super::Outcome;
use crate::{
    data::Distribution,
    models::{self, GanSpec},
    terminal::print,
    train::run_dir,
};
use std::{fmt::Write as _, path::Path, process::ExitCode};

pub fn run(path: &Path) -> Outcome {
    let file = run_dir::newest_checkpoint(path)?;
    let checkpoint = run_dir::read_checkpoint(&file)?;
    let data = &checkpoint.data;
    let (generator, discriminator) = models::networks(&GanSpec::new(&checkpoint.config, checkpoint.data.shape, data.count))?;
    let [channels, height, width] = data.shape;
    let mut text = String::new();
    writeln!(text, "checkpoint  {}", file.display())?;
    writeln!(text, "step        {} of {}, {} updates of D", checkpoint.step, checkpoint.config.steps, checkpoint.updates_d)?;
    writeln!(text, "computed by {}", checkpoint.variant)?;
    match Distribution::named(&data.name).filter(|known| data.shape == [1, 1, known.dimensions]) {
        Some(known) => writeln!(text, "data        {}: {} points, {}, hash {}", data.name, data.count, known.help, data.hash)?,
        None => {
            writeln!(
                text,
                "data        {}: {} images, {width}x{height}, {channels} channel(s), hash {}",
                data.name, data.count, data.hash
            )?;
        }
    }
    writeln!(text, "generator, {} parameters", generator.parameter_count())?;
    write!(text, "{}", generator.describe())?;
    writeln!(text, "discriminator, {} parameters", discriminator.parameter_count())?;
    write!(text, "{}", discriminator.describe())?;
    writeln!(text, "tensors")?;
    for (name, (shape, values)) in &checkpoint.tensors {
        let norm = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        writeln!(text, "  {name:<28} {:<14} norm {norm:.4}", format!("{shape:?}"))?;
    }
    writeln!(text, "configuration")?;
    for line in checkpoint.config.to_toml().lines() {
        writeln!(text, "  {line}")?;
    }
    print(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
