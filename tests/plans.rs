//! The plans of the presets, as they were last looked at: what a training step dispatches does not change unnoticed. With
//! GANVAS_BLESS=1 the files of `tests/golden/plans` are written anew; look at what changed before committing them.

use crate::support::{self, Small};
use ganvas::{
    config::{Config, Sources, resolve},
    data::Distribution,
    engine::{Engine as _, cpu::CpuEngine, gpu},
    models::{Gan, GanSpec, Schedule},
    ops::augment::Augments,
    plan::{Access, BufferId, Dispatch, Element, Plan, SequenceId, Tensor},
};
use std::path::Path;

/// Presets with the dispatches of a step before models became expressions. None may have more.
const STEPS: [(&str, usize); 4] = [("mlp", 40), ("textbook", 35), ("goodfellow-2014", 45), ("ring-8", 59)];

fn config(preset: &str) -> Config {
    resolve(&Sources { set: &[format!("preset={preset}")], ..Sources::default() }).expect("a preset")
}

fn gan(preset: &str) -> (Gan, Config) {
    let config = config(preset);
    let pixels = Distribution::named(&config.data).map_or(784, |distribution| distribution.dimensions);
    let gan = Gan::build(&GanSpec::new(&config, pixels, config.data_count)).expect("a GAN");
    (gan, config)
}

#[test]
fn plans_are_those_that_were_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/plans");
    for (preset, most) in STEPS {
        let (gan, config) = gan(preset);
        let mut text = String::new();
        let tile = gpu::PRODUCT_LOOPS[0].tile().expect("a tile");
        gan.plan.print(&mut text, &|grid, size| gpu::workgroups(tile, grid, size)).expect("text");
        let file = folder.join(format!("{preset}.txt"));
        if std::env::var_os("GANVAS_BLESS").is_some() {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&file, &text).expect("a file");
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        let line = text
            .lines()
            .zip(expected.lines())
            .position(|(a, b)| a != b)
            .unwrap_or_else(|| text.lines().count().min(expected.lines().count()));
        assert!(text == expected, "{preset}: the plan differs from {} in line {}: {:?}", file.display(), line + 1, text.lines().nth(line));
        let dispatches: usize = gan.step(config.k).iter().map(|id| gan.plan.sequence(*id).dispatches.len()).sum();
        assert!(dispatches <= most, "{preset}: a step has {dispatches} dispatches, it had {most}");
    }
}

/// Where a penalty on D's slope moves real images, generated ones, or both alike, its term comes with the loss's in one product a layer,
/// under either schedule.
#[test]
fn loss_and_penalty_share_their_products() {
    for schedule in Schedule::ALL {
        for ((r1, r2), augments) in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
            .into_iter()
            .flat_map(|weights| [Augments::NONE, Augments::ALL].map(|augments| (weights, augments)))
        {
            let small = Small { r1, ..Small::default() }.spec();
            let gan = Gan::build(&GanSpec { schedule, r2, augments, image: [1, 4, 5].into(), ..small }).expect("a GAN");
            let update = gan.update_both.as_ref().unwrap_or(&gan.update_d);
            let count = |name: &str| gan.plan.sequence(update.gradients).dispatches.iter().filter(|d| d.kernel.name == name).count();
            let [joint, apart] = ["linear_backward_params_r1", "product_by_weight"].map(count);
            // D has two layers.
            assert_eq!((joint, apart), (2, 0), "r1 = {r1}, r2 = {r2}, {}, {}", schedule.name(), augments.text());
        }
    }
}

/// Values that are not alive at the same time share memory.
#[test]
fn values_of_a_step_share_memory() {
    for (preset, _) in STEPS {
        let (shared, alone) = gan(preset).0.shared;
        assert!(shared * 3 < alone * 2, "{preset}: {shared} elements, {alone} without sharing");
    }
}

/// Memory that is free holds nothing that anyone reads: with NaN in every shared buffer that the next dispatch to use it overwrites, a
/// step gives the same gradients.
#[test]
fn nobody_reads_what_has_been_given_back() {
    for small in [
        Small { r1: 3.0, ..Small::default() },
        Small { discriminator: &["dropout 0.2", "linear 9", "silu", "maxout 5 x 3", "batch_norm", "linear 1"], ..Small::default() },
    ] {
        let spec = small.spec();
        let gan = Gan::build(&spec).expect("a GAN");
        let [clean, poisoned] = [false, true].map(|poison| {
            let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
            support::load(&gan, &spec, &mut engine);
            for update in [&gan.update_d, &gan.update_g] {
                engine.run(update.draw);
                run(&gan.plan, &mut engine, update.gradients, poison);
                engine.run(update.apply);
            }
            [&gan.discriminator, &gan.generator].map(|player| engine.values(&player.weights.all).to_vec())
        });
        assert_eq!(clean, poisoned);
    }
}

/// Runs a sequence dispatch by dispatch.
fn run(plan: &Plan, engine: &mut CpuEngine<f64>, sequence: SequenceId, poison: bool) {
    let dispatches = &plan.sequence(sequence).dispatches;
    for index in 0..dispatches.len() {
        for (i, buffer) in plan.buffers().iter().enumerate().filter(|(_, buffer)| poison && buffer.name.starts_with("shared ")) {
            let uses = |dispatch: &Dispatch| {
                let mine = dispatch.interface.bindings.iter().zip(&dispatch.bindings).filter(|(_, tensor)| tensor.buffer.0 == i);
                mine.map(|(binding, _)| binding.access).next()
            };
            let next = dispatches[index..].iter().find_map(uses);
            if next != Some(Access::Read) && buffer.element != Element::U32 {
                let whole =
                    Tensor { name: "whole".into(), buffer: BufferId(i), start: 0, element: buffer.element, shape: vec![buffer.len] };
                engine.values_mut(&whole).fill(f64::NAN);
            }
        }
        engine.run_dispatch(sequence, index).expect("a run");
    }
}
