//! Known distributions: their points, densities and presets, runs on them, and the theory measured on one.

use crate::{program::Desk, support};
use ganvas::{
    config::{self, Sources},
    data::{self, DISTRIBUTIONS, Distribution, Request},
    engine::{Engine, compare::compare, cpu::CpuEngine, devices},
    figure,
    models::{Gan, GanSpec, Schedule, networks},
    random::stream,
    train::Checkpoint,
};

fn request(name: &str, count: usize) -> Request {
    Request { source: name.into(), count, seed: 3, ..Request::default() }
}

fn resolve(set: &[&str]) -> config::Config {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    config::resolve(&Sources { set: &set, ..Sources::default() }).unwrap()
}

/// A lattice over the view with its cells' size, fine enough for the narrowest Gaussian.
fn lattice(distribution: &Distribution) -> (Vec<f64>, f64) {
    let [low, high] = distribution.view;
    let n = ((high - low) / (0.5 * distribution.sigma)).ceil() as usize;
    let step = (high - low) / n as f64;
    let at = |i: usize| low + (i as f64 + 0.5) * step;
    match distribution.dimensions {
        1 => ((0..n).map(at).collect(), step),
        _ => ((0..n * n).flat_map(|i| [at(i % n), at(i / n)]).collect(), step * step),
    }
}

#[test]
fn densities_are_those_of_the_points() {
    const COUNT: usize = 20_000;
    for distribution in &DISTRIBUTIONS {
        let name = distribution.name;
        let (places, cell) = lattice(distribution);
        let density = distribution.densities(&places);
        let mass: f64 = density.iter().sum::<f64>() * cell;
        assert!((mass - 1.0).abs() < 1e-3, "{name}: the density has a mass of {mass}");

        // Entropy by integration against that of the points, whose mean has a known error.
        let surprise = |p: &f64| if *p > 0.0 { -p.ln() } else { 0.0 };
        let entropy: f64 = density.iter().map(|p| p * surprise(p)).sum::<f64>() * cell;
        let squares: f64 = density.iter().map(|p| p * surprise(p).powi(2)).sum::<f64>() * cell;
        let error = ((squares - entropy * entropy) / COUNT as f64).sqrt();
        let points: Vec<f64> = distribution.draw(5, COUNT).into_iter().map(f64::from).collect();
        let measured = distribution.densities(&points).iter().map(surprise).sum::<f64>() / COUNT as f64;
        assert!((measured - entropy).abs() < 5.0 * error + 1e-3, "{name}: {measured} nats, {entropy} by integration, +- {error}");
    }
}

#[test]
fn points_depend_on_seed_and_index_alone() {
    for distribution in &DISTRIBUTIONS {
        let (few, many) = (distribution.draw(1, 100), distribution.draw(1, 1000));
        assert_eq!(few, many[..few.len()], "{}", distribution.name);
        assert_ne!(few, distribution.draw(2, 100));
        let set = data::load(&request(distribution.name, 50)).unwrap();
        assert_eq!((set.count, set.pixels(), set.bytes().len()), (50, distribution.dimensions, 0));
        assert_eq!(set.reals(), distribution.draw(3, 50));
        let other = data::load(&Request { seed: 4, ..request(distribution.name, 50) }).unwrap();
        assert_ne!(set.identity(), other.identity(), "a resumed run tells other points by their hash");
    }
}

/// Lin et al. 2018: 8 modes, not 7 with one doubled; 25 modes; each as likely as the others.
#[test]
fn modes_are_those_that_are_published() {
    for (name, count, sigma) in [("ring-8", 8, 0.01), ("grid-25", 25, 0.05)] {
        let distribution = Distribution::named(name).unwrap();
        let (modes, found) = distribution.modes().unwrap();
        assert_eq!((modes.len(), found), (count, sigma));
        let mut hits = vec![0; count];
        for point in distribution.draw(0, 20_000).chunks_exact(2) {
            let distance = |mode: &[f64; 2]| (f64::from(point[0]) - mode[0]).hypot(f64::from(point[1]) - mode[1]);
            let nearest = (0..count).min_by(|a, b| distance(&modes[*a]).total_cmp(&distance(&modes[*b]))).unwrap();
            assert!(distance(&modes[nearest]) < 7.0 * sigma);
            hits[nearest] += 1;
        }
        let expected = 20_000.0 / count as f64;
        assert!(hits.iter().all(|hits| (f64::from(*hits) - expected).abs() < 6.0 * expected.sqrt()), "{name}: {hits:?}");
    }
    assert!(Distribution::named("spiral").unwrap().modes().is_none());
}

#[test]
fn every_distribution_has_a_preset_that_builds() {
    for distribution in &DISTRIBUTIONS {
        let config = resolve(&[&format!("data={}", distribution.name)]);
        assert_eq!(config.preset, if distribution.dimensions == 1 { "line" } else { "plane" });
        let spec = GanSpec::new(&config, distribution.dimensions, config.data_count);
        networks(&spec).unwrap();
        // Which preset it is can be read from the configuration, and a person's choice wins.
        assert!(config.to_toml().contains(&format!("preset = \"{}\"", config.preset)));
        assert_eq!(resolve(&[&format!("data={}", distribution.name), "preset=textbook"]).preset, "textbook");
    }
    assert_eq!(resolve(&[]).preset, "mlp");
    assert_eq!(resolve(&["data=/somewhere/ring-8"]).preset, "conv");
}

/// Lin et al. 2018, from their code.
#[test]
fn presets_for_mode_coverage_are_the_published_setting() {
    for data in ["ring-8", "grid-25"] {
        let config = resolve(&[&format!("preset={data}")]);
        assert_eq!((&config.data[..], config.data_count, config.batch, config.steps), (data, 100_000, 100, 400_000));
        assert_eq!((config.schedule, config.loss.name, config.optimizer.name), (Schedule::Simultaneous, "non_saturating", "adam"));
        assert_eq!((config.lr_g, config.lr_d, config.beta1, config.beta2), (1e-4, 1e-4, 0.8, 0.999));
        assert_eq!((config.r1, config.ema, config.latent), (0.0, 0.0, 2));
        let (g, d) = networks(&GanSpec::new(&config, 2, config.data_count)).unwrap();
        // Theirs has no bias before batch norm, which takes any bias away: 4 x 400 more here.
        assert_eq!(g.parameter_count(), 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400 + 400 * 2 + 2 + 4 * 400);
        assert_eq!(d.parameter_count(), 5 * 200 * (3 + 201 + 201) + 201);
        // Data of a person's choice win.
        assert_eq!(resolve(&[&format!("preset={data}"), "data=moons"]).data, "moons");
    }
}

/// D sees the points of the set, in the half of its batch that is theirs.
#[test]
fn real_points_reach_d_under_either_schedule() {
    for (schedule, half) in [("alternating", 0), ("simultaneous", 1)] {
        let config = resolve(&["data=ring-8", "batch=33", "data_count=101", "r1=0", &format!("schedule={schedule}")]);
        let gan = Gan::build(&GanSpec::new(&config, 2, config.data_count)).unwrap();
        let points = Distribution::named("ring-8").unwrap().draw(0, config.data_count);
        let mut engine = CpuEngine::<f32>::open(gan.plan.clone());
        engine.upload(&gan.source.data, &points).unwrap();
        engine.upload(&gan.images, &[f32::NAN; 132]).unwrap();
        engine.submit(&ganvas::engine::Work { runs: vec![gan.update_d.draw], times: 1, ..Default::default() }).unwrap();
        let images = engine.download(&gan.images).unwrap();
        for point in images[half * 66..][..66].chunks_exact(2) {
            assert!(points.chunks_exact(2).any(|real| real == point), "{schedule}: {point:?} is no point of the set");
        }
    }
}

/// Preview, landscape and a step of training on every engine, with dropout in D, which must be off where D is looked at.
#[test]
fn engines_agree_on_points() {
    for settings in [["schedule=alternating", "r1=0.002"], ["schedule=simultaneous", "r1=0"]] {
        engines_agree_under(settings);
    }
}

fn engines_agree_under(settings: [&str; 2]) {
    let mut config = resolve(&[&["data=ring-8", "samples=37", "batch=33", "data_count=101"][..], &settings].concat());
    config.discriminator = ["dropout 0.2", "linear 19", "leaky_relu 0.2", "dropout 0.5", "linear 1"].map(String::from).to_vec();
    config.generator = ["linear 17", "leaky_relu 0.2", "linear image"].map(String::from).to_vec();
    let distribution = Distribution::named("ring-8").unwrap();
    let spec = GanSpec::new(&config, 2, config.data_count);
    let gan = Gan::build(&spec).unwrap();
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(CpuEngine::<f32>::open(gan.plan.clone()))];
    if support::adapter("points on the WGSL engine").is_some() {
        engines.push(devices::open(&devices::choose("gpu").unwrap(), gan.plan.clone()).unwrap());
    }
    for mut engine in engines {
        let mut oracle = CpuEngine::<f64>::open(gan.plan.clone());
        for engine in [&mut *engine, &mut oracle as &mut dyn Engine] {
            engine.upload(&gan.source.data, &distribution.draw(0, config.data_count)).unwrap();
            engine.upload(&gan.dials, &[1e-3, 1e-3]).unwrap();
            engine.upload(&gan.preview.z, &spec.preview_latents()).unwrap();
            engine.upload(&gan.landscape.as_ref().unwrap().places, &figure::grid(distribution)).unwrap();
            for (player, first) in [(&gan.generator, stream::INIT_G), (&gan.discriminator, stream::INIT_D)] {
                for (tensor, values) in player.initial_values(0, first) {
                    engine.upload(tensor, &values).unwrap();
                }
            }
        }
        let mut runs = gan.step(1);
        runs.extend([gan.run_preview, gan.landscape.as_ref().unwrap().run]);
        let difference = compare(&mut *engine, &mut oracle, &runs, 2e-4).unwrap();
        assert!(difference.is_none(), "{}: {}", engine.info(), difference.unwrap());
    }
}

/// A push is the slope of -loss_G along each point: against differences of the loss that D's verdicts give.
#[test]
fn pushes_are_the_negative_gradient_of_the_loss_of_g() {
    // Figures take no dropout: it passes the way back as well.
    for discriminator in [&["linear 16", "tanh", "linear 1"][..], &["dropout 0.2", "linear 16", "tanh", "dropout 0.5", "linear 1"]] {
        pushes_along(discriminator);
    }
}

fn pushes_along(discriminator: &[&str]) {
    let mut config = resolve(&["data=moons", "samples=9", "batch=4", "data_count=10", "latent=2"]);
    // G passes its latents on, so that points can be moved by moving these.
    config.generator = vec!["linear image".into()];
    config.discriminator = discriminator.iter().map(ToString::to_string).collect();
    (config.r1, config.ema) = (0.0, 0.0);
    let gan = Gan::build(&GanSpec::new(&config, 2, 10)).unwrap();
    let landscape = gan.landscape.as_ref().unwrap();
    let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
    for (tensor, values) in gan.generator.weights.tensors().zip([vec![1.0, 0.0, 0.0, 1.0], vec![0.0, 0.0]]) {
        engine.upload(tensor, &values).unwrap();
    }
    let player = &gan.discriminator;
    for (tensor, values) in player.initial_values(1, stream::INIT_D) {
        engine.upload(tensor, &values).unwrap();
    }
    let z: Vec<f32> = (0..18).map(|i| (i as f32 * 1.7).sin()).collect();
    let mut look = |z: &[f32]| {
        engine.upload(&gan.preview.z, z).unwrap();
        let reads = vec![landscape.pushes.clone(), gan.preview.logits.clone()];
        engine.submit(&ganvas::engine::Work { runs: vec![gan.run_preview, landscape.run], times: 1, reads, ..Default::default() }).unwrap();
        let done = engine.collect(true).unwrap().unwrap();
        let losses: Vec<f64> = done.reads[1].iter().map(|a| f64::from(-a).exp().ln_1p()).collect();
        (done.reads[0].clone(), losses)
    };
    let (pushes, _) = look(&z);
    let step = 1.0 / 64.0;
    for axis in 0..2 {
        let moved = |by: f32| -> Vec<f32> { z.iter().enumerate().map(|(i, v)| if i % 2 == axis { v + by } else { *v }).collect() };
        let (up, down) = (look(&moved(step)).1, look(&moved(-step)).1);
        for (row, (up, down)) in up.iter().zip(&down).enumerate() {
            let slope = (up - down) / (2.0 * f64::from(step));
            let push = f64::from(pushes[2 * row + axis]);
            assert!((push + slope).abs() < 1e-3 * (1.0 + slope.abs()), "row {row}, axis {axis}: push {push}, slope {slope}");
        }
    }
}

#[test]
fn a_run_on_points_leaves_figures_and_goes_on() {
    for (data, dimensions) in [("two-gaussians-1d", 1), ("ring-8", 2)] {
        let desk = Desk::new();
        let run = format!("runs/0001-{data}-{}", if dimensions == 1 { "line" } else { "plane" });
        let args = ["--no-window", "--data", data, "--device", "cpu", "--steps", "30", "--batch", "32", "--data-count", "500", "--quiet"];
        let more = ["--set", "sample_every=15", "--set", "samples=64", "--set", "checkpoint_every=15"];
        desk.ganvas(&[&args[..], &more].concat());
        for name in ["reals.png", "samples/step-000000.png", "samples/step-000015.png", "samples/step-000030.png"] {
            let picture = image::load_from_memory(&desk.read(&format!("{run}/{name}"))).unwrap().into_rgb8();
            assert!(
                picture.width() >= 800 && picture.pixels().any(|pixel| pixel.0[2] > pixel.0[0].saturating_add(60)),
                "{name}: nothing blue is drawn"
            );
        }
        desk.ganvas(&["resume", &run, "--steps", "45", "--quiet"]);
        desk.ganvas(&["sample", &run, "-n", "100", "--out", "figure.png"]);
        assert!(image::load_from_memory(&desk.read("figure.png")).is_ok());
        desk.ganvas(&["sample", &run, "-n", "10", "--out", "points.npy"]);
        let bytes = desk.read("points.npy");
        let file = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!(file.shape(), [10, dimensions]);
        assert!(desk.ganvas(&["inspect", &run]).out.contains("500 points"));
        for (args, part) in [
            (vec!["interpolate", &run], "makes points"),
            (vec!["sample", &run, "--out", "folder"], "makes points"),
            (vec!["--no-window", "--data", data, "--size", "8"], "leave out --size"),
            (vec!["--no-window", "--data", data, "--preset", "mlp"], "reaches only from -1 to 1"),
        ] {
            let shown = desk.run(&args);
            assert!(shown.code == Some(1) && shown.err.contains(part), "{args:?}: {shown:?}");
        }
    }
}

/// A checkpoint whose weights have another shape, though they are as many, is not taken for one that fits.
#[test]
fn a_transposed_weight_does_not_pass() {
    let desk = Desk::new();
    let layers = ["--generator", "linear 12, relu, linear image", "--discriminator", "linear 12, relu, linear 1"];
    let args = ["--no-window", "--data", "ring-8", "--device", "cpu", "--steps", "2", "--batch", "32", "--data-count", "500", "--quiet"];
    desk.ganvas(&[&args[..], &layers].concat());
    let run = "runs/0001-ring-8-plane";
    let file = desk.newest(run);
    let whole = Checkpoint::read(&desk.path(&file)).unwrap();
    for name in ["ema/G.2.weight", "D.0.weight"] {
        let mut turned = whole.clone();
        let shape = &mut turned.tensors.get_mut(name).unwrap().0;
        shape.reverse();
        let line = format!("{name} is {shape:?}, the network needs {:?}", whole.tensors[name].0);
        desk.write(&file, turned.to_bytes().unwrap());
        for args in [vec!["sample", run, "--out", "figure.png"], vec!["resume", run, "--steps", "3"]] {
            let shown = desk.run(&args);
            assert!(shown.code == Some(1) && shown.err.contains(&line), "{args:?}: no '{line}' in {shown:?}");
        }
        assert!(!desk.path("figure.png").exists());
    }
}

#[test]
fn a_check_of_points_tells_and_draws() {
    let desk = Desk::new();
    let shown = desk.ganvas(&["data", "check", "ring-8"]).out;
    for part in ["100000 of 2 values", "modes       8, sigma 0.01", "would load: 100000 x 2"] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    assert!(image::load_from_memory(&desk.read("data-check-ring-8.png")).is_ok());
    let shown = desk.run(&["data", "check", "ring-9"]);
    assert!(shown.code == Some(1) && shown.err.contains("ring-8"), "{shown:?}");
}

/// Goodfellow et al. 2014, proposition 1, theorem 1 and the saturation argument, as measured by the command.
#[test]
fn the_theory_holds() {
    let desk = Desk::new();
    let shown = desk.ganvas(&["theory", "--device", "cpu", "--seed", "7", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(report["holds"], true);
    let number = |value: &serde_json::Value, key: &str| value[key].as_f64().unwrap();
    let positions = report["positions"].as_array().unwrap();
    for position in positions {
        assert!(number(position, "gap") < 0.03 && number(position, "error").abs() < 0.02, "{position}");
        // No D can do better than the best.
        assert!(number(position, "error") < 1e-4, "{position}");
    }
    let same = positions.last().unwrap();
    assert!((number(same, "bound") + 4f64.ln()).abs() < 1e-9 && number(same, "mean") == 1.0);
    let pushes = report["saturation"].as_array().unwrap();
    let (first, last) = (&pushes[0], pushes.last().unwrap());
    assert!(number(last, "d_fake") < 0.01, "D learns to tell them apart");
    assert!(number(last, "minimax") < 0.5 * number(first, "minimax"), "minimax saturates");
    assert!(number(last, "non_saturating") > 2.0 * number(first, "non_saturating"), "non-saturating does not");
    assert!(image::load_from_memory(&desk.read("theory.png")).is_ok());
}
