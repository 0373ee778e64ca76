//! Layer lists that fit themselves to pictures, and layers that are more than one expression.

use crate::support::{self, Small};
use ganvas::{
    config::{self, Sources},
    engine::cpu::CpuEngine,
    graph::{
        Graph,
        lower::{Lowering, Target},
    },
    layers::{Extent, Masks, Pass, list},
    models::{Gan, GanSpec, Init, Network, networks},
    plan::Plan,
};

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|entry| entry.to_string()).collect()
}

fn picture(side: usize, channels: usize) -> Extent {
    Extent { height: side, width: side, channels }
}

#[test]
fn lists_are_split_at_commas_outside_of_brackets() {
    let split = list::split("linear 4, residual [relu, residual [conv 3 1, tanh]] skip [conv 2 1] , tanh");
    assert_eq!(split, ["linear 4", "residual [relu, residual [conv 3 1, tanh]] skip [conv 2 1]", "tanh"]);
}

#[test]
fn a_list_grows_with_the_pictures() {
    let grow =
        texts(&["linear 16* start", "reshape 16* start", "until image/2 [conv_transpose 16* 4 stride 2 pad 1, relu]", "conv image 1"]);
    let resolved = |side, channels| list::resolve(&grow[..3], picture(side, channels), Extent::values(5)).expect("a list").0;
    assert_eq!(resolved(28, 1), ["linear 32 start", "reshape 32 start", "conv_transpose 16 4 stride 2 pad 1", "relu"]);
    let at_64 = resolved(64, 3);
    assert_eq!(at_64[0], "linear 128 start");
    let widths: Vec<&str> = at_64.iter().filter(|text| text.starts_with("conv")).map(|text| text.split(' ').nth(1).unwrap()).collect();
    assert_eq!(widths, ["64", "32", "16"]);
}

#[test]
fn presets_for_pictures_fit_all_sizes_that_people_have() {
    for (preset, sides) in [
        ("conv", &[24, 28, 32, 48, 64, 96, 128][..]),
        ("resnet", &[24, 28, 32, 48, 64, 128]),
        ("resnet-base", &[32]),
        ("sngan", &[28, 32, 48, 64]),
        ("dcgan", &[32, 64, 128]),
    ] {
        let set = [format!("preset={preset}")];
        let config = config::resolve(&Sources { set: &set, ..Sources::default() }).expect(preset);
        for (side, channels) in sides.iter().flat_map(|side| [(*side, 1), (*side, 3)]) {
            let spec = GanSpec::new(&config, picture(side, channels), 100);
            let (g, d) = networks(&spec).unwrap_or_else(|error| panic!("{preset} at {side}: {error}"));
            assert_eq!(g.output(), picture(side, channels), "{preset}");
            assert_eq!(d.output().len(), 1, "{preset}");
        }
    }
}

#[test]
fn what_does_not_fit_is_said_by_name() {
    let error = |list: &[&str]| {
        Network::parse("D", "discriminator", &texts(list), picture(8, 3), picture(8, 3)).expect_err("a mistake").to_string()
    };
    for (list, said) in [
        (&["until start [conv 8 3 pad 1]"][..], "never"),
        (&["until image/3 [conv 8 4 stride 2 pad 1]"], "which 3 does not divide"),
        (&["until start [conv 8 4 stride 2 pad 1"], "bracket"),
        (&["residual [conv 8 3 pad 1]"], "skip [conv 8 1]"),
        (&["residual [conv 3 3]"], "the way past them"),
        (&["residual []"], "no layers"),
        (&["residual [conv 3 3 pad 1, glow]"], "no layer is called 'glow'"),
        (&["up bicubic"], "nearest, bilinear, blur"),
        (&["down mean 3"], "which 3 does not divide"),
        (&["conv 64 9"], "kernel 9"),
        (&["group_norm 2"], "3 channels cannot be cut into 2 groups"),
        (&["relu spectral_norm"], "relu"),
        (&["batch_norm spectral_norm"], "no weight"),
    ] {
        let error = error(list);
        assert!(error.contains(said) && error.contains("discriminator layer 1"), "{list:?}: {error}");
    }
}

#[test]
fn residual_nets_start_as_if_their_branches_were_not_there() {
    let list = texts(&["residual [conv 8 3 pad 1, relu, conv 3 1]", "residual [conv 8 1, conv 4 1, conv 3 1]"]);
    let mut network = Network::parse("G", "generator", &list, picture(4, 3), picture(4, 3)).expect("layers");
    network.init = Init::Fixup;
    let mut plan = Plan::default();
    let weights = network.weights(&mut plan, "").expect("weights");
    for (tensor, values) in weights.tensors().zip(network.initial_values(1, 1)) {
        let last = ["G.0.2.weight", "G.1.2.weight"].contains(&&*tensor.name);
        let zero = values.iter().all(|value| *value == 0.0);
        assert_eq!(zero, last || tensor.name.ends_with("bias"), "{}", tensor.name);
        if tensor.name.ends_with("1.0.weight") {
            // sqrt(2 / 1.04 / 3 inputs) * 2 branches ^ -1/4 of 24 numbers.
            let deviation = (values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32).sqrt();
            assert!((0.45..0.95).contains(&deviation), "{deviation}");
        }
    }
}

/// The largest singular value of a matrix, by many power iterations.
fn singular_value(w: &[f64], columns: usize) -> f64 {
    let mut v = vec![1.0; columns];
    let mut sigma = 0.0;
    for _ in 0..2000 {
        let u: Vec<f64> = w.chunks(columns).map(|row| row.iter().zip(&v).map(|(w, v)| w * v).sum()).collect();
        let mut next = vec![0.0; columns];
        w.chunks(columns).zip(&u).for_each(|(row, u)| next.iter_mut().zip(row).for_each(|(n, w)| *n += w * u));
        let length = next.iter().map(|n| n * n).sum::<f64>().sqrt();
        sigma = length.sqrt();
        v = next.iter().map(|n| n / length).collect();
    }
    sigma
}

#[test]
fn spectral_norm_divides_by_the_largest_singular_value_and_follows_it() {
    let nets = Small {
        generator: &["linear 9", "relu", "linear image", "tanh"],
        discriminator: &["linear 7 spectral_norm", "relu", "linear 1"],
        r1: 0.3,
    };
    let spec = nets.spec();
    let gan = Gan::build(&spec).expect("a GAN");
    let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
    support::load(&gan, &spec, &mut engine);
    let find = |name: &str| gan.discriminator.weights.tensors().find(|tensor| tensor.name.ends_with(name)).expect(name).clone();
    let (w, u) = (find("D.0.weight"), find("D.0.weight_u"));
    let start = engine.values(&u).to_vec();
    gan.update_g.runs().into_iter().for_each(|sequence| engine.run(sequence));
    assert_eq!(engine.values(&u), start, "an update of G moves what belongs to D");
    // Small steps, so that the iteration can keep up.
    engine.values_mut(&gan.dials).fill(1e-6);
    for _ in 0..300 {
        gan.update_d.runs().into_iter().for_each(|sequence| engine.run(sequence));
    }
    let (w, u) = (engine.values(&w).to_vec(), engine.values(&u).to_vec());
    let columns = w.len() / u.len();
    let mut along = vec![0.0; columns];
    w.chunks(columns).zip(&u).for_each(|(row, u)| along.iter_mut().zip(row).for_each(|(a, w)| *a += w * u));
    let sigma = along.iter().map(|a| a * a).sum::<f64>().sqrt();
    let exact = singular_value(&w, columns);
    assert!((sigma / exact - 1.0).abs() < 1e-3, "{sigma} is not {exact}");
}

#[test]
fn a_layer_with_spectral_norm_computes_with_a_weight_of_norm_one() {
    let network = Network::parse("D", "discriminator", &texts(&["linear 4 spectral_norm"]), 6usize, 6usize).expect("layers");
    let (graph, mut plan) = (Graph::new(), Plan::default());
    let weights = network.weights(&mut plan, "").expect("weights");
    let mut lowering = Lowering::new(&graph);
    let net = network.bind(&graph, &mut lowering, &weights);
    let x = graph.leaf("x", [6, 6]);
    let unit = plan.tensor("x", &[6, 6]).expect("x");
    lowering.place(x, &unit, 0);
    let y = net.of(x, "D", Pass::Sampling, &mut Masks::default());
    let (sequence, y) = lowering.sequence(&mut plan, "run", &[Target::of(y)]).expect("a sequence");
    let mut engine = CpuEngine::<f64>::open(plan);
    let tensors: Vec<_> = weights.tensors().cloned().collect();
    for (tensor, values) in tensors.iter().zip(network.initial_values(3, 7)) {
        engine.values_mut(tensor).iter_mut().zip(values).for_each(|(to, value)| *to = value.into());
    }
    // Of the unit vectors it gives the columns of its weight; with the right u that weight has the norm 1.
    engine.values_mut(&unit).iter_mut().enumerate().for_each(|(i, x)| *x = f64::from(u8::from(i % 7 == 0)));
    let w = engine.values(&tensors[0]).to_vec();
    let mut u = engine.values(&tensors[2]).to_vec();
    for _ in 0..3000 {
        let v: Vec<f64> = (0..6).map(|c| (0..4).map(|r| w[r * 6 + c] * u[r]).sum()).collect();
        let next: Vec<f64> = (0..4).map(|r| (0..6).map(|c| w[r * 6 + c] * v[c]).sum()).collect();
        let length = next.iter().map(|n| n * n).sum::<f64>().sqrt();
        u = next.iter().map(|n| n / length).collect();
    }
    engine.values_mut(&tensors[2]).copy_from_slice(&u);
    engine.values_mut(&tensors[1]).fill(0.0);
    engine.run(sequence);
    let columns = engine.values(&y[0]).to_vec();
    assert!((singular_value(&columns, 4) - 1.0).abs() < 1e-6, "{}", singular_value(&columns, 4));
}

#[test]
fn minibatch_stddev_says_how_much_the_images_of_a_group_differ() {
    let network =
        Network::parse("D", "discriminator", &texts(&["minibatch_stddev 2", "linear 1"]), picture(2, 1), picture(2, 1)).expect("layers");
    let (graph, mut plan) = (Graph::new(), Plan::default());
    let weights = network.weights(&mut plan, "").expect("weights");
    let mut lowering = Lowering::new(&graph);
    let net = network.bind(&graph, &mut lowering, &weights);
    let images = plan.tensor("x", &[4, 4]).expect("x");
    let x = graph.leaf("x", [4, 4]);
    lowering.place(x, &images, 0);
    let y = net.of(x, "D", Pass::Training { groups: 1, own: true }, &mut Masks::default());
    let (sequence, y) = lowering.sequence(&mut plan, "run", &[Target::of(y)]).expect("a sequence");
    let mut engine = CpuEngine::<f64>::open(plan);
    let tensors: Vec<_> = weights.tensors().cloned().collect();
    // Images 0 and 2 belong together, as do 1 and 3; the layer's output is read by weights that see the new channel alone.
    let pixels = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0, 3.0, 2.0, 3.0, 8.0, 0.0, 0.0, 0.0, 6.0];
    engine.values_mut(&images).copy_from_slice(&pixels);
    engine.values_mut(&tensors[0]).iter_mut().enumerate().for_each(|(i, w)| *w = f64::from(u8::from(i == 1)));
    engine.values_mut(&tensors[1]).fill(0.0);
    engine.run(sequence);
    let expected = [(1.0 + 0.0 + 0.0 + 2.0) / 4.0, 3.0 / 4.0, (1.0 + 2.0) / 4.0, 3.0 / 4.0];
    for (value, expected) in engine.values(&y[0]).iter().zip(expected) {
        assert!((value - expected).abs() < 1e-3, "{value} is not {expected}");
    }
}
