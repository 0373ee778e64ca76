//! `ganvas devices`: what can train, and whether it computes right.

use super::Outcome;
use crate::{
    config::{self, Config, Sources},
    engine::{
        Engine,
        compare::{self, TOLERANCE},
        cpu::CpuEngine,
        devices::{self, Choice},
    },
    models::{Gan, GanSpec},
    plan::Storage,
    random::stream,
    terminal::print,
    train::session::AnyError,
};
use std::process::ExitCode;

pub fn run(check: Option<&str>) -> Outcome {
    let Some(name) = check else {
        print(devices::table(&devices::list()).trim_end())?;
        return Ok(ExitCode::SUCCESS);
    };
    let choice = devices::choose(name)?;
    print(&choice.info)?;
    let mut config = config::resolve(&Sources::default())?;
    config.generator.insert(2, "dropout 0.1".into());
    config.generator.insert(3, "batch_norm".into());
    config.discriminator.insert(2, "dropout 0.3".into());
    for storage in Storage::ALL {
        if storage == Storage::F32 || choice.info.f16 {
            check_step(&choice, &Config { storage, ..config.clone() })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares each kernel of a training step.
fn check_step(choice: &Choice, config: &Config) -> Result<(), AnyError> {
    let gan = Gan::build(&GanSpec::new(config, 784, 1000))?;
    let mut engine = devices::open(choice, gan.plan.clone())?;
    let mut oracle = CpuEngine::<f64>::open(gan.plan.clone());
    let bytes: Vec<u32> = (0..gan.source.data.len() as u32).map(|i| crate::random::random_bits(0, 0, 0, i)).collect();
    for engine in [&mut *engine, &mut oracle as &mut dyn Engine] {
        engine.upload_words(&gan.source.data, &bytes)?;
        engine.upload(&gan.dials, &[config.lr_d as f32, config.lr_g as f32])?;
        for (player, first) in [(&gan.generator, stream::INIT_G), (&gan.discriminator, stream::INIT_D)] {
            for (tensor, values) in player.initial_values(config.seed, first) {
                engine.upload(tensor, &values)?;
            }
        }
    }
    let steps = gan.step(2);
    let count: usize = steps.iter().map(|id| gan.plan.sequence(*id).dispatches.len()).sum();
    let storage = gan.plan.storage.name();
    if let Some(difference) = compare::compare(&mut *engine, &mut oracle, &steps, TOLERANCE)? {
        return Err(format!("this device computes wrongly with values stored in {storage}: {difference}").into());
    }
    print(format_args!("{storage}: all {count} kernels of a training step agree with double precision on the CPU within {TOLERANCE:e}"))?;
    Ok(())
}
