//! Scores of patches and in spaces of features: each against its definition, against what was published, and what they must order.

use crate::support;
use ganvas::{
    data::{self, DataSet, Request, UNLABELLED},
    engine::{Engine as _, Work, cpu::CpuEngine, devices},
    eval::{
        self, Classifier, Counts, Distances, Held, Labels, Manifold, Pictures, Points, Report,
        kid::kid,
        manifold::Overlap,
        swd::{DIRECTIONS, Swd, swd},
    },
    models::{self, ClassifierSpec},
    ops::{LatentDistribution, Optimizer},
    plan::Tensor,
    random::{random_bits, stream, uniform01},
};

fn cpu() -> devices::Choice {
    devices::choose("cpu").unwrap()
}

/// Normal numbers `[count, width]`.
fn normal(seed: u32, count: usize, width: usize) -> Vec<f32> {
    LatentDistribution::Normal.draw(seed, 0, 0, count, width)
}

/// Numbers in (0, 1) `[count, width]`.
fn noise(seed: u32, count: usize, width: usize) -> Vec<f32> {
    (0..count * width).map(|i| uniform01(random_bits(seed, 0, 1, i as u32))).collect()
}

fn digits(seed: u32, size: u32, count: usize) -> DataSet {
    let request = Request { source: "builtin".into(), size: Some(size), count, seed, ..Request::default() };
    data::load(&request).unwrap()
}

fn overlap(real: &[f32], samples: &[f32], width: usize, ks: [usize; 2]) -> Overlap {
    let mut distances = Distances::open(&cpu(), width, real.len() / width).unwrap();
    let real = Manifold::of(&mut distances, Points::reals(real, width), ks).unwrap();
    let samples = Manifold::of(&mut distances, Points::reals(samples, width), ks).unwrap();
    real.overlap(&mut distances, &samples).unwrap()
}

// Precision, recall, density, coverage

#[test]
fn overlap_is_what_its_definition_says() {
    // More than a block of both, and no multiple of it.
    const WIDTH: usize = 4;
    let (real, samples) = (normal(1, 1500, WIDTH), normal(2, 1100, WIDTH).into_iter().map(|v| 0.8 * v + 0.4).collect::<Vec<_>>());
    let square = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
    let radius = |set: &[f32], k: usize| -> Vec<f64> {
        let one = |(i, x): (usize, &[f32])| {
            let mut others: Vec<f64> = set.chunks(WIDTH).enumerate().filter(|(j, _)| *j != i).map(|(_, y)| square(x, y)).collect();
            others.sort_by(f64::total_cmp);
            others[k - 1]
        };
        set.chunks(WIDTH).enumerate().map(one).collect()
    };
    let (near, far, around) = (radius(&real, 3), radius(&real, 5), radius(&samples, 3));
    let share = |of: usize, that: &dyn Fn(usize) -> bool| (0..of).filter(|i| that(*i)).count() as f64 / of as f64;
    let (r, s) = (|i: usize| &real[i * WIDTH..][..WIDTH], |j: usize| &samples[j * WIDTH..][..WIDTH]);
    let precision = share(1100, &|j| (0..1500).any(|i| square(r(i), s(j)) <= near[i]));
    let recall = share(1500, &|i| (0..1100).any(|j| square(r(i), s(j)) <= around[j]));
    let coverage = share(1500, &|i| (0..1100).any(|j| square(r(i), s(j)) <= far[i]));
    let balls: usize = (0..1100).map(|j| (0..1500).filter(|i| square(r(*i), s(j)) <= far[*i]).count()).sum();
    let found = overlap(&real, &samples, WIDTH, [3, 5]);
    assert_eq!((found.precision, found.recall, found.coverage), (precision, recall, coverage));
    assert_eq!(found.density, balls as f64 / (5.0 * 1100.0));
    assert!(precision > 0.8 && recall > 0.5 && recall < 0.95 && found.density > 1.0, "{found:?}");
}

/// The numbers that the authors' program gives for two sets of N(0, I) in 1000 dimensions (github.com/clovaai/generative-evaluation-prdc).
#[test]
fn two_normal_sets_overlap_as_published() {
    const WIDTH: usize = 1000;
    let found = overlap(&normal(1, 10_000, WIDTH), &normal(2, 10_000, WIDTH), WIDTH, [5, 5]);
    // In the mean a density is 1, and a coverage 1 - 2^-5; in so many dimensions few points lie in very many balls, and sets differ.
    for (found, published, slack) in
        [(found.precision, 0.477, 0.03), (found.recall, 0.471, 0.03), (found.density, 1.06, 0.2), (found.coverage, 0.974, 0.02)]
    {
        assert!((found - published).abs() < slack, "{found}, published {published}");
    }
}

#[test]
fn sets_that_differ_overlap_less() {
    const WIDTH: usize = 16;
    let real = normal(1, 3000, WIDTH);
    let same = overlap(&real, &normal(2, 3000, WIDTH), WIDTH, [3, 5]);
    // A real point's ball of 5 neighbours is missed by as many samples with 2^-5.
    assert!((same.coverage - (1.0 - 0.5f64.powi(5))).abs() < 0.01 && (same.density - 1.0).abs() < 0.06, "{same:?}");
    assert!((same.precision - same.recall).abs() < 0.04, "{same:?}");
    let shifted: Vec<f32> = normal(2, 3000, WIDTH).iter().map(|v| v + 0.7).collect();
    let shifted = overlap(&real, &shifted, WIDTH, [3, 5]);
    assert!(shifted.precision < same.precision - 0.1 && shifted.recall < same.recall - 0.1, "{shifted:?}");
    assert!(shifted.density < 0.5 && shifted.coverage < 0.6, "{shifted:?}");
    // Collapse: what there is is good, and little.
    let collapsed: Vec<f32> = normal(2, 3000, WIDTH).iter().map(|v| 0.3 * v).collect();
    let collapsed = overlap(&real, &collapsed, WIDTH, [3, 5]);
    assert!(collapsed.precision > 0.99 && collapsed.recall < 0.05 && collapsed.density > 1.5 && collapsed.coverage < 0.9, "{collapsed:?}");
}

// KID

#[test]
fn kid_is_what_its_formula_says() {
    let (a, b) = ([0.0, 1.0, -1.0, 2.0, 3.0, 0.5], [1.0, 1.0, 0.0, -2.0, 0.5, 0.5]);
    let kernel = |x: &[f32], y: &[f32]| (x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>() / 2.0 + 1.0).powi(3);
    let (mut same, mut cross) = (0.0, 0.0);
    for i in 0..3 {
        for j in 0..3 {
            let at = |set: &'static [f32], i: usize| &set[2 * i..2 * i + 2];
            let (a, b): (&'static [f32], &'static [f32]) = (Box::leak(Box::new(a)), Box::leak(Box::new(b)));
            cross += kernel(at(a, i), at(b, j)) / 9.0;
            if i != j {
                same += (kernel(at(a, i), at(a, j)) + kernel(at(b, i), at(b, j))) / 6.0;
            }
        }
    }
    let found = kid(Points::reals(&a, 2), Points::reals(&b, 2), 0);
    assert!((found.mean - (same - 2.0 * cross)).abs() < 1e-12, "{found:?}");
    assert_eq!((found.subsets, found.of, found.deviation), (1, 3, 0.0));
}

#[test]
fn kid_of_one_distribution_is_about_zero_for_sets_of_any_size() {
    const WIDTH: usize = 64;
    let of = |a: &[f32], b: &[f32]| kid(Points::reals(a, WIDTH), Points::reals(b, WIDTH), 0);
    // The means over pairs of products with themselves, 8 of this kernel, would add 0.14 to estimates from 100 points.
    let small: Vec<f64> = (0..20).map(|i| of(&normal(2 * i, 100, WIDTH), &normal(2 * i + 1, 100, WIDTH)).mean).collect();
    let mean = small.iter().sum::<f64>() / 20.0;
    assert!(mean.abs() < 0.01 && small.iter().any(|kid| *kid < 0.0) && small.iter().any(|kid| *kid > 0.0), "{small:?}");
    let (a, b) = (normal(1, 3000, WIDTH), normal(2, 3000, WIDTH));
    let same = of(&a, &b);
    assert!(same.mean.abs() < 1e-3, "{same:?}");
    assert_eq!((same.subsets, same.of), (50, 1000));
    assert_eq!(of(&a, &b), same, "the same subsets every time");
    let shifted: Vec<f32> = b.iter().map(|v| v + 0.3).collect();
    let wider: Vec<f32> = b.iter().map(|v| 1.5 * v).collect();
    assert!(of(&a, &shifted).mean > 0.1 && of(&a, &wider).mean > 0.01, "{:?} {:?}", of(&a, &shifted), of(&a, &wider));
}

// SWD

/// Of pictures as large as a patch there is one patch, and the score can be written down.
#[test]
fn swd_is_what_its_protocol_says() {
    const VALUES: usize = 3 * 49;
    let (a, b) = (noise(1, 60, VALUES), noise(2, 60, VALUES).iter().map(|v| v * v).collect::<Vec<_>>());
    let normalized = |set: &[f32]| -> Vec<f64> {
        let mut set: Vec<f64> = set.iter().map(|v| f64::from(*v)).collect();
        for channel in 0..3 {
            let own = |i: usize| i % VALUES / 49 == channel;
            let values: Vec<f64> = set.iter().enumerate().filter(|(i, _)| own(*i)).map(|(_, v)| *v).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
            set.iter_mut().enumerate().filter(|(i, _)| own(*i)).for_each(|(_, v)| *v = (*v - mean) / deviation);
        }
        set
    };
    let (left, right) = (normalized(&a), normalized(&b));
    let directions = LatentDistribution::Normal.draw(7, 0, stream::DIRECTIONS, DIRECTIONS, VALUES);
    let mut expected = 0.0;
    for direction in directions.chunks(VALUES) {
        let length = direction.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        let along = |set: &[f64]| -> Vec<f64> {
            let place = |x: &[f64]| x.iter().zip(direction).map(|(x, d)| x * f64::from(*d) / length).sum();
            let mut places: Vec<f64> = set.chunks(VALUES).map(place).collect();
            places.sort_by(f64::total_cmp);
            places
        };
        expected += along(&left).iter().zip(along(&right)).map(|(a, b)| (a - b).abs()).sum::<f64>() / 60.0;
    }
    let [found, same] = swd(Points::reals(&a, VALUES), [&b, &a].map(|set| Points::reals(set, VALUES)), [3, 7, 7], 7);
    let expected = 1000.0 * expected / DIRECTIONS as f64;
    assert!((found.average() - expected).abs() < 1e-3 * expected, "{found:?}, not {expected}");
    assert_eq!((same.average(), same.levels.len(), same.pictures), (0.0, 1, 60), "a set lies on itself");
}

/// Digits in one colour on another, `[count, 3, 32, 32]`.
fn in_colour(set: &DataSet, ink: [f32; 3], paper: [f32; 3]) -> Vec<f32> {
    let paint = |image: &[u8]| -> Vec<f32> {
        let channel = |c: usize| image.iter().map(move |v| paper[c] + f32::from(*v) / 255.0 * (ink[c] - paper[c]));
        (0..3).flat_map(channel).collect()
    };
    set.bytes().chunks(set.pixels()).flat_map(paint).collect()
}

#[test]
fn swd_orders_what_is_known_to_be_better() {
    let [one, other] = [1, 2].map(|seed| digits(seed, 32, 300));
    let (ink, paper) = ([0.9, 0.7, 0.1], [0.1, 0.2, 0.6]);
    let (reference, real) = (in_colour(&one, ink, paper), in_colour(&other, ink, paper));
    // The blue channel is a negative of the others; with it turned round, edges have other colours.
    let turned = in_colour(&other, [0.9, 0.7, 0.6], [0.1, 0.2, 0.1]);
    let random = noise(1, 300, 3 * 32 * 32);
    let shape = [3, 32, 32];
    let set = |values: &'static [f32]| Points::reals(values, 3 * 32 * 32);
    let [reference, real, turned, random] = [reference, real, turned, random].map(|values| set(Box::leak(values.into_boxed_slice())));
    let [of_real, of_turned, of_random] = swd(reference, [real, turned, random], shape, 0);
    let sizes = |swd: &Swd| swd.levels.iter().map(|level| [level.height, level.width]).collect::<Vec<_>>();
    assert_eq!(sizes(&of_real), [[32, 32], [16, 16]]);
    for level in 0..2 {
        let [real, turned, random] = [&of_real, &of_turned, &of_random].map(|swd| swd.levels[level].distance);
        assert!(real < 0.2 * turned && real < 0.2 * random, "level {level}: {real}, {turned}, {random}");
    }
    let [again, other] = [0, 1].map(|seed| swd(reference, [real], shape, seed));
    assert_eq!(again[0], of_real, "the same every time");
    assert_ne!(other[0], of_real);
}

// The classifier

fn spec() -> ClassifierSpec {
    let features = ["conv 3 3 pad 1", "leaky_relu 0.2", "flatten", "linear 5", "leaky_relu 0.2"].map(String::from).into();
    let optimizer = Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    ClassifierSpec { features, image: [2, 4, 4].into(), classes: 4, batch: 6, optimizer }
}

/// The classifier in double precision with random pictures, and its loss.
fn loaded(scale: f32) -> (models::Classifier, CpuEngine<f64>, Vec<usize>) {
    let model = models::Classifier::build(&spec()).unwrap();
    let mut engine = CpuEngine::<f64>::open(model.plan.clone());
    for (tensor, values) in model.initial_values(3) {
        engine.upload(tensor, &values.iter().map(|v| scale * v).collect::<Vec<_>>()).unwrap();
    }
    engine.upload(&model.x, &normal(1, 6, 32)).unwrap();
    let classes: Vec<usize> = (0..6).map(|i| (i * i + 1) % 4).collect();
    engine
        .upload(&model.classes, &classes.iter().flat_map(|class| (0..4).map(move |c| f32::from(u8::from(c == *class)))).collect::<Vec<_>>())
        .unwrap();
    (model, engine, classes)
}

fn loss(model: &models::Classifier, engine: &mut CpuEngine<f64>) -> f64 {
    engine.run(model.update.draw);
    engine.run(model.update.gradients);
    engine.values(&model.update.values[0])[0]
}

#[test]
fn the_classifier_minimises_cross_entropy() {
    let (model, mut engine, classes) = loaded(1.0);
    let found = loss(&model, &mut engine);
    engine.run(model.look);
    let logits = engine.values(&model.logits);
    let of = |(logits, class): (&[f64], &usize)| logits.iter().map(|l| l.exp()).sum::<f64>().ln() - logits[*class];
    let expected = logits.chunks(4).zip(&classes).map(of).sum::<f64>() / 6.0;
    assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    // Its gradients, by every parameter of both nets.
    for net in [&model.body, &model.head] {
        let pairs: Vec<(Tensor, Tensor)> = net.weights.parameters().cloned().zip(net.gradients.parameters().cloned()).collect();
        for (weight, gradient) in pairs {
            loss(&model, &mut engine);
            let gradient = engine.values(&gradient).to_vec();
            for (i, gradient) in gradient.iter().enumerate() {
                let mut at = |step: f64| {
                    engine.values_mut(&weight)[i] += step;
                    let loss = loss(&model, &mut engine);
                    engine.values_mut(&weight)[i] -= step;
                    loss
                };
                let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((slope - gradient).abs() < 1e-6, "{} {i}: {gradient}, not {slope}", weight.name);
            }
        }
    }
    // Logits of thousands overflow no exponential.
    let (model, mut engine, _) = loaded(300.0);
    assert!(loss(&model, &mut engine) > 100.0 && loss(&model, &mut engine).is_finite());
    engine.submit(&Work { runs: model.update.runs().into(), times: 1, ..Work::default() }).unwrap();
    assert!(
        model.body.gradients.parameters().chain(model.head.gradients.parameters()).all(|g| engine.values(g).iter().all(|g| g.is_finite()))
    );
}

#[test]
fn a_classifier_learns_the_labels_and_keeps_its_name() {
    let set = digits(1, 14, 1500);
    let pictures = Points::bytes(set.bytes(), set.pixels());
    let train = |labels: &[u32], steps: usize, seed: u32| {
        let labels = Labels { of: labels, classes: set.classes.len() };
        Classifier::train(&cpu(), pictures, set.shape(), labels, steps, seed).unwrap()
    };
    let labels = set.labels.clone().unwrap();
    let (mut trained, skill) = train(&labels, 150, 0).unwrap();
    assert!(skill.accuracy > 0.85, "{skill:?}");
    assert_eq!((skill.held_out, skill.trained_on), (150, 1350));
    // As many as asked for, whatever the size of a batch, and each of its own picture alone.
    let some = trained.features(pictures.first(130)).unwrap();
    assert_eq!(some.len(), 130 * 64);
    let numbers = [129, 3];
    let picked = trained.features(pictures.picked(&numbers)).unwrap();
    assert!(picked[..64].iter().zip(&some[129 * 64..]).all(|(a, b)| (a - b).abs() < 1e-4));
    assert!(picked[64..].iter().zip(&some[3 * 64..]).all(|(a, b)| (a - b).abs() < 1e-4));
    // The hash is of what was learned.
    let name = |steps, seed| train(&labels, steps, seed).unwrap().0.name().unwrap();
    let first = name(20, 0);
    assert!(first.starts_with("classifier-64-") && first.len() == "classifier-64-".len() + 8, "{first}");
    assert_eq!(name(20, 0), first);
    assert_ne!(name(20, 1), first);
    assert_ne!(name(21, 0), first);
    // Labels that say nothing.
    assert!(train(&vec![3; 1500], 20, 0).is_none());
    let few: Vec<u32> = labels.iter().enumerate().map(|(i, label)| if i < 199 { *label } else { UNLABELLED }).collect();
    assert!(train(&few, 20, 0).is_none());
    let some: Vec<u32> = labels.iter().enumerate().map(|(i, label)| if i < 400 { *label } else { UNLABELLED }).collect();
    assert_eq!(train(&some, 20, 0).unwrap().1.trained_on, 360);
}

/// Blocks of distances, the update and the features on a GPU.
#[test]
fn a_gpu_finds_the_same_features_and_overlap() {
    let Some(adapter) = support::adapter("features on a GPU") else { return };
    let gpu = devices::choose(adapter.get_info().name.as_str()).unwrap();
    let set = digits(1, 14, 400);
    let pictures = Points::bytes(set.bytes(), set.pixels());
    let labels = Labels { of: set.labels.as_ref().unwrap(), classes: set.classes.len() };
    let of = |device: &devices::Choice| {
        let (mut trained, _) = Classifier::train(device, pictures, set.shape(), labels, 10, 0).unwrap().unwrap();
        let features = trained.features(pictures.first(150)).unwrap();
        let mut distances = Distances::open(device, 196, 200).unwrap();
        let [real, samples] = [&[0, 200], &[200, 400]].map(|[from, to]| pictures.read(*from..*to));
        let [real, samples] = [&real, &samples].map(|set| Manifold::of(&mut distances, Points::reals(set, 196), [3, 5]).unwrap());
        (features, real.overlap(&mut distances, &samples).unwrap())
    };
    let ((found, overlap), (expected, other)) = (of(&gpu), of(&cpu()));
    // Adam takes whole steps by gradients of next to nothing too, so that a few weights part early.
    let apart = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs()).sum::<f32>() / found.len() as f32;
    assert!(apart < 0.02, "{apart} in the mean, of features of about 0.7");
    assert!(
        (overlap.coverage - other.coverage).abs() < 0.01 && (overlap.precision - other.precision).abs() < 0.01,
        "{overlap:?}, not {other:?}"
    );
    assert!((overlap.density - other.density).abs() < 0.01 && (overlap.recall - other.recall).abs() < 0.01, "{overlap:?}, not {other:?}");
}

// All of it

fn measured(set: &DataSet, samples: &[f32], labels: bool, counts: Counts) -> Report {
    let labels = set.labels.as_deref().filter(|_| labels).map(|of| Labels { of, classes: set.classes.len() });
    let pictures = Pictures { shape: set.shape(), labels, counts };
    let width = set.pixels();
    eval::measure(&cpu(), Points::reals(samples, width), Points::bytes(set.bytes(), width), Held::default(), &pictures).unwrap()
}

#[test]
fn spaces_of_features_order_what_is_known_to_be_better() {
    let counts = Counts { swd: 200, features: 700, classifier_steps: 150 };
    let (set, fresh) = (digits(1, 14, 1600), digits(2, 14, 1000));
    let fresh: Vec<f32> = fresh.bytes().iter().map(|v| f32::from(*v) / 255.0).collect();
    let first = set.labels.as_ref().unwrap()[0];
    let alike: Vec<usize> = (0..1600).filter(|i| set.labels.as_ref().unwrap()[*i] == first).collect();
    // One class alone.
    let collapsed: Vec<f32> = alike.iter().cycle().take(1000).flat_map(|i| set.image(*i)).map(|v| f32::from(*v) / 255.0).collect();
    let random = noise(1, 1000, 196);
    let [fresh, collapsed, random] = [fresh, collapsed, random].map(|samples| measured(&set, &samples, true, counts));
    for (space, of) in
        [("pca", (|r| r.pca.as_ref().unwrap()) as fn(&Report) -> &eval::InSpace), ("classifier", |r| r.classifier.as_ref().unwrap())]
    {
        let [fresh, collapsed, random] = [&fresh, &collapsed, &random].map(of);
        assert_eq!((fresh.points, fresh.features), (700, 64));
        assert!(fresh.name.starts_with(space) && fresh.name == random.name, "{} {}", fresh.name, random.name);
        assert_eq!(fresh.real, random.real, "the floor is of the data alone");
        let [good, bad, worst, floor] = [fresh.samples, collapsed.samples, random.samples, fresh.real];
        assert!(
            good.frechet < 2.0 * floor.frechet && bad.frechet > 5.0 * floor.frechet && worst.frechet > bad.frechet.min(0.5),
            "{space}: {good:?} {bad:?} {worst:?} {floor:?}"
        );
        assert!(
            floor.kid.mean.abs() < 0.05 && good.kid.mean < 0.05 && bad.kid.mean > 0.1 && worst.kid.mean > 0.1,
            "{space}: {good:?} {bad:?} {worst:?}"
        );
        assert!(
            good.overlap.precision > 0.8 * floor.overlap.precision && good.overlap.recall > 0.8 * floor.overlap.recall,
            "{space}: {good:?}"
        );
        assert!(bad.overlap.coverage < 0.3 && bad.overlap.recall < 0.5, "{space}: {bad:?}");
        assert!(worst.overlap.coverage < 0.1 && worst.overlap.recall < 0.5, "{space}: {worst:?}");
        assert!((floor.overlap.coverage - 0.97).abs() < 0.02 && (floor.overlap.density - 1.0).abs() < 0.1, "{space}: {floor:?}");
    }
    let swd = |report: &Report| report.swd.as_ref().unwrap().average();
    assert!(swd(&fresh) < 2.0 * fresh.swd_real.as_ref().unwrap().average() && swd(&collapsed) > 2.0 * swd(&fresh), "{fresh:?}");
    assert!(swd(&random) > 5.0 * swd(&fresh), "{random:?}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let counts = Counts { swd: 150, features: 150, classifier_steps: 20 };
    let samples = noise(1, 1000, 196);
    let says =
        |report: &Report, part: &str| assert!(report.caveats.iter().any(|line| line.contains(part)), "no {part:?} in {:?}", report.caveats);
    let set = digits(1, 14, 400);
    let unlabelled = measured(&set, &samples, false, counts);
    assert!(unlabelled.classifier.is_none() && unlabelled.pca.is_some() && unlabelled.swd.is_some());
    says(&unlabelled, "no scores of a classifier: the training images have no labels");
    says(&unlabelled, "150 images for 64 features are few");
    says(&unlabelled, "swd: 150 images of each set, the published protocol takes 16384");
    let few = measured(&digits(1, 14, 199), &samples, true, counts);
    assert!(few.classifier.is_none() && few.pca.is_none() && few.swd.is_none() && few.frechet.is_some());
    says(&few, "halves of the training images, of which there are 199; 200 or more are needed");
    let small = measured(&digits(1, 6, 400), &noise(1, 1000, 36), true, counts);
    assert!(small.swd.is_none() && small.pca.is_some() && small.classifier.is_some());
    says(&small, "no swd: images of 6x6 are smaller than its patches of 7x7");
    let none = measured(&set, &samples, true, Counts { swd: 0, features: 0, classifier_steps: 20 });
    assert!(none.swd.is_none() && none.pca.is_none() && none.classifier.is_none() && none.frechet.is_some(), "{none:?}");
}
