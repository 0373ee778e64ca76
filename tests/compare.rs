//! Two engines over the same plan, dispatch by dispatch: they agree, and where one is tampered with, the first dispatch that
//! differs is named.

use crate::support::{self, Small};
use ganvas::{
    engine::{
        Engine,
        compare::{Difference, compare},
        cpu::CpuEngine,
        gpu::{GpuEngine, describe, product_loops},
    },
    models::{Gan, GanSpec, LOSSES, Schedule},
    ops::{Annealing, LatentDistribution, Optimizer, augment::Augments},
    plan::Storage,
};

/// Each dispatch is judged alone, from the reference's inputs: its sums have up to 37 terms, and Adam's first step multiplies the
/// rounding of 1 - beta2 by a thousand in numbers that are themselves a thousandth of the weights.
const TOLERANCE: f32 = 100.0 * f32::EPSILON;

/// One GAN of each sort: with R1, with everything that a layer list can hold, with the other loss, optimizer and latents, with both
/// players moving at once, and with pictures that are changed before D sees them.
fn specs() -> Vec<GanSpec> {
    let penalised = Small { r1: 10.0, discriminator: &["maxout 7 x 2", "linear 5", "leaky_relu 0.2", "linear 1"], ..Small::default() };
    let mixed = Small {
        generator: &["linear 9", "sigmoid", "dropout 0.3", "linear 7", "relu", "linear image", "tanh"],
        discriminator: &["dropout 0.2", "linear 11", "tanh", "dropout 0.5", "leaky_relu 0.1", "maxout 6 x 3", "linear 1"],
        ..Small::default()
    };
    let minimax = GanSpec {
        loss: &LOSSES[1],
        optimizer: Optimizer::Sgd { momentum: 0.5, momentum_final: 0.5 },
        latent_distribution: LatentDistribution::Uniform,
        ..Small::default().spec()
    };
    let together = GanSpec {
        schedule: Schedule::Simultaneous,
        loss_d_scale: 0.5,
        optimizer: Optimizer::Sgd { momentum: 0.5, momentum_final: 0.7 },
        annealing: Annealing { lr_decay: 1.01, lr_floor: 1e-6, ramp_epochs: 5 },
        images: 13,
        ..Small { discriminator: &["dropout 0.2", "maxout 7 x 5", "dropout 0.5", "linear 1"], ..Small::default() }.spec()
    };
    let picture = GanSpec { image: [3, 5, 7].into(), flip: true, augments: Augments::ALL, ..Small { r1: 10.0, ..Small::default() }.spec() };
    let adapting = GanSpec { ada: Some(0.6), r2: 5.0, schedule: Schedule::Simultaneous, ..picture.clone() };
    vec![penalised.spec(), mixed.spec(), minimax, together, picture, adapting]
}

/// Two steps of training, each with two updates of D where the players alternate.
fn two_steps(gan: &Gan, engine: &mut dyn Engine, reference: &mut dyn Engine) -> Option<Difference> {
    let step = gan.step(2);
    (0..2).find_map(|_| compare(engine, reference, &step, TOLERANCE).expect("both engines run"))
}

fn engines(what: &str, gan: &Gan) -> Vec<Box<dyn Engine>> {
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(CpuEngine::<f32>::open(gan.plan.clone()))];
    if let Some(adapter) = support::adapter(what).filter(|adapter| support::stores(adapter, gan.plan.storage, what)) {
        for product in product_loops(&describe(&adapter)) {
            engines.push(Box::new(GpuEngine::open_with(&adapter, gan.plan.clone(), product).expect("an engine")));
        }
    }
    engines
}

#[test]
fn engines_agree_dispatch_by_dispatch() {
    let each = specs().into_iter().flat_map(|spec| Storage::ALL.map(|storage| GanSpec { storage, ..spec.clone() }));
    for spec in each {
        let gan = Gan::build(&spec).expect("a GAN");
        for mut engine in engines("training steps against the oracle", &gan) {
            let mut reference = CpuEngine::<f64>::open(gan.plan.clone());
            support::load(&gan, &spec, engine.as_mut());
            support::load(&gan, &spec, &mut reference);
            let difference = two_steps(&gan, engine.as_mut(), &mut reference);
            assert!(difference.is_none(), "{} ({}): {}", engine.info(), engine.variant(), difference.expect("a difference"));
            let updates = if spec.schedule == Schedule::Alternating { [4, 2] } else { [2, 2] };
            assert_eq!(reference.download_words(&gan.state.counters).expect("counters"), updates, "every sequence ran");
        }
    }
}

/// What is done to one engine.
type Tamper = fn(&Gan, &mut dyn Engine);

#[test]
fn a_difference_is_named_where_it_first_shows() {
    let spec = specs().swap_remove(0);
    let gan = Gan::build(&spec).expect("a GAN");
    // Tampering, then sequence, dispatch, kernel and output at which it shows first.
    let cases: [(Tamper, &str, usize, &str, &str); 6] = [
        (
            |gan, engine| engine.upload_start(&gan.discriminator.weights.layers[0][0], &[0.7]).expect("D.0.weight"),
            "gradients_d",
            2,
            "linear_forward",
            "y = d_step/D/h.0",
        ),
        (
            |gan, engine| engine.upload_start(&gan.generator.weights.layers[2][1], &[f32::NAN]).expect("G.2.bias"),
            "gradients_d",
            1,
            "linear_forward",
            "y = images",
        ),
        (|gan, engine| engine.upload_words(&gan.state.counters, &[5, 0]).expect("counters"), "draw_d", 0, "noise", "z = z_d"),
        (
            |gan, engine| engine.upload_words(&gan.source.data, &vec![0x0102_0304; gan.source.data.len()]).expect("data"),
            "draw_d",
            2,
            "gather_batch",
            "images = images",
        ),
        (|gan, engine| engine.upload(&gan.dials, &[0.0, 0.001]).expect("dials"), "apply_d", usize::MAX, "adam", "weights = D"),
        // Of a counter so large that f32 cannot tell it from its neighbour.
        (
            |gan, engine| engine.upload_words(&gan.state.counters, &[0, (1 << 24) + 1]).expect("counters"),
            "apply_d",
            usize::MAX,
            "statistics",
            "state = counters",
        ),
    ];
    for (tamper, sequence, index, kernel, output) in cases {
        for mut engine in engines("a tampered engine", &gan).into_iter().take(2) {
            let mut reference = CpuEngine::<f64>::open(gan.plan.clone());
            support::load(&gan, &spec, engine.as_mut());
            support::load(&gan, &spec, &mut reference);
            if output.starts_with("state") {
                engine.upload_words(&gan.state.counters, &[0, 1 << 24]).expect("counters");
                reference.upload_words(&gan.state.counters, &[0, 1 << 24]).expect("counters");
            }
            tamper(&gan, engine.as_mut());
            let found = compare(engine.as_mut(), &mut reference, &gan.step(1), TOLERANCE).expect("both engines run");
            let found = found.unwrap_or_else(|| panic!("nothing found at {sequence}, {kernel}"));
            assert_eq!((found.sequence, found.kernel, found.output.as_str()), (sequence, kernel, output), "{found}");
            let dispatches = &gan.plan.sequences().iter().find(|s| s.name == sequence).expect("a sequence").dispatches;
            let first = dispatches.iter().position(|d| d.kernel.name == kernel).expect("the kernel");
            assert_eq!(found.index, if index == usize::MAX { first } else { index }, "{found}");
            assert!(found.to_string().contains(&format!("{sequence} dispatch {}, {kernel}: {output}", found.index)), "{found}");
        }
    }
}

/// An output that is infinite on both engines is no difference, and hides none beside it.
#[test]
fn infinite_outputs_are_compared_too() {
    let spec = Small::default().spec();
    let gan = Gan::build(&spec).expect("a GAN");
    let mut engine = CpuEngine::<f32>::open(gan.plan.clone());
    let mut reference = CpuEngine::<f64>::open(gan.plan.clone());
    let bias = &gan.discriminator.weights.layers[0][1];
    for engine in [&mut engine as &mut dyn Engine, &mut reference] {
        support::load(&gan, &spec, engine);
        engine.upload_start(bias, &[f32::INFINITY]).expect("a bias");
    }
    let forward: Vec<usize> = (0..3).collect();
    for index in &forward {
        engine.run_dispatch(gan.update_d.gradients, *index).expect("a run");
        reference.run_dispatch(gan.update_d.gradients, *index).expect("a run");
    }
    engine.upload_start(bias, &[f32::INFINITY, 100.0]).expect("a bias");
    let found = compare(&mut engine, &mut reference, &[gan.update_d.gradients], TOLERANCE).expect("both engines run");
    let found = found.expect("the second unit differs");
    assert_eq!((found.index, found.element), (2, 1), "{found}");
}
