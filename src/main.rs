use ganvas::{engine::{*, cpu::CpuEngine}, models::*, ops::*};
fn main() {
    let l = |s: &str| s.split(',').map(|s| s.trim().to_owned()).collect::<Vec<_>>();
    for r1 in [0.0, 0.2] {
    let spec = GanSpec { generator: l("linear 256, leaky_relu 0.2, linear 512, leaky_relu 0.2, linear image, tanh"), discriminator: l("linear 512, leaky_relu 0.2, linear 256, leaky_relu 0.2, linear 1"),
      latent: 64, latent_distribution: LatentDistribution::Normal, pixels: 784, images: 10000, batch: 128, loss: &LOSSES[0], r1, optimizer: Optimizer::Adam{beta1:0.0,beta2:0.999,epsilon:1e-8}, ema: 0.999, seed: 0, previews: 64 };
    let gan = Gan::build(&spec).unwrap();
    let mut text = String::new();
    gan.plan.print(&mut text, &|_,_,_| [1,1,1]).unwrap();
    if r1 > 0.0 { println!("{text}"); }
    let mut e = CpuEngine::<f32>::open(gan.plan.clone());
    e.upload(&gan.dials, &[1e-3,1e-3]).unwrap();
    for (p, s) in [(&gan.generator, random::stream::INIT_G), (&gan.discriminator, random::stream::INIT_D)] {
        for (t, v) in p.weights.tensors().zip(p.network.initial_values(0, s)) { e.upload(t, &v).unwrap(); }
    }
    let steps = gan.step(1);
    e.submit(&Work{runs: steps.clone(), times: 20, reads: vec![]}).unwrap();
    for _ in 0..3 { 
    let t = std::time::Instant::now();
    e.submit(&Work{runs: steps.clone(), times: 50, reads: vec![]}).unwrap();
    println!("r1 {r1} {:.2} ms/step", t.elapsed().as_secs_f64()*20.0); }
    // per dispatch
    for id in gan.step(1) { for i in 0..gan.plan.sequences[id.0].dispatches.len() { let t = std::time::Instant::now(); for _ in 0..20 { e.run_dispatch(id,i).unwrap(); } println!("{:>8.1} us {}", t.elapsed().as_secs_f64()*5e4, gan.plan.sequences[id.0].dispatches[i].kernel.name); } }
    println!("{:?}", &e.values(&gan.state.ring)[12*30..12*31]);
    }
}
