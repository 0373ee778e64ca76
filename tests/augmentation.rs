//! What is done to pictures before D sees them, how it is drawn, and how often.

use crate::support::{self, Small};
use ganvas::{
    engine::{Engine as _, cpu::CpuEngine},
    graph::{
        Graph,
        lower::{Lowering, Target},
    },
    models::{Gan, GanSpec, Schedule},
    ops::augment::{AUGMENTS, Augments, KNOBS, Picture},
    plan::Plan,
    random::{random_bits, uniform01},
};

/// Knobs of a picture that stays as it is.
fn neutral([height, width]: [usize; 2]) -> [f64; KNOBS] {
    [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, height as f64, width as f64]
}

/// A picture changed step by step, as DiffAugment's code has it: brightness, saturation, contrast, translation, cutout, each of the whole
/// picture before the next, after a flip.
fn step_by_step(picture: Picture, x: &[f64], knobs: [f64; KNOBS]) -> Vec<f64> {
    let Picture { height, width, channels } = picture;
    let [brightness, saturation, contrast, flip, down, right, top, left] = knobs;
    let at = |row: usize, column: usize, c: usize| (row * width + column) * channels + c;
    let each = |value: &dyn Fn(usize, usize, usize) -> f64| -> Vec<f64> {
        let places = (0..height).flat_map(|row| (0..width).flat_map(move |column| (0..channels).map(move |c| (row, column, c))));
        places.map(|(row, column, c)| value(row, column, c)).collect()
    };
    let x = each(&|row, column, c| x[at(row, if flip > 0.5 { width - 1 - column } else { column }, c)]);
    let x: Vec<f64> = x.iter().map(|x| x + brightness).collect();
    let x = each(&|row, column, c| {
        let mean = (0..channels).map(|c| x[at(row, column, c)]).sum::<f64>() / channels as f64;
        (x[at(row, column, c)] - mean) * saturation + mean
    });
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let x: Vec<f64> = x.iter().map(|x| (x - mean) * contrast + mean).collect();
    let x = each(&|row, column, c| {
        let (row, column) = (row as f64 + down, column as f64 + right);
        let inside = row >= 0.0 && column >= 0.0 && row < height as f64 && column < width as f64;
        if inside { x[at(row as usize, column as usize, c)] } else { 0.0 }
    });
    each(&|row, column, c| {
        let within = |place: usize, start: f64, extent: usize| (start..start + extent.div_ceil(2) as f64).contains(&(place as f64));
        if within(row, top, height) && within(column, left, width) { 0.0 } else { x[at(row, column, c)] }
    })
}

#[test]
fn one_pass_does_what_the_published_code_does_step_by_step() {
    for [height, width, channels] in [[4, 5, 3], [7, 6, 1], [1, 9, 2], [5, 1, 4]] {
        let picture = Picture { height, width, channels };
        let (h, w) = (height as f64, width as f64);
        let rows = [
            neutral([height, width]),
            [0.3, 1.0, 1.0, 0.0, 0.0, 0.0, h, w],
            [0.0, 0.2, 1.0, 0.0, 0.0, 0.0, h, w],
            [0.0, 1.0, 1.4, 0.0, 0.0, 0.0, h, w],
            [0.0, 1.0, 1.0, 1.0, 0.0, 0.0, h, w],
            [0.0, 1.0, 1.0, 0.0, 1.0, -1.0, h, w],
            [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 1.0],
            [-0.4, 1.8, 0.6, 1.0, -1.0, 2.0, h - 2.0, 0.0],
        ];
        let graph = Graph::new();
        let (x, knobs) = (graph.leaf("x", [rows.len(), picture.columns()]), graph.leaf("knobs", [rows.len(), KNOBS]));
        let (mut plan, mut lowering) = (Plan::default(), Lowering::new(&graph));
        let [of_x, of_knobs] = [x, knobs].map(|leaf| {
            let tensor = plan.tensor("leaf", &leaf.shape()).expect("a leaf");
            lowering.place(leaf, &tensor, 0);
            tensor
        });
        let (sequence, y) = lowering.sequence(&mut plan, "augment", &[Target::of(x.augment(picture, knobs))]).expect("a sequence");
        let mut engine = CpuEngine::<f64>::open(plan);
        let values: Vec<f64> = (0..of_x.len()).map(|n| f64::from(uniform01(random_bits(1, 2, 3, n as u32))) * 2.0 - 1.0).collect();
        engine.values_mut(&of_x).copy_from_slice(&values);
        engine.values_mut(&of_knobs).copy_from_slice(rows.as_flattened());
        engine.run(sequence);
        for (row, knobs) in rows.iter().enumerate() {
            let of_row = row * picture.columns()..(row + 1) * picture.columns();
            let expected = step_by_step(picture, &values[of_row.clone()], *knobs);
            for (found, expected) in engine.values(&y[0])[of_row].iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-12, "{picture:?} with {knobs:?}: {found}, not {expected}");
            }
        }
    }
}

/// A GAN of pictures of 16 x 12 with so many of them in a batch.
fn pictures(batch: usize, augments: &str) -> GanSpec {
    let augments = Augments::parse(augments).expect("augmentations");
    GanSpec { image: [1, 16, 12].into(), batch, images: 4 * batch, augments, ..Small::default().spec() }
}

/// What is drawn for D's first updates, a row per picture.
fn drawn(spec: &GanSpec, probability: Option<f64>) -> Vec<[f64; KNOBS]> {
    let gan = Gan::build(spec).expect("a GAN");
    let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
    support::load(&gan, spec, &mut engine);
    if let (Some(p), Some(ada)) = (probability, &gan.ada) {
        engine.values_mut(ada)[0] = p;
    }
    engine.run(gan.update_d.draw);
    let knobs = gan.knobs[0].as_ref().expect("knobs");
    engine.values(knobs).as_chunks().0.to_vec()
}

#[test]
fn what_is_drawn_has_the_published_distributions() {
    let rows = drawn(&pictures(1000, "flip,color,translation,cutout"), None);
    assert_eq!(rows.len(), 2000);
    let of = |knob: usize| rows.iter().map(move |row| row[knob]);
    let uniform = |knob: usize, low: f64, high: f64| {
        let mean = of(knob).sum::<f64>() / rows.len() as f64;
        assert!(of(knob).all(|value| (low..=high).contains(&value)), "knob {knob} leaves {low} to {high}");
        // Five standard errors.
        assert!((mean - (low + high) / 2.0).abs() < 5.0 * (high - low) / (12.0 * rows.len() as f64).sqrt(), "knob {knob} has mean {mean}");
        assert!(of(knob).any(|value| value < low + 0.05 * (high - low)) && of(knob).any(|value| value > high - 0.05 * (high - low)));
    };
    uniform(0, -0.5, 0.5);
    uniform(1, 0.0, 2.0);
    uniform(2, 0.5, 1.5);
    let counted = |knob: usize, values: std::ops::RangeInclusive<i32>| {
        let count = values.clone().count();
        for value in values.clone() {
            let found = of(knob).filter(|found| *found == f64::from(value)).count() as f64;
            let expected = rows.len() as f64 / count as f64;
            assert!((found - expected).abs() < 5.0 * expected.sqrt(), "knob {knob} is {value} {found} times, not {expected}");
        }
        assert!(of(knob).all(|value| values.contains(&(value as i32))), "knob {knob} leaves {values:?}");
    };
    counted(3, 0..=1);
    // An eighth of 16 is 2, of 12 it is 1.5; halves go up.
    counted(4, -2..=2);
    counted(5, -2..=2);
    // A cut of 8 rows whose middle lies at one of 17 places, of 6 columns at one of 13.
    counted(6, -4..=12);
    counted(7, -3..=9);
    // No two knobs go together.
    for (a, b) in [(0, 1), (0, 2), (1, 2), (4, 5), (6, 7), (3, 0), (2, 4)] {
        let mean = |knob: usize| of(knob).sum::<f64>() / rows.len() as f64;
        let deviation = |knob: usize| (of(knob).map(|v| (v - mean(knob)).powi(2)).sum::<f64>() / rows.len() as f64).sqrt();
        let together = of(a).zip(of(b)).map(|(x, y)| (x - mean(a)) * (y - mean(b))).sum::<f64>() / rows.len() as f64;
        let correlation = together / (deviation(a) * deviation(b));
        assert!(correlation.abs() < 5.0 / (rows.len() as f64).sqrt(), "knobs {a} and {b} have correlation {correlation}");
    }
}

#[test]
fn what_is_not_asked_for_is_not_done() {
    let turned: [&[usize]; 4] = [&[3], &[0, 1, 2], &[4, 5], &[6, 7]];
    for (row, turned) in AUGMENTS.iter().zip(turned) {
        let rest = neutral([16, 12]);
        for knobs in drawn(&pictures(40, row.name), None) {
            let others = (0..KNOBS).filter(|knob| !turned.contains(knob));
            assert!(others.clone().all(|knob| knobs[knob] == rest[knob]), "{} turns others: {knobs:?}", row.name);
        }
    }
}

/// Each change has a coin of its own.
#[test]
fn the_probability_is_that_of_each_change() {
    let spec = GanSpec { ada: Some(0.6), ..pictures(1000, "color,translation,cutout") };
    for p in [0.0, 0.25, 1.0] {
        let rest = neutral([16, 12]);
        let rows = drawn(&spec, Some(p));
        for knob in [0, 1, 2, 6] {
            let share = rows.iter().filter(|row| row[knob] != rest[knob]).count() as f64 / rows.len() as f64;
            assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / rows.len() as f64).sqrt() + 1e-9, "knob {knob} turns in {share}, p = {p}");
        }
        let both = rows.iter().filter(|row| row[0] != rest[0] && row[2] != rest[2]).count() as f64 / rows.len() as f64;
        assert!((both - p * p).abs() < 0.04, "brightness and contrast together in {both}, p = {p}");
    }
}

/// With knobs that do nothing a step is the step without augmentation.
#[test]
fn neutral_knobs_change_no_gradient() {
    for schedule in Schedule::ALL {
        let spec = GanSpec { schedule, r2: 1.0, ..pictures(6, "color,translation,cutout") };
        let spec = GanSpec { r1: 2.0, gradient_penalty: 3.0, ..spec };
        let [plain, augmented] = [Augments::NONE, spec.augments].map(|augments| {
            let spec = GanSpec { augments, ..spec.clone() };
            let gan = Gan::build(&spec).expect("a GAN");
            let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
            support::load(&gan, &spec, &mut engine);
            for update in [&gan.update_d, &gan.update_g] {
                engine.run(update.draw);
                for knobs in gan.knobs.iter().flatten() {
                    engine.values_mut(knobs).copy_from_slice(neutral([16, 12]).repeat(knobs.shape[0]).as_slice());
                }
                engine.run(update.gradients);
            }
            [&gan.discriminator, &gan.generator].map(|player| engine.values(&player.gradients.all).to_vec())
        });
        for (plain, augmented) in plain.iter().flatten().zip(augmented.iter().flatten()) {
            assert!((plain - augmented).abs() < 1e-12, "{plain} became {augmented}, {}", schedule.name());
        }
    }
}

/// Half of the real pictures are mirrored, others in the next batch, and all are whole.
#[test]
fn real_pictures_are_mirrored_or_left() {
    let spec = GanSpec { image: [3, 4, 5].into(), flip: true, batch: 100, images: 100, ..Small::default().spec() };
    let batches = [true, false].map(|flip| {
        let spec = GanSpec { flip, ..spec.clone() };
        let gan = Gan::build(&spec).expect("a GAN");
        let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
        support::load(&gan, &spec, &mut engine);
        [0, 1].map(|update| {
            engine.upload_words(&gan.state.counters, &[update, 0]).expect("an upload");
            engine.run(gan.update_d.draw);
            engine.values(&gan.images)[..100 * 60].to_vec()
        })
    });
    let mirror = |picture: &[f64]| -> Vec<f64> { picture.chunks(15).flat_map(|line| line.chunks(3).rev().flatten().copied()).collect() };
    let mirrored: Vec<Vec<bool>> = batches[0]
        .iter()
        .zip(&batches[1])
        .map(|(flipped, plain)| {
            let each = flipped.chunks(60).zip(plain.chunks(60));
            each.map(|(flipped, plain)| {
                assert!(flipped == plain || flipped == mirror(plain), "neither the picture nor its mirror image");
                flipped != plain
            })
            .collect()
        })
        .collect();
    for batch in &mirrored {
        let count = batch.iter().filter(|mirrored| **mirrored).count();
        assert!((25..=75).contains(&count), "{count} of 100 mirrored");
    }
    assert_ne!(mirrored[0], mirrored[1], "the same in each batch");
}

/// Every four updates of D the probability takes a step towards where the mean sign of D on real pictures is the target.
#[test]
fn the_probability_follows_the_sign_of_d() {
    for (target, schedule) in [(0.01, Schedule::Alternating), (0.99, Schedule::Alternating), (0.2, Schedule::Simultaneous)] {
        let spec = GanSpec { ada: Some(target), schedule, ..pictures(6, "color,cutout") };
        let gan = Gan::build(&spec).expect("a GAN");
        let mut engine = CpuEngine::<f32>::open(gan.plan.clone());
        support::load(&gan, &spec, &mut engine);
        let ada = gan.ada.clone().expect("a probability");
        // Near its upper end at first.
        engine.upload(&ada, &[0.9999, 0.0]).expect("an upload");
        let place = |name: &str| gan.columns.iter().position(|column| column.name == name).expect("a column");
        let (mut p, mut sum, mut moved) = (0.9999f32, 0.0f32, 0);
        for step in 0..40 {
            for sequence in gan.step(1) {
                engine.run(sequence);
            }
            let row = &engine.download(&gan.state.ring).expect("the ring")[step * gan.columns.len()..][..gan.columns.len()];
            assert_eq!(row[place("augment_p")], p, "step {step}");
            sum += row[place("sign_real")];
            if step % 4 == 3 {
                let before = p;
                p = (p + (4.0 * 6.0 / 500_000.0) * (sum / 4.0 - target).signum()).clamp(0.0, 1.0);
                moved += usize::from(p != before);
                sum = 0.0;
            }
            assert_eq!(engine.download(&ada).expect("the state"), [p, sum], "step {step}");
        }
        assert!(moved > 0 && p <= 1.0);
    }
}
