//! A GAN from scratch: eight Gaussians on a ring, two small networks, the two losses of 2014, and a loop that prints.
//!
//! cargo run --release --example gan

use ganvas::{
    data::Distribution,
    engine::{Work, devices},
    graph::Graph,
    layers::{Masks, Pass},
    models::{Draw, Model, Network, Player},
    ops::{LatentDistribution, Optimizer},
    plan::Plan,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (batch, latent, count) = (128, 2, 20_000);
    let ring = Distribution::named("ring-8").ok_or("there is no ring-8")?;
    let adam = Optimizer::Adam { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };

    // Two networks, from layers in a row.
    let layers = |list: &str| list.split(", ").map(str::to_owned).collect::<Vec<_>>();
    let mut plan = Plan::default();
    let g = Network::parse("G", "generator", &layers("linear 128, relu, linear 128, relu, linear 2"), latent, 2)?;
    let d = Network::parse("D", "discriminator", &layers("linear 128, relu, linear 128, relu, linear 1"), 2, 2)?;
    let (g, d) = (Player::new(&mut plan, g, &adam)?, Player::new(&mut plan, d, &adam)?);

    // What is drawn for a step: points of the ring, and latents.
    let graph = Graph::new();
    let mut m = Model::new(&graph, plan, 2, 2 * Model::columns(0), 0)?;
    let data = m.points([count, 2], batch)?;
    let (x, points) = m.input("x", [batch, 2])?;
    let (z, latents) = m.input("z", [batch, latent])?;
    let noise = Draw::Noise { tensor: latents, distribution: LatentDistribution::Normal.into(), stream: 1 };
    let draw = m.draw("draw", &[Draw::Batch { images: points, first_row: 0, count: batch }, noise], 0)?;

    // The losses, as the paper has them; log D(x) = -softplus(-logit).
    let (g_net, d_net) = (m.net(&g.network, &g.weights), m.net(&d.network, &d.weights));
    let pass = Pass::Training { groups: 1, own: true };
    let [mut g_masks, mut d_masks] = [Masks::default(), Masks::default()];
    let fake = d_net.of(g_net.of(z, "G", pass, &mut g_masks), "D(G)", pass, &mut d_masks);
    let real = d_net.of(x, "D", pass, &mut d_masks);
    let loss_d = (-real).softplus().mean() + fake.softplus().mean();
    let loss_g = (-fake).softplus().mean();
    let parts = [d.part((&d_net, &d_masks), loss_d, adam, [0, 0]), g.part((&g_net, &g_masks), loss_g, adam, [1, Model::columns(0)])];
    let update = m.update(draw, ["gradients", "apply"], &parts)?;

    // The best device there is, and 5,000 steps.
    let mut engine = devices::open(&devices::choose("auto")?, m.plan)?;
    engine.upload(&data, &ring.draw(0, count))?;
    engine.upload(&m.dials, &[1e-3, 1e-3])?;
    for (tensor, values) in g.initial_values(0, 1 << 16).into_iter().chain(d.initial_values(0, 2 << 16)) {
        engine.upload(tensor, &values)?;
    }
    for step in (500..=5000).step_by(500) {
        engine.submit(&Work { runs: update.runs().to_vec(), times: 500, reads: update.values.clone(), ..Work::default() })?;
        let done = engine.collect(true)?.ok_or("nothing was submitted")?;
        println!("step {step}: loss of D {:.3}, of G {:.3}", done.reads[0][0], done.reads[1][0]);
    }
    Ok(())
}
