//! Which statistics batch normalisation takes when, and what changes them. (That they are right is in `kernels`, `gradients` and
//! `golden`, that they are kept in `exact`.)

use crate::{
    program::{Desk, FIRST},
    support::{self, Small},
};
use ganvas::{
    engine::{Engine, cpu::CpuEngine},
    models::{Gan, GanSpec, ParameterSet, Sampler, Schedule},
    plan::Tensor,
};

const NETS: Small = Small {
    generator: &["linear 13", "batch_norm", "relu", "linear image", "tanh"],
    discriminator: &["linear 11", "batch_norm", "leaky_relu 0.2", "linear 1"],
    r1: 0.0,
};

/// A GAN in f64 after some steps.
fn trained(spec: &GanSpec, steps: usize) -> (Gan, CpuEngine<f64>) {
    let gan = Gan::build(spec).expect("a GAN");
    let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
    support::load(&gan, spec, &mut engine);
    for _ in 0..steps {
        gan.step(1).into_iter().for_each(|sequence| engine.run(sequence));
    }
    (gan, engine)
}

fn values(engine: &CpuEngine<f64>, set: &ParameterSet, name: &str) -> Vec<f64> {
    let tensor: &Tensor = set.tensors().find(|tensor| tensor.name.ends_with(name)).unwrap_or_else(|| panic!("no {name}"));
    engine.values(tensor).to_vec()
}

/// The state of G, of its average and of D.
fn states(gan: &Gan, engine: &CpuEngine<f64>) -> [Vec<f64>; 3] {
    let ema = gan.ema.as_ref().expect("an average");
    let sets = [&gan.generator.weights, ema, &gan.discriminator.weights];
    sets.map(|set| [values(engine, set, ".1.running_mean"), values(engine, set, ".1.running_var")].concat())
}

/// A generator's layers by hand, image after image.
fn by_hand(engine: &CpuEngine<f64>, set: &ParameterSet, z: &[f64]) -> Vec<f64> {
    let get = |name: &str| values(engine, set, name);
    let linear = |x: &[f64], w: &[f64], b: &[f64]| -> Vec<f64> {
        w.chunks(x.len()).zip(b).map(|(w, b)| b + w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()).collect()
    };
    let (mean, var, weight, bias) = (get(".1.running_mean"), get(".1.running_var"), get(".1.weight"), get(".1.bias"));
    let mut h = linear(z, &get(".0.weight"), &get(".0.bias"));
    for (c, h) in h.iter_mut().enumerate() {
        *h = ((*h - mean[c]) / (var[c] + f64::from(1e-5f32)).sqrt() * weight[c] + bias[c]).max(0.0);
    }
    linear(&h, &get(".3.weight"), &get(".3.bias")).into_iter().map(f64::tanh).collect()
}

#[test]
fn samples_come_from_the_running_statistics_of_the_weights_they_come_from() {
    for ema in [0.0, 0.9] {
        let spec = GanSpec { ema, ..NETS.spec() };
        let (gan, mut engine) = trained(&spec, 8);
        let z: Vec<f32> = (0..spec.previews * spec.latent).map(|n| (n as f32 * 0.7).sin()).collect();
        engine.upload(&gan.preview.z, &z).expect("latents");
        engine.upload(&gan.single.z, &z[..spec.latent]).expect("a latent");
        engine.run(gan.run_preview);
        engine.run(gan.run_single);
        let shown = gan.ema.as_ref().unwrap_or(&gan.generator.weights);
        for (row, images) in z.chunks(spec.latent).zip(engine.values(&gan.preview.images).chunks(spec.image.len())) {
            let row: Vec<f64> = row.iter().map(|z| f64::from(*z)).collect();
            for (value, expected) in images.iter().zip(by_hand(&engine, shown, &row)) {
                assert!((value - expected).abs() < 1e-12, "{value}, not {expected}, with ema = {ema}");
            }
        }
        let alone = engine.values(&gan.single.images);
        assert!(alone.iter().zip(engine.values(&gan.preview.images)).all(|(a, b)| (a - b).abs() < 1e-12));

        // A generator loaded elsewhere makes the same images of the same weights.
        let sampler = Sampler::build(&gan.generator.network, spec.latent, 2).expect("a sampler");
        let mut elsewhere = CpuEngine::<f64>::open(sampler.plan.clone());
        for (to, from) in sampler.weights.tensors().zip(shown.tensors()) {
            elsewhere.values_mut(to).copy_from_slice(engine.values(from));
        }
        elsewhere.upload(&sampler.z, &z[..2 * spec.latent]).expect("latents");
        elsewhere.run(sampler.run);
        let same = elsewhere.values(&sampler.images).iter().zip(engine.values(&gan.preview.images)).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(same, "the sampler's images with ema = {ema}");
    }
}

#[test]
fn the_statistics_move_by_the_momentum_of_the_layer_list() {
    const GENERATORS: [&[&str]; 4] = [
        &["linear 13", "batch_norm", "linear image"],
        &["linear 13", "batch_norm 0.00001 0.1", "linear image"],
        &["linear 13", "batch_norm 0.00001 0.05", "linear image"],
        &["linear 13", "batch_norm 0.00001 1", "linear image"],
    ];
    let means = GENERATORS.map(|generator| {
        let (gan, engine) = trained(&Small { generator, ..NETS }.spec(), 1);
        values(&engine, &gan.generator.weights, ".1.running_mean")
    });
    let [usual, tenth, twentieth, whole] = &means;
    assert_eq!(usual, tenth, "0.1 is the default");
    for ((tenth, twentieth), whole) in tenth.iter().zip(twentieth).zip(whole) {
        let near = |part: f64, share: f32| (part - f64::from(share) * whole).abs() <= 1e-12 * whole.abs();
        assert!(near(*tenth, 0.1) && near(*twentieth, 0.05), "{tenth} and {twentieth} of the batch's mean {whole}");
    }
}

#[test]
fn a_net_changes_its_statistics_in_its_own_update_alone() {
    let spec = NETS.spec();
    let (gan, mut engine) = trained(&spec, 0);
    let start = states(&gan, &engine);
    assert_eq!(start[0], [[0.0; 13], [1.0; 13]].concat(), "means of 0 and variances of 1 to begin with");
    gan.update_d.runs().into_iter().for_each(|sequence| engine.run(sequence));
    let after_d = states(&gan, &engine);
    assert_eq!((&after_d[0], &after_d[1]), (&start[0], &start[1]), "G's, in D's update");
    assert!(after_d[2].iter().zip(&start[2]).all(|(after, before)| after != before), "D's, in its own");
    gan.update_g.runs().into_iter().for_each(|sequence| engine.run(sequence));
    let after_g = states(&gan, &engine);
    assert_eq!(after_g[2], after_d[2], "D's, in G's update");
    for (i, start) in start[0].iter().enumerate() {
        let (newest, average) = (after_g[0][i], after_g[1][i]);
        // The average's warm-up: momentum (1 + t) / (10 + t) with t = 1.
        assert!(
            newest != *start && (average - (start + 9.0 / 11.0 * (newest - start))).abs() < 1e-7,
            "{average} between {start} and {newest}"
        );
    }
    engine.run(gan.run_preview);
    engine.run(gan.run_single);
    assert_eq!(states(&gan, &engine), after_g, "previews change nothing");
}

/// Under the simultaneous schedule too, where an update of D alone is one by hand.
#[test]
fn an_update_of_d_by_hand_leaves_everything_of_g_as_it_is() {
    let small = Small { discriminator: &["linear 11", "leaky_relu 0.2", "linear 1"], ..NETS };
    let spec = GanSpec { schedule: Schedule::Simultaneous, ..small.spec() };
    let (gan, mut engine) = trained(&spec, 2);
    let of_g = |engine: &CpuEngine<f64>| -> Vec<Vec<f64>> {
        let sets = [Some(&gan.generator.weights), gan.ema.as_ref()];
        sets.into_iter().flatten().flat_map(ParameterSet::tensors).map(|tensor| engine.values(tensor).to_vec()).collect()
    };
    let (before, d) = (of_g(&engine), values(&engine, &gan.discriminator.weights, "D.0.weight"));
    gan.update_d.runs().into_iter().for_each(|sequence| engine.run(sequence));
    assert_eq!(of_g(&engine), before);
    assert_ne!(values(&engine, &gan.discriminator.weights, "D.0.weight"), d, "D itself moves");
    gan.update_g.runs().into_iter().for_each(|sequence| engine.run(sequence));
    assert_ne!(of_g(&engine), before, "an update of G moves it");
}

#[test]
fn an_image_does_not_depend_on_those_made_with_it() {
    let desk = Desk::new();
    desk.train(&["--generator", "linear 32, batch_norm, relu, linear image, tanh"]);
    for (n, out) in [("40", "many.npy"), ("3", "few.npy")] {
        desk.ganvas(&["sample", FIRST, "-n", n, "--out", out, "--device", "cpu"]);
    }
    // What follows a header of the same length.
    let [many, few] = ["many.npy", "few.npy"].map(|name| desk.read(name));
    let images = 3 * 784 * 4;
    let start = few.len() - images;
    assert_eq!(many.len(), start + 40 * 784 * 4);
    assert!(few[start..] == many[start..start + images], "the first three of forty, and three alone");
}
