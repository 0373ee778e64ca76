//! A loss of one's own: two expressions of D's logits. Here D's targets are 1 and -1 and G's is 0, the other choice of constants in the
//! LSGAN paper (Mao et al. 2017, equation 8).
//!
//! cargo run --release --example custom_loss

use ganvas::{
    config::{Config, Sources, resolve},
    data::Distribution,
    engine::{Work, devices},
    graph::Var,
    models::{Gan, GanSpec, Loss},
    random::stream,
};

fn d<'g>(real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    0.5 * (real - 1.0).square().mean() + 0.5 * (fake + 1.0).square().mean()
}

fn g<'g>(_real: Var<'g>, fake: Var<'g>) -> Var<'g> {
    0.5 * fake.square().mean()
}

static PEARSON: Loss = Loss {
    name: "pearson",
    label: "Pearson",
    help: "targets 1 and -1 for D, 0 for G: minimises Pearson's chi-squared divergence",
    d,
    g,
    g_sees_real: false,
    probability: false,
    boundary: Some(0.0),
    saturates: false,
    balance: [Some(1.0), Some(0.0)],
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ring = Distribution::named("ring-8").ok_or("there is no ring-8")?;
    let config = Config { data: "ring-8".into(), ..resolve(&Sources { set: &["data=ring-8".into()], ..Sources::default() })? };
    let spec = GanSpec { loss: &PEARSON, ..GanSpec::new(&config, ring.dimensions, config.data_count) };
    let mut gan = Gan::build(&spec)?;
    let mut engine = devices::open(&devices::choose("auto")?, std::mem::take(&mut gan.plan))?;
    engine.upload(&gan.source.data, &ring.draw(0, config.data_count))?;
    engine.upload(&gan.dials, &[config.lr_d as f32, config.lr_g as f32])?;
    for (player, first) in [(&gan.generator, stream::INIT_G), (&gan.discriminator, stream::INIT_D)] {
        for (tensor, values) in player.initial_values(config.seed, first) {
            engine.upload(tensor, &values)?;
        }
    }
    for step in (200..=2000).step_by(200) {
        let reads = vec![gan.update_d.values[0].clone(), gan.update_g.values[0].clone()];
        engine.submit(&Work { runs: gan.step(config.k), times: 200, reads, ..Work::default() })?;
        let done = engine.collect(true)?.ok_or("nothing was submitted")?;
        println!("step {step}: loss of D {:.3}, of G {:.3}", done.reads[0][0], done.reads[1][0]);
    }
    Ok(())
}
