//! Scores of samples: each against an independent computation, what they must order, and the commands that show them.

use crate::{
    program::{Desk, FIRST, says},
    support,
};
use ganvas::{
    data::{self, Distribution, Request},
    engine::devices,
    eval::{self, Counts, Distances, EvalError, Held, Labels, Pictures, Points, Principal, frechet, modes, parzen},
    ops::LatentDistribution,
    random::{random_bits, uniform01},
    twin::matrix,
};
use image::GenericImageView as _;
use npyz::WriterBuilder as _;
use std::collections::BTreeSet;

fn cpu() -> devices::Choice {
    devices::choose("cpu").unwrap()
}

/// Numbers in (0, 1) `[count, width]`.
fn noise(stream: u32, count: usize, width: usize) -> Vec<f32> {
    (0..count * width).map(|i| uniform01(random_bits(3, 0, stream, i as u32))).collect()
}

fn digits(count: usize) -> data::DataSet {
    let request = Request { source: "builtin".into(), size: Some(14), count, seed: 1, ..Request::default() };
    data::load(&request).unwrap()
}

fn squared(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
}

#[test]
fn parzen_is_what_its_formula_says() {
    // More than a block of both, and no multiple of it.
    const WIDTH: usize = 3;
    let (samples, valid, test) = (noise(1, 1100, WIDTH), noise(2, 40, WIDTH), noise(3, 1030, WIDTH));
    let by_hand = |points: &[f32], sigma: f64| -> Vec<f64> {
        let one = |x: &[f32]| {
            let sum: f64 = samples.chunks(WIDTH).map(|s| (-squared(x, s) / (2.0 * sigma * sigma)).exp()).sum();
            (sum / 1100.0).ln() - WIDTH as f64 * (sigma * (2.0 * std::f64::consts::PI).sqrt()).ln()
        };
        points.chunks(WIDTH).map(one).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let grid = [0.1, 0.1292, 0.1668, 0.2154, 0.2783, 0.3594, 0.4642, 0.5995, 0.7743, 1.0];
    for (found, published) in parzen::sigmas().iter().zip(grid) {
        assert!((found - published).abs() < 1e-4, "{found} of the published grid {published}");
    }
    let best = parzen::sigmas().into_iter().max_by(|a, b| mean(&by_hand(&valid, *a)).total_cmp(&mean(&by_hand(&valid, *b)))).unwrap();
    let values = by_hand(&test, best);
    let spread = mean(&values.iter().map(|v| (v - mean(&values)).powi(2)).collect::<Vec<_>>()).sqrt();

    let mut distances = Distances::open(&cpu(), WIDTH, 1100).unwrap();
    let reals = |values| Points::reals(values, WIDTH);
    let found = parzen::parzen(&mut distances, reals(&samples), reals(&valid), reals(&test)).unwrap();
    assert!((found.sigma - best).abs() < 1e-12, "{found:?}, not {best}");
    assert!((found.log_likelihood - mean(&values)).abs() < 1e-4, "{found:?}, not {}", mean(&values));
    assert!((found.standard_error - spread / 1030f64.sqrt()).abs() < 1e-5, "{found:?}");
    assert!(found.at_edge == (best == parzen::sigmas()[0]));
    // Samples far away: the widest window is the best of the grid, and the sums do not vanish.
    let far: Vec<f32> = samples.iter().map(|v| v + 30.0).collect();
    let far = parzen::parzen(&mut distances, reals(&far), reals(&valid), reals(&test)).unwrap();
    assert!(far.at_edge && far.sigma == 1.0 && far.log_likelihood.is_finite() && far.log_likelihood < -1000.0, "{far:?}");
}

#[test]
fn neighbours_and_mean_distances_are_those_of_all_pairs() {
    const WIDTH: usize = 5;
    let (a, b) = (noise(1, 1500, WIDTH), noise(2, 1100, WIDTH));
    let mut distances = Distances::open(&cpu(), WIDTH, 1500).unwrap();
    for (queries, references, same) in [(&a, &b, false), (&b, &a, false), (&a, &a, true)] {
        let found = distances.nearest(Points::reals(queries, WIDTH), Points::reals(references, WIDTH), same).unwrap();
        for (i, query) in queries.chunks(WIDTH).enumerate().step_by(7) {
            let others = references.chunks(WIDTH).enumerate().filter(|(j, _)| !same || *j != i);
            let (index, least) = others.map(|(j, r)| (j, squared(query, r))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            assert_eq!(found[i].index, index, "of point {i}");
            assert!((found[i].distance - least.sqrt()).abs() < 1e-6);
        }
    }
    let mut total = 0.0;
    for (i, x) in b.chunks(WIDTH).enumerate() {
        total += b.chunks(WIDTH).enumerate().filter(|(j, _)| *j != i).map(|(_, y)| squared(x, y).sqrt()).sum::<f64>();
    }
    let mean = total / (1100.0 * 1099.0);
    let found = distances.mean_distance(Points::reals(&b, WIDTH)).unwrap();
    assert!((found - mean).abs() < 1e-5 * mean, "{found}, not {mean}");
}

/// The same blocks on a GPU, the last of them not full.
#[test]
fn a_gpu_measures_the_same_distances() {
    let Some(adapter) = support::adapter("distances on a GPU") else { return };
    const WIDTH: usize = 7;
    let (a, b) = (noise(1, 1100, WIDTH), noise(2, 130, WIDTH));
    let (a, b) = (Points::reals(&a, WIDTH), Points::reals(&b, WIDTH));
    let name = adapter.get_info().name;
    let [mut gpu, mut cpu] = [devices::choose(name.as_str()).unwrap(), cpu()].map(|device| Distances::open(&device, WIDTH, 1100).unwrap());
    for (queries, references, same) in [(a, b, false), (b, a, false), (a, a, true)] {
        let [found, expected] = [&mut gpu, &mut cpu].map(|on| on.nearest(queries, references, same).unwrap());
        assert!(found.iter().zip(&expected).all(|(found, expected)| (found.distance - expected.distance).abs() < 1e-5));
    }
    let [found, expected] = [&mut gpu, &mut cpu].map(|on| on.mean_distance(a).unwrap());
    assert!((found - expected).abs() < 1e-5 * expected, "{found}, not {expected}");
    for sigmas in [&parzen::sigmas()[..], &[0.3]] {
        let [found, expected] = [&mut gpu, &mut cpu].map(|on| on.log_windows(b, a, sigmas).unwrap().concat());
        assert_eq!(found.len(), sigmas.len() * b.count);
        assert!(found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-3), "{found:?}, not {expected:?}");
    }
}

#[test]
fn frechet_distance_of_known_gaussians() {
    let gaussian =
        |mean: [f64; 2], covariance: [f64; 4]| frechet::Gaussian { mean: mean.into(), covariance: matrix(&covariance, [2, 2]).to_owned() };
    let a = gaussian([0.0, 1.0], [4.0, 0.0, 0.0, 9.0]);
    let b = gaussian([3.0, 5.0], [1.0, 0.0, 0.0, 16.0]);
    // Along the axes: squares of the differences of means and of standard deviations.
    assert!((frechet::frechet(&a, &b).unwrap() - (9.0 + 16.0 + 1.0 + 1.0)).abs() < 1e-12);
    assert!(frechet::frechet(&a, &a).unwrap().abs() < 1e-12);
    // Covariances that do not commute; for 2x2, trace of the root of M is the root of trace M + 2 root of det M.
    let (a, b) = (gaussian([0.0; 2], [2.0, 1.0, 1.0, 3.0]), gaussian([0.0; 2], [1.0, -0.5, -0.5, 2.0]));
    let product = &a.covariance * &b.covariance;
    let expected = 5.0 + 3.0 - 2.0 * (product[(0, 0)] + product[(1, 1)] + 2.0 * product.determinant().sqrt()).sqrt();
    assert!((frechet::frechet(&a, &b).unwrap() - expected).abs() < 1e-12);
    assert!((frechet::frechet(&b, &a).unwrap() - expected).abs() < 1e-12);
}

/// The numbers are those of an independent program in numpy, on the same two sets, made there by the same two formulas: Fréchet distance
/// in 64 of 72 components, mean pairwise distances, and median distances to the nearest reference.
#[test]
fn scores_agree_with_numpy() {
    const WIDTH: usize = 72;
    let pixel = |i: usize, k: usize| ((i * i * (k / 9 + 1) + 37 * i + 5 * k * (i % 7)) % 241 + (i % 5) * 3) as u8;
    let sample = |j: usize, k: usize| ((j * j * (k / 6 + 1) + 29 * j + 3 * k * (j % 11)) % 200 + 20) as u8;
    let set =
        |count: usize, value: &dyn Fn(usize, usize) -> u8| -> Vec<u8> { (0..count * WIDTH).map(|n| value(n / WIDTH, n % WIDTH)).collect() };
    let (real, samples) = (set(300, &pixel), set(250, &sample));
    let (real, samples) = (Points::bytes(&real, WIDTH), Points::bytes(&samples, WIDTH));
    let distance = Principal::of(real).unwrap().distance(samples).unwrap();
    assert!((distance - 0.155_075_627).abs() < 1e-6, "{distance}");
    let mut distances = Distances::open(&cpu(), WIDTH, 300).unwrap();
    // It compares as many of both.
    let diversity = eval::diversity::diversity(&mut distances, samples, real).unwrap();
    assert!((diversity.ratio - 0.827_760_414).abs() < 1e-5, "{diversity:?}");
    let neighbours = eval::neighbours::neighbours(&mut distances, samples, real.first(250), None).unwrap();
    assert!((neighbours.ratio() - 1.068_714_979).abs() < 1e-5, "{neighbours:?}");
}

#[test]
fn modes_are_counted_by_the_published_protocol() {
    let ring: Vec<[f64; 2]> = (0..8).map(|i| std::f64::consts::TAU * f64::from(i) / 8.0).map(|angle| [angle.cos(), angle.sin()]).collect();
    // Three at the first mode, one at the second, one between them.
    let modes = |points: &[f32]| modes::modes(Points::reals(points, 2), &ring, 0.01);
    let by_hand = modes(&[1.0, 0.0, 1.02, 0.0, 1.0, -0.029, 0.707, 0.707, 0.9, 0.4]);
    assert_eq!((by_hand.modes, by_hand.of, by_hand.high_quality), (2, 8, 0.8));
    let expected = 0.75 * (0.75f64 * 8.0).ln() + 0.25 * (0.25f64 * 8.0).ln();
    assert!((by_hand.reverse_kl.unwrap() - expected).abs() < 1e-12);
    // Just outside of three standard deviations.
    assert_eq!(modes(&[1.0301, 0.0]).high_quality, 0.0);
    assert_eq!(modes(&[5.0, 5.0]), eval::Modes { modes: 0, of: 8, high_quality: 0.0, reverse_kl: None });
    let collapsed = modes(&[0.0, 1.0].repeat(100));
    assert_eq!((collapsed.modes, collapsed.high_quality), (1, 1.0));
    assert!((collapsed.reverse_kl.unwrap() - 8f64.ln()).abs() < 1e-12);
    // Points of one value.
    let line = modes::modes(Points::reals(&[-1.5, 0.0, 1.4, 1.5, 1.8], 1), &[[-1.5, 0.0], [1.5, 0.0]], 0.2);
    assert_eq!((line.modes, line.high_quality), (2, 0.8));
    let few = [0.0, 1.0].repeat(999);
    let few = Points::reals(&few, 2);
    let few = eval::measure_points(&cpu(), few, few, few, Some((&ring, 0.01)));
    assert!(matches!(few, Err(EvalError::TooFew { found: 999, protocol: 2500, .. })));
    // A perfect sampler: 98.9 % within three standard deviations.
    let normal = LatentDistribution::Normal.draw(5, 0, 0, 40_000, 2);
    let place = |i: usize| ring[i / 2 % 8][i % 2] + 0.01 * f64::from(normal[i]);
    let points: Vec<f32> = (0..normal.len()).map(|i| place(i) as f32).collect();
    let perfect = modes(&points);
    assert_eq!(perfect.modes, 8);
    assert!((perfect.high_quality - 0.9889).abs() < 0.002, "{perfect:?}");
    assert!(perfect.reverse_kl.unwrap() < 1e-3, "{perfect:?}");
}

/// Among many points of the plane neighbours lie closer than squared distances in single precision are exact.
#[test]
fn neighbours_among_points_are_exact() {
    let points = Distribution::named("ring-8").unwrap().draw(1, 20_000);
    let (queries, all) = (Points::reals(&points[..200], 2), Points::reals(&points, 2));
    let found = Distances::open(&cpu(), 2, all.count).unwrap().nearest(queries, all, true).unwrap();
    for (i, found) in found.iter().enumerate() {
        let distances = (0..all.count).filter(|j| *j != i).map(|j| (j, queries.distance(i, &all, j)));
        let (index, least) = distances.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        assert_eq!((found.index, found.distance), (index, least), "of point {i}");
    }
}

/// Moves random images of `data` to the means of those nearest to them, a few times.
fn k_means(distances: &mut Distances, data: &data::DataSet, k: usize) -> Vec<f32> {
    let (points, width) = (Points::bytes(data.bytes(), data.pixels()), data.pixels());
    let mut centres = points.read(0..k);
    for _ in 0..5 {
        let mut sums = vec![(vec![0.0f32; width], 0.0f32); k];
        for (i, nearest) in distances.nearest(points, Points::reals(&centres, width), false).unwrap().iter().enumerate() {
            let (sum, count) = &mut sums[nearest.index];
            sum.iter_mut().zip(points.read(i..i + 1)).for_each(|(sum, value)| *sum += value);
            *count += 1.0;
        }
        for (centre, (sum, count)) in centres.chunks_mut(width).zip(&sums).filter(|(_, (_, count))| *count > 0.0) {
            centre.iter_mut().zip(sum).for_each(|(centre, sum)| *centre = sum / count);
        }
    }
    centres
}

#[test]
fn scores_order_what_is_known_to_be_better() {
    let split = data::split(digits(3000), 300, 500).unwrap();
    let (train, held) = (&split.train, split.held_out().unwrap());
    let width = train.pixels();
    let bytes = |set| -> Points<'static> {
        let set: &'static data::DataSet = Box::leak(Box::new(set));
        Points::bytes(set.bytes(), width)
    };
    let (valid, test, held) = (bytes(split.valid.clone().unwrap()), bytes(split.test.clone().unwrap()), bytes(held));
    let real = Points::bytes(train.bytes(), width);
    let mut distances = Distances::open(&cpu(), width, 2200).unwrap();
    let mut score = |samples: Points| parzen::parzen(&mut distances, samples, valid, test).unwrap().log_likelihood;
    let random = noise(1, 1000, width);
    let (of_noise, of_few, of_many) = (score(Points::reals(&random, width)), score(real.first(200)), score(real));
    assert!(of_many > of_few && of_few > of_noise + 50.0, "real {of_many}, fewer of them {of_few}, noise {of_noise}");
    // Theis et al. 2015: means of images score above images.
    let centres = k_means(&mut distances, train, 200);
    let of_centres = parzen::parzen(&mut distances, Points::reals(&centres, width), valid, test).unwrap().log_likelihood;
    assert!(of_centres > of_few + 1.0, "k-means {of_centres}, as many images {of_few}");

    let held = Held { valid: Some(valid), test: Some(test), all: Some(held) };
    let labels = train.labels.as_deref().map(|of| Labels { of, classes: train.classes.len() });
    let pictures = Pictures { shape: train.shape(), labels, counts: Counts { swd: 500, ..Counts::default() } };
    let all = |samples: Points| eval::measure(&cpu(), samples, real, held, &pictures).unwrap();
    // A generator that has collapsed to ten images with a little noise, one that copies, noise.
    let little: Vec<f32> = noise(2, 1000, width).into_iter().map(|v| 0.02 * v).collect();
    let collapsed: Vec<f32> = (0..1000).flat_map(|i| real.read(i % 10..i % 10 + 1)).zip(little).map(|(a, b)| (a + b).min(1.0)).collect();
    let (collapsed, copies, random) = (all(Points::reals(&collapsed, width)), all(real.first(1000)), all(Points::reals(&random, width)));
    let frechet = |report: &eval::Report| report.frechet.unwrap();
    assert!(frechet(&copies) < 0.05 && frechet(&copies) < frechet(&collapsed) && frechet(&collapsed) < frechet(&random) * 2.0);
    assert!(copies.frechet_real.unwrap() < 0.1, "{copies:?}");
    let diversity = |report: &eval::Report| report.diversity.clone().unwrap();
    assert!(diversity(&collapsed).duplicates > 0.99 && diversity(&collapsed).ratio < 0.98, "{collapsed:?}");
    assert!((diversity(&copies).ratio - 1.0).abs() < 0.02 && diversity(&copies).duplicates < 0.02, "{copies:?}");
    let neighbours = |report: &eval::Report| report.neighbours.clone().unwrap();
    assert_eq!((neighbours(&copies).ratio(), neighbours(&copies).copies), (0.0, 1000));
    assert!(neighbours(&random).ratio() > 1.3, "{random:?}");
    assert!(random.caveats.iter().any(|line| line.contains("Theis")), "{random:?}");
    assert!(copies.caveats.iter().any(|line| line.contains("1000 samples are training images")), "{copies:?}");
}

#[test]
fn samples_that_cannot_be_scored() {
    let mut values = vec![0.0, 1.0, -0.5, 0.5];
    assert!(matches!(eval::to_unit(&mut values.clone(), 2, (0.0, 1.0)), Err(EvalError::Range { .. })));
    eval::to_unit(&mut values, 2, (-1.0, 1.0)).unwrap();
    assert_eq!(values, [0.5, 1.0, 0.25, 0.75]);
    assert!(matches!(eval::to_unit(&mut [0.0, 0.0, f32::NAN, 0.0], 2, (0.0, 1.0)), Err(EvalError::NonFinite { index: 1 })));
    let few = noise(1, 999, 4);
    let points = Points::reals(&few, 4);
    let pictures = Pictures { shape: [1, 2, 2], labels: None, counts: Counts::default() };
    assert!(matches!(eval::measure(&cpu(), points, points, Held::default(), &pictures), Err(EvalError::TooFew { found: 999, .. })));
    let wide = noise(1, 2, 4000);
    assert!(matches!(Principal::of(Points::reals(&wide, 4000)), Err(EvalError::TooWide { .. })));
}

/// A desk with a run of 600 images, 100 of them for validation and 200 for the test.
fn desk() -> Desk {
    let desk = Desk::new();
    let run = desk.train(&["--data-count", "900", "--valid", "100", "--test", "200", "--size", "14"]);
    says(&run.err, &["builtin: 900 images, 14x14", "600 to train on, 100 for validation, 200 for the test"]);
    desk
}

fn npy<T: npyz::AutoSerialize>(values: impl IntoIterator<Item = T>, shape: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_run_is_scored() {
    let desk = desk();
    let eval = |args: &[&str]| {
        let few = ["--swd-images", "100", "--feature-images", "200", "--classifier-steps", "20"];
        desk.ganvas(&[&["eval", FIRST, "--device", "cpu"], &few[..], args].concat())
    };
    let before = desk.files();
    let table = eval(&["-n", "1000"]);
    says(
        &table.out,
        &["1000 samples of seed 0 at step 60, weights averaged", "against 600 training images; held out: 100 for validation, 200"],
    );
    says(&table.out, &["parzen ", "frechet_pca", "nearest_ratio", "Theis et al. 2015", "1000 samples, the published protocol takes 10000"]);
    let json = eval(&["-n", "1000", "--json"]);
    assert_eq!(json.err, "");
    let scores: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    for key in ["parzen", "parzen_se", "sigma", "nearest_ratio", "diversity", "duplicates", "frechet_pca"] {
        assert!(scores[key].is_number() && scores["real"][key].is_number(), "{key}: {scores}");
    }
    for score in ["frechet", "kid", "precision", "recall", "density", "coverage"] {
        for key in [format!("{score}_pca"), format!("{score}_classifier")] {
            assert!(scores[&key].is_number() && scores["real"][&key].is_number(), "{key}: {scores}");
        }
    }
    // A level of its own size, which the picture of 14 pixels is; and how it was all made.
    let level = &scores["swd_levels"][0];
    assert_eq!((&level["swd"], &level["real"], &level["width"]), (&scores["swd"], &scores["real"]["swd"], &14.into()));
    let protocol = &scores["protocol"];
    assert_eq!(protocol["swd"], serde_json::json!({ "images": 100, "patches": 128, "directions": 512 }));
    assert_eq!((&protocol["pca"]["images"], &protocol["classifier"]["images"]), (&200.into(), &200.into()));
    assert_eq!((&protocol["classifier_skill"]["held_out"], &protocol["classifier_skill"]["classes"]), (&60.into(), &10.into()));
    let name = protocol["classifier"]["features"].as_str().unwrap();
    says(&table.out, &["swd: 100 images of each\n", "*_pca but frechet_pca: 200 images of each, features pca-64-", name]);
    says(&table.out, &["\nswd  ", "\n  14 x 14  ", "\nkid_pca ", "\ncoverage_classifier ", "% of 60 images; it was trained on 540 others"]);
    says(
        &table.out,
        &["compare only scores in features of this very name", "swd: 100 images of each set, the published protocol takes 16384"],
    );
    for key in ["modes", "high_quality", "reverse_kl", "missing"] {
        assert!(scores.as_object().unwrap().contains_key(key) && scores[key].is_null(), "{key}: {scores}");
    }
    assert_eq!(scores["counts"], serde_json::json!({ "samples": 1000, "train": 600, "valid": 100, "test": 200 }));
    // A run of 60 steps is not much, and still no worse than it looks.
    assert!(scores["parzen"].as_f64() < scores["real"]["parzen"].as_f64(), "{scores}");
    assert!(scores["frechet_pca"].as_f64() > scores["real"]["frechet_pca"].as_f64(), "{scores}");

    // The samples of `ganvas sample` in a file have the same scores; other seeds and weights have others.
    desk.ganvas(&["sample", FIRST, "-n", "1000", "--out", "images.npy"]);
    let of = |args: &[&str]| -> serde_json::Value { serde_json::from_str(&eval(&[&["--json"], args].concat()).out).unwrap() };
    let file = of(&["--samples", "images.npy"]);
    for key in ["parzen", "frechet_pca", "nearest_ratio", "diversity"] {
        assert_eq!(file[key], scores[key], "{key}");
        assert_ne!(of(&["-n", "1000", "--seed", "1"])[key], scores[key], "{key}");
        assert_ne!(of(&["-n", "1000", "--no-ema"])[key], scores[key], "{key}");
    }
    // Real images as bytes and as floats.
    let request = Request { source: "builtin".into(), size: Some(14), count: 900, ..Request::default() };
    let real = data::load(&request).unwrap();
    let twice: Vec<u8> = real.bytes()[..500 * 196].chunks(196).flat_map(|image| image.repeat(2)).collect();
    desk.write("bytes.npy", npy(twice.iter().copied(), &[1000, 196]));
    desk.write("floats.npy", npy(twice.iter().map(|v| f64::from(*v) / 255.0), &[1000, 14, 14]));
    let bytes = of(&["--samples", "bytes.npy"]);
    assert_eq!((bytes["nearest_ratio"].as_f64(), bytes["duplicates"].as_f64()), (Some(0.0), Some(1.0)), "each image twice");
    let floats = of(&["--samples", "floats.npy", "--range", "0,1"]);
    let close = |key: &str| (floats[key].as_f64().unwrap() - bytes[key].as_f64().unwrap()).abs() < 1e-4;
    assert!(close("parzen") && close("frechet_pca") && close("diversity"), "{floats} {bytes}");
    let without = ["eval", FIRST, "--device", "cpu", "--json", "-n", "1000", "--swd-images", "0", "--feature-images", "0"];
    let without: serde_json::Value = serde_json::from_str(&desk.ganvas(&without).out).unwrap();
    assert!(without["swd"].is_null() && without["kid_pca"].is_null() && without["kid_classifier"].is_null(), "{without}");
    assert!(without["frechet_pca"].is_number() && without["protocol"]["swd"].is_null(), "{without}");

    // An evaluation set of its own: a folder of idx files.
    let images: Vec<u8> = data::load(&Request { seed: 9, count: 200, ..request }).unwrap().bytes().to_vec();
    desk.write("others/t10k-images-idx3-ubyte", [&[0, 0, 8, 3, 0, 0, 0, 200, 0, 0, 0, 14, 0, 0, 0, 14][..], &images].concat());
    assert_eq!(
        of(&["-n", "1000", "--data", "others"])["counts"],
        serde_json::json!({ "samples": 1000, "train": 600, "valid": 100, "test": 100 })
    );
    let new: BTreeSet<String> = desk.files().difference(&before).cloned().collect();
    assert!(new.iter().all(|name| !name.starts_with("runs")), "an evaluation writes nothing: {new:?}");
}

#[test]
fn what_cannot_be_evaluated() {
    let desk = desk();
    let refuses = |args: &[&str], code: i32, parts: &[&str]| {
        let end = desk.run(args);
        assert_eq!(end.code, Some(code), "{args:?}: {end:?}");
        says(&end.err, parts);
        assert!(!end.err.contains("panicked"), "{end:?}");
    };
    let no_number = (0..1000 * 196).map(|i| if i == 400 { f32::NAN } else { 0.0 });
    desk.write("nan.npy", npy(no_number, &[1000, 196]));
    desk.write("range.npy", npy(vec![3.0f32; 1000 * 196], &[1000, 196]));
    desk.write("shape.npy", npy(vec![0.0f32; 1000 * 195], &[1000, 195]));
    desk.write("integers.npy", npy(vec![-1i32; 1000 * 196], &[1000, 196]));
    desk.write("cut.npy", "no array");
    let others = |count: u8| {
        [&[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2][..], &(0..4 * u32::from(count)).map(|i| i as u8).collect::<Vec<u8>>()]
            .concat()
    };
    desk.write("others/t10k-images-idx3-ubyte", others(100));
    desk.write("few/t10k-images-idx3-ubyte", others(99));
    let eval = |args: &[&'static str]| [&["eval", FIRST], args].concat();
    refuses(&["eval", "nowhere"], 1, &["nowhere is no run directory"]);
    refuses(&eval(&["-n", "999"]), 1, &["999 samples are too few for the protocol, which takes 10000", "at least 1000"]);
    refuses(&eval(&["--samples", "nan.npy"]), 1, &["sample 2 has a value that is no finite number"]);
    refuses(&eval(&["--samples", "range.npy"]), 1, &["values from 3 to 3", "-1 to 1", "--range 0,1"]);
    refuses(&eval(&["--samples", "shape.npy"]), 1, &["shape.npy", "[1000, 195]", "[n, 196]"]);
    refuses(&eval(&["--samples", "integers.npy"]), 1, &["integers.npy", "values from -1 to -1", "--range 0,1"]);
    refuses(&eval(&["--samples", "cut.npy"]), 1, &["samples cut.npy"]);
    refuses(&eval(&["--samples", "none.npy"]), 1, &["cannot read the samples none.npy"]);
    refuses(&eval(&["--samples", "small.toml"]), 1, &["not .npy"]);
    refuses(&eval(&["--samples", "range.npy", "-n", "1001"]), 1, &["holds 1000 samples, -n asks for 1001"]);
    refuses(&eval(&["--samples", "range.npy", "--range", "1,0"]), 2, &["--range", "the lower first"]);
    refuses(&eval(&["--swd-images", "99"]), 2, &["--swd-images", "give 100 or more, or 0 to go without"]);
    refuses(&eval(&["--data", "few"]), 1, &["few holds 99 images", "100 or more"]);
    refuses(&eval(&["--data", "nowhere"]), 1, &["no file or folder `nowhere`"]);
    refuses(&eval(&["--train-data", "few"]), 1, &["nothing is left to train on", "--train-data"]);
    refuses(&eval(&["--device", "x9"]), 1, &["--device x9"]);
    // Splits
    let train = |args: &[&'static str]| [&["--no-window", "--config", "small.toml"], args].concat();
    refuses(&train(&["--valid", "100", "--test", "200"]), 1, &["nothing is left to train on", "300 images", "--valid"]);
    refuses(&train(&["--valid", "-1"]), 2, &["--valid"]);
    refuses(&train(&["--valid", "290"]), 1, &["batch = 16", "with 10 images"]);
    // Without held-out images the other scores are there all the same.
    desk.train(&[]);
    let second = "runs/0002-builtin-mlp";
    let end = desk.run(&["eval", second, "-n", "1000", "--json"]);
    assert_eq!(end.code, Some(1));
    says(&end.err, &["error: no Parzen log-likelihood", "neither validation nor test images", "--valid 1000 --test 1000", "--data PATH"]);
    let scores: serde_json::Value = serde_json::from_str(&end.out).unwrap();
    assert!(scores["parzen"].is_null() && scores["missing"].is_string(), "{scores}");
    assert!(scores["frechet_pca"].is_number() && scores["nearest_ratio"].is_number(), "{scores}");
    assert!(scores["real"]["frechet_pca"].is_number(), "without held-out images it is that of halves: {scores}");
    refuses(&["eval", second, "--data", "others"], 1, &["others", "2x2", "28x28", "of that shape"]);
    // A split is part of the run.
    let config = format!("{second}/config.toml");
    desk.write(&config, desk.text(&config).replace("valid = 0", "valid = 10"));
    refuses(&["resume", second, "--steps", "70"], 1, &["is of another configuration", "valid: 0 in the checkpoint, 10 in config.toml"]);
}

#[test]
fn runs_from_before_there_were_splits_go_on() {
    let desk = Desk::new();
    desk.train(&[]);
    let config = format!("{FIRST}/config.toml");
    desk.write(&config, desk.text(&config).replace("valid = 0\n", "").replace("test = 0\n", ""));
    desk.ganvas(&["resume", FIRST, "--steps", "70"]);
}

/// Trains small networks on points for a moment; the run's directory.
fn train_points(desk: &Desk, number: u32, preset: &str, data: &str, seed: &str) -> String {
    let (g, d) = ("linear 8, batch_norm 0.0001, relu, linear image", "maxout 4 x 5, linear 1");
    let args = ["--no-window", "--preset", preset, "--data", data, "--seed", seed, "--device", "cpu", "--steps", "3", "--quiet"];
    desk.ganvas(&[&args[..], &["--generator", g, "--discriminator", d, "--r1", "0", "--data-count", "3000", "--samples", "16"]].concat());
    if preset == data { format!("runs/{number:04}-{data}") } else { format!("runs/{number:04}-{data}-{preset}") }
}

#[test]
fn runs_on_points_are_scored() {
    let desk = Desk::new();
    let [first, second] = [(1, "0"), (2, "1")].map(|(number, seed)| train_points(&desk, number, "ring-8", "ring-8", seed));
    let (first, second) = (&first[..], &second[..]);
    let eval = |args: &[&str]| desk.ganvas(&[&["eval", "--device", "cpu"], args].concat()).out;
    let of = |args: &[&str]| -> serde_json::Value { serde_json::from_str(&eval(&[&["--json"], args].concat())).unwrap() };
    let number = |value: &serde_json::Value, key: &str| value[key].as_f64().unwrap_or_else(|| panic!("{key}: {value}"));
    let scores = of(&[first]);
    assert_eq!(scores["counts"], serde_json::json!({ "samples": 2500, "train": 3000, "valid": 0, "test": 0 }));
    assert!(scores["parzen"].is_null() && scores["missing"].is_null(), "{scores}");
    for key in ["modes", "high_quality", "diversity", "duplicates", "frechet_pca", "nearest_ratio"] {
        assert!(scores[key].is_number() && scores["real"][key].is_number(), "{key}: {scores}");
    }
    // What a perfect generator would score, as published: 98.9 % within three sigma.
    let real = &scores["real"];
    assert_eq!(number(real, "modes"), 8.0);
    assert!((number(real, "high_quality") - 0.989).abs() < 0.01 && number(real, "reverse_kl") < 0.01, "{real}");
    assert!((number(real, "diversity") - 1.0).abs() < 0.02 && number(real, "frechet_pca") < 0.01, "{real}");
    let table = eval(&[first]);
    says(&table, &["2500 samples of seed 0 at step 3, weights as they are", "3000 training points of ring-8: 8 Gaussians", "modes  "]);
    says(&table, &["Lin et al. 2018", "  GAN        6.3 ± 0.5   0.982 ± 0.002  0.45 ± 0.09"]);
    assert!(!table.contains("\nparzen "), "{table}");

    // Points from a file, as they are: of the distribution itself, and all on one mode.
    let perfect = Distribution::named("ring-8").unwrap().draw(77, 2500);
    desk.write("perfect.npy", npy(perfect.iter().copied(), &[2500, 2]));
    desk.write("collapsed.npy", npy([1.0, 0.0].repeat(1200), &[1200, 2]));
    let perfect = of(&[first, "--samples", "perfect.npy"]);
    assert_eq!(number(&perfect, "modes"), 8.0);
    assert!((number(&perfect, "high_quality") - 0.989).abs() < 0.01 && (number(&perfect, "nearest_ratio") - 1.0).abs() < 0.1, "{perfect}");
    let collapsed = of(&[first, "--samples", "collapsed.npy"]);
    assert_eq!((number(&collapsed, "modes"), number(&collapsed, "high_quality"), number(&collapsed, "diversity")), (1.0, 1.0, 0.0));
    assert!((number(&collapsed, "reverse_kl") - 8f64.ln()).abs() < 1e-9, "{collapsed}");
    says(&collapsed["caveats"].to_string(), &["1200 samples, the published protocol takes 2500"]);

    // Over several seeds.
    let both = of(&[first, second]);
    let other = of(&[second]);
    assert_eq!(both["runs"], serde_json::json!([scores, other]));
    for key in ["diversity", "frechet_pca", "nearest_ratio", "modes"] {
        let (a, b) = (number(&scores, key), number(&other, key));
        assert!((number(&both["mean"], key) - (a + b) / 2.0).abs() < 1e-9, "{key}");
        assert!((number(&both["standard_error"], key) - (a - b).abs() / 2.0).abs() < 1e-9, "{key}");
    }
    assert!(!both["caveats"].to_string().contains("mean:"), "{both}");
    let table = eval(&[first, second]);
    says(&table, &["2 runs on ring-8", first, second, "\nmean ", "\nstandard error ", "\nreal ", "Lin et al. 2018"]);

    // Data without modes have the other scores.
    let moons = train_points(&desk, 3, "plane", "moons", "0");
    let scores = of(&[&moons]);
    assert!(scores["modes"].is_null() && scores["diversity"].is_number() && scores["frechet_pca"].is_number(), "{scores}");
    says(&eval(&[&moons]), &["moons: two half circles", "frechet_pca", "nearest_ratio"]);
    // Another seed and setting.
    let third = train_points(&desk, 4, "plane", "ring-8", "0");
    says(&of(&[first, &third])["caveats"].to_string(), &["the runs differ in", "schedule", "the same seed"]);

    desk.write("nan.npy", npy([f32::NAN].repeat(2000), &[1000, 2]));
    desk.write("bytes.npy", npy(vec![0u8; 2000], &[1000, 2]));
    for (args, parts) in [
        (vec!["eval", first, "-n", "999"], vec!["999 samples are too few", "takes 2500"]),
        (vec!["eval", first, "--data", "builtin"], vec!["--data is for images", "makes points"]),
        (vec!["eval", first, "--samples", "perfect.npy", "--range", "0,1"], vec!["--range is for images", "makes points"]),
        (vec!["eval", first, "--samples", "nan.npy"], vec!["sample 0 has a value that is no finite number"]),
        (vec!["eval", first, "--samples", "bytes.npy"], vec!["bytes.npy", "whole numbers", "a .npy of floats [n, 2]"]),
        (vec!["eval", first, second, "--samples", "perfect.npy"], vec!["--samples are those of one run"]),
        (vec!["eval", first, first], vec![first, "is given twice"]),
        (vec!["eval", first, &moons], vec!["was trained on ring-8", "on moons", "runs of the same data"]),
        (vec!["figure", "neighbours", first], vec!["makes points", "ganvas sample"]),
        (vec!["figure", "interpolation", first], vec!["makes points", "ganvas sample"]),
    ] {
        let end = desk.run(&args);
        assert_eq!(end.code, Some(1), "{args:?}: {end:?}");
        says(&end.err, &parts);
    }
}

#[test]
fn the_figures_of_the_paper() {
    let desk = desk();
    let name = desk.ganvas(&["figure", "neighbours", FIRST]).out;
    assert_eq!(name, format!("{FIRST}/neighbours-step-000060-seed-0.png\n"));
    let figure = image::load_from_memory(&desk.read(name.trim_end())).unwrap();
    // 4 rows of 5 samples and a training image, of 14 pixels enlarged four times, gaps of 2 all around.
    assert_eq!(figure.dimensions(), (6 * 58 + 2, 4 * 58 + 2));
    assert_eq!(desk.ganvas(&["figure", "neighbours", FIRST]).out, format!("{FIRST}/neighbours-step-000060-seed-0-2.png\n"));
    // The image in the last column is the training image nearest to the one beside it.
    let tile = |column: u32, row: u32| -> Vec<u8> {
        let pixels = (0..14 * 14).map(|i| figure.get_pixel(2 + column * 58 + i % 14 * 4, 2 + row * 58 + i / 14 * 4));
        pixels.map(|pixel| pixel.0[0]).collect()
    };
    let request = Request { source: "builtin".into(), size: Some(14), count: 900, ..Request::default() };
    let data = data::load(&request).unwrap();
    for row in 0..4 {
        let sample = tile(4, row);
        let distance = |i: usize| -> i64 { data.image(i).iter().zip(&sample).map(|(a, b)| (i64::from(*a) - i64::from(*b)).pow(2)).sum() };
        let shown = (0..600).find(|i| data.image(*i) == tile(5, row)).expect("a training image");
        let least = (0..600).map(distance).min().unwrap();
        // The sample on the sheet is rounded to bytes.
        assert!(distance(shown) as f64 <= least as f64 * 1.01, "row {row}");
    }
    assert_eq!(figure.get_pixel(5 * 58, 30).0[..3], [255, 200, 0], "marked");
    assert_ne!(figure.get_pixel(4 * 58, 30).0[..3], [255, 200, 0]);

    let args = ["figure", "interpolation", FIRST, "--rows", "2", "--columns", "3", "--out", "walk.png"];
    assert_eq!(desk.ganvas(&args).out, "walk.png\n");
    let figure = image::load_from_memory(&desk.read("walk.png")).unwrap();
    assert_eq!(figure.dimensions(), (3 * 58 - 2, 2 * 58 - 2));
    for (args, parts) in [
        (&args[..], &["walk.png exists", "--force"][..]),
        (&["figure", "interpolation", FIRST, "--columns", "1"], &["--columns must be 2 or more"]),
        (&["figure", "neighbours", FIRST, "--rows", "0"], &["--rows and --columns"]),
        (&["figure", "neighbours", FIRST, "--out", "a.jpg"], &["--out a.jpg", ".png"]),
        (&["figure", "neighbours", "nowhere"], &["nowhere is no run directory"]),
        (&["figure", "neighbours", FIRST, "--train-data", "nowhere"], &["no file or folder `nowhere`", "--train-data"]),
    ] {
        let end = desk.run(args);
        assert_eq!(end.code, Some(1), "{end:?}");
        says(&end.err, parts);
    }
    desk.ganvas(&[&args[..], &["--force"]].concat());
}

/// What is measured against no spread, or next to none, says so beside the number and in JSON.
#[test]
fn scores_without_sense_are_marked() {
    let desk = Desk::new();
    let picture = |i: u32, spread: u8| {
        let values = (0..100).map(|at| 60 + at as u8 + (random_bits(i, at, 0, 0) % u32::from(spread)) as u8).collect();
        crate::data::png(&image::GrayImage::from_vec(10, 10, values).unwrap().into())
    };
    for i in 0..200 {
        // The held-out images are one training image over and over, so that the nearest training image is no distance away.
        desk.write(&format!("odd/{i:03}.png"), picture(if i < 100 { i } else { 7 }, 90));
        desk.write(&format!("alike/{i:03}.png"), picture(i, 3));
    }
    let held = ["--valid", "50", "--test", "50", "--steps", "1", "--batch", "10"];
    desk.train(&[&["--data", "odd"], &held[..]].concat());
    let alike = desk.train(&[&["--data", "alike"], &held[..]].concat());
    says(&alike.err, &["nearly equal"]);
    let json = |run: &str| -> serde_json::Value {
        serde_json::from_str(&desk.ganvas(&["eval", run, "-n", "1000", "--json", "--device", "cpu"]).out).unwrap()
    };
    let text = |run: &str| desk.ganvas(&["eval", run, "-n", "1000", "--device", "cpu"]).out;
    let odd = json("runs/0001-odd-conv");
    assert!(odd["nearest_ratio"].is_null() && odd["diversity"].is_number(), "{odd}");
    says(&odd["caveats"].to_string(), &["nearest_ratio: it is no number: what is compared is all alike"]);
    says(&text("runs/0001-odd-conv"), &["* is no number: what is compared is all alike"]);
    let alike = json("runs/0002-alike-conv");
    assert!(alike["diversity"].as_f64() > Some(0.0), "{alike}");
    says(&alike["caveats"].to_string(), &["diversity: says little: the training images are nearly alike"]);
    says(&text("runs/0002-alike-conv"), &["says little: the training images are nearly alike"]);
}

/// A generator that ends without an activation, as R3GAN's, is scored as its pictures are shown.
#[test]
fn images_beyond_their_range_are_scored_as_they_are_shown() {
    let desk = Desk::new();
    let nets = ["--generator", "linear image", "--init-g", "normal 1", "--discriminator", "linear 1"];
    desk.train(&[&nets[..], &["--set", "data_count=300", "--batch", "10", "--valid", "50", "--test", "50", "--steps", "1"]].concat());
    let scores = desk.ganvas(&["eval", "runs/0001-builtin-mlp", "-n", "1000", "--device", "cpu"]).out;
    assert!(scores.contains("diversity"), "{scores}");
}
