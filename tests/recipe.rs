//! The recipe of Goodfellow et al. 2014: what the preset stands for, to the digit, and what a run of it starts from.

use crate::program::{Desk, FIRST, says};
use ganvas::{
    config::{Sources, resolve},
    models::{Gan, GanSpec, Init, Schedule},
    ops::{LatentDistribution, Optimizer},
    train::Checkpoint,
};

#[test]
fn the_preset_is_the_published_recipe() {
    let set = ["preset=goodfellow-2014".to_owned()];
    let config = resolve(&Sources { set: &set, ..Sources::default() }).unwrap();
    let spec = GanSpec::new(&config, 784, 50_000);
    let gan = Gan::build(&spec).unwrap();
    assert_eq!(gan.generator.network.parameter_count(), 2_503_984);
    assert_eq!(gan.discriminator.network.parameter_count(), 1_231_441);
    assert_eq!((spec.batch, spec.latent, config.k, spec.images / spec.batch), (100, 100, 1, 500));
    assert_eq!((spec.latent_distribution, spec.schedule, spec.loss_d_scale), (LatentDistribution::Uniform, Schedule::Simultaneous, 0.5));
    assert_eq!(spec.loss.name, "non_saturating");
    assert_eq!(spec.optimizer, Optimizer::Sgd { momentum: 0.5, momentum_final: 0.7 });
    assert_eq!((config.lr_g, config.lr_d, spec.annealing.ramp_epochs), (0.1, 0.1, 250));
    assert_eq!(spec.init, [Init::Uniform(0.05), Init::Uniform(0.005)]);
    assert!(spec.output_bias_from_data && spec.r1 == 0.0 && spec.ema == 0.0);
    for (epoch, rate) in [(100, 0.0819), (250, 0.0607)] {
        let updates = f64::from(epoch * 500);
        let found = config.lr_g / spec.annealing.lr_decay.powf(updates);
        assert!((found - rate).abs() < 5e-5, "the rate at epoch {epoch} is {found}");
    }
    // Keep 0.8 of the input and 0.5 of the hidden units.
    let masks = |id: ganvas::plan::SequenceId| gan.plan.sequence(id).dispatches.iter().filter(|d| d.kernel.name == "dropout_mask");
    assert_eq!(masks(gan.update_both.as_ref().expect("both at once").draw).count(), 3);
    // One pass of each net serves both players.
    let step: Vec<_> = gan.step(1).iter().flat_map(|id| &gan.plan.sequence(*id).dispatches).collect();
    let count = |kernel: &str| step.iter().filter(|d| d.kernel.name == kernel).count();
    assert_eq!(
        (count("noise"), count("maxout_forward"), count("linear_forward") + count("linear_forward_wide"), count("sgd")),
        (1, 2, 6, 2)
    );
}

#[test]
fn g_starts_from_the_mean_image() {
    for (end, slope) in [("sigmoid", 1.0), ("tanh", 2.0)] {
        let desk = Desk::new();
        let generator = format!("linear 32, relu, linear image, {end}");
        let init = ["--init-g", "normal 0.02", "--init-d", "uniform 0.005", "--output-bias", "data_mean"];
        // At a vanishing rate the first step keeps what it starts from.
        desk.train(&[&["--generator", &generator, "--steps", "1", "--lr", "1e-30", "--optimizer", "sgd"], &init[..]].concat());
        let checkpoint = Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap();
        let values = |name: &str| checkpoint.tensors[name].1.clone();
        let data = ganvas::data::load(&ganvas::data::Request { count: 300, ..ganvas::data::Request::default() }).unwrap();
        for (pixel, bias) in values("G.2.bias").into_iter().enumerate() {
            let mean = (0..data.count).map(|i| f64::from(data.image(i)[pixel]) / 255.0).sum::<f64>() / data.count as f64;
            let expected = (mean.max(1e-7) / (1.0 - mean.max(1e-7))).ln() / slope;
            assert!((f64::from(bias) - expected).abs() < 1e-4, "{end}: the bias of pixel {pixel} is {bias}, not {expected}");
        }
        assert!(values("G.0.bias").iter().chain(&values("D.0.bias")).all(|bias| bias.abs() < 1e-20));
        let deviation = |values: &[f32]| (values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32).sqrt();
        assert!((deviation(&values("G.2.weight")) - 0.02).abs() < 1e-3);
        let of_d = values("D.0.weight");
        assert!((deviation(&of_d) - 0.005 / 3.0f32.sqrt()).abs() < 1e-4 && of_d.iter().all(|w| w.abs() < 0.005));
    }
}

#[test]
fn the_recipe_can_be_looked_at() {
    let desk = Desk::new();
    let small = ["--config", "small.toml", "--preset", "goodfellow-2014"];
    let narrow = ["--discriminator", "dropout 0.2, maxout 12 x 5, linear 1"];
    let plan = desk.ganvas(&[&["--no-window", "--print-plan"], &small[..], &narrow[..]].concat());
    says(&plan.out, &["maxout_forward", "->winner=step/D/y.1/winner[32, 12]", "gradients: ", "one training step: draw, gradients, apply"]);
    desk.ganvas(&[&["--no-window"], &small[..], &narrow[..]].concat());
    let run = "runs/0001-builtin-goodfellow-2014";
    let inspected = desk.ganvas(&["inspect", run]);
    says(&inspected.out, &["D.1   maxout 12 x 5", "47100 parameters", "schedule = \"simultaneous\"", "velocity/D.1.weight"]);
    desk.ganvas(&["sample", run, "-n", "4"]);
}
