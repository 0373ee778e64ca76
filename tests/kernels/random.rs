//! Randomness: the generator against known answers, the host's copy against the WGSL, and what is drawn with it.

use crate::support;
use ganvas::{
    engine::{Engine, cpu::CpuEngine, gpu::GpuEngine},
    ops::{LatentDistribution, batch, dropout, noise},
    plan::{Element, Grid, Kernel, Plan, SequenceId, Tensor, Value, snippets},
    random::{pcg4d, random_bits, uniform01},
};
use std::collections::HashSet;

/// From an implementation in another language, written from the paper (Jarzynski and Olano 2020, listing of pcg4d).
#[test]
fn pcg4d_gives_the_known_answers() {
    for (key, answer) in [
        ([0, 0, 0, 0], [0x0f02_f829, 0x2d56_8769, 0x32b0_c43b, 0xd325_48ea]),
        ([1, 2, 3, 4], [0x3622_cd16, 0xf114_71d8, 0xe110_9b3f, 0x02b9_4c2f]),
        ([u32::MAX, 0, 0x8000_0000, 7], [0x2e89_503b, 0xceea_3901, 0x8c77_4d20, 0x521d_6332]),
        ([123_456_789, 1000, 8, 65_535], [0x58bf_e653, 0x3650_8404, 0x05d0_7b47, 0x93f4_062a]),
    ] {
        assert_eq!(pcg4d(key), answer, "{key:?}");
    }
}

#[test]
fn uniform01_lies_inside_the_unit_interval() {
    let below_one = 1.0 - f32::EPSILON / 2.0;
    assert_eq!([uniform01(0), uniform01(u32::MAX)], [f32::EPSILON / 2.0, below_one]);
    assert_eq!(uniform01(1 << 31), 0.5 + f32::EPSILON / 2.0);
}

/// The generator alone, as no kernel of Ganvas writes it down.
static BITS: Kernel = Kernel {
    name: "bits",
    source: "
struct Params { count: u32, seed: u32, step: u32, stream: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> bits: array<u32>; // [count]
@group(0) @binding(2) var<storage, read_write> reals: array<f32>; // [count]
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.count {
        bits[i] = random_bits(params.seed, params.step, params.stream, i);
        reals[i] = uniform01(bits[i]);
    }
}",
    snippets: &[&snippets::ELEMENT, &snippets::RNG],
};

#[test]
fn the_wgsl_generator_has_the_bits_of_the_host() {
    let Some(adapter) = support::adapter("random bits on the device") else { return };
    let mut plan = Plan::default();
    let count = 5_003;
    let keys = [[0u32, 0, 0], [1, 2, 3], [u32::MAX, 1 << 31, 196_608]];
    let bits = plan.filled("bits", Element::U32, &[count], 0.0).expect("bits");
    let reals = plan.tensor("reals", &[count]).expect("reals");
    for [seed, step, stream] in keys {
        plan.begin("bits");
        let params = [("count", count.into()), ("seed", seed.into()), ("step", step.into()), ("stream", stream.into())];
        plan.dispatch(&BITS, &[], &params, &[("bits", &bits), ("reals", &reals)], Grid::Elements(count)).expect("a dispatch");
    }
    let mut engine = GpuEngine::open(&adapter, plan).expect("an engine");
    for (n, [seed, step, stream]) in keys.into_iter().enumerate() {
        engine.run_dispatch(SequenceId(n), 0).expect("a run");
        let expected: Vec<u32> = (0..count).map(|i| random_bits(seed, step, stream, i as u32)).collect();
        assert_eq!(engine.download_words(&bits).expect("bits"), expected, "seed {seed}, step {step}, stream {stream}");
        let expected: Vec<f32> = expected.into_iter().map(uniform01).collect();
        assert_eq!(engine.download(&reals).expect("reals"), expected, "uniform01");
    }
}

/// A plan of kernels that draw, and the counters that they read.
struct Drawing {
    plan: Plan,
    state: ganvas::ops::State,
}

impl Drawing {
    fn new() -> Drawing {
        let mut plan = Plan::default();
        let counters = plan.filled("counters", Element::U32, &[2], 0.0).expect("counters");
        let ring = plan.tensor("ring", &[1, 1]).expect("ring");
        Drawing { plan, state: ganvas::ops::State { counters, ring } }
    }

    /// The f32 CPU engine, and the WGSL engine where there is one.
    fn engines(&self, what: &str) -> Vec<Box<dyn Engine>> {
        let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(CpuEngine::<f32>::open(self.plan.clone()))];
        if let Some(adapter) = support::adapter(what) {
            engines.push(Box::new(GpuEngine::open(&adapter, self.plan.clone()).expect("an engine")));
        }
        engines
    }
}

/// Runs `sequence` as update `update` and reads `tensor`.
fn draw(engine: &mut dyn Engine, drawing: &Drawing, sequence: SequenceId, update: u32, tensor: &Tensor) -> Vec<f32> {
    engine.upload_words(&drawing.state.counters, &[update, update]).expect("counters");
    engine.run_dispatch(sequence, 0).expect("a run");
    engine.download(tensor).expect("values")
}

/// (mean, variance, skewness, kurtosis)
fn moments(values: &[f32]) -> [f64; 4] {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let central = |power: i32| values.iter().map(|v| (f64::from(*v) - mean).powi(power)).sum::<f64>() / n;
    let variance = central(2);
    [mean, variance, central(3) / variance.powf(1.5), central(4) / variance.powi(2)]
}

/// Latents have mean 0, variance 1, no skew, and the tails of their distribution. With n = 200,000 the standard errors of the four
/// moments are at most 0.0022, 0.0032, 0.0055 and 0.011 (those of the normal distribution); five of each are allowed.
#[test]
fn latents_have_the_moments_of_their_distribution() {
    let mut drawing = Drawing::new();
    let z = drawing.plan.stored("z", &[2_000, 100]).expect("z");
    let mut sequences = Vec::new();
    for distribution in LatentDistribution::ALL {
        sequences.push(drawing.plan.begin("noise"));
        noise::noise(&mut drawing.plan, distribution.into(), &drawing.state, (11, 1, 1), &z).expect("a dispatch");
    }
    let mut engines = drawing.engines("latents");
    for (distribution, sequence) in LatentDistribution::ALL.into_iter().zip(sequences) {
        let drawn: Vec<Vec<f32>> = engines.iter_mut().map(|e| draw(e.as_mut(), &drawing, sequence, 3, &z)).collect();
        let kurtosis = if distribution == LatentDistribution::Normal { 3.0 } else { 1.8 };
        let found = moments(&drawn[0]);
        let allowed = [0.011, 0.016, 0.028, 0.055];
        for ((found, expected), allowed) in found.into_iter().zip([0.0, 1.0, 0.0, kurtosis]).zip(allowed) {
            assert!((found - expected).abs() < allowed, "{distribution:?}: {found}, not {expected}");
        }
        assert_eq!(drawn[0], distribution.draw(11, 3, 1, 2_000, 100), "{distribution:?}: the host draws the same");
        for other in &drawn[1..] {
            match distribution {
                // Two exact operations and one rounded product: the same bits everywhere.
                LatentDistribution::Uniform => assert_eq!(*other, drawn[0]),
                // WGSL allows log an error of 2^-21, and the polynomial turns an error of log into at most a quarter of it.
                LatentDistribution::Normal => {
                    let far = drawn[0].iter().zip(other).position(|(a, b)| (a - b).abs() > 4e-6);
                    assert_eq!(far, None, "normal latents of two engines");
                }
            }
        }
        let next = draw(engines[0].as_mut(), &drawing, sequence, 4, &z);
        assert!(next.iter().zip(&drawn[0]).filter(|(a, b)| a == b).count() < 20, "two updates draw the same");
    }
}

/// Kept inputs: a share p of n has a standard error of sqrt(p (1 - p) / n); five are allowed.
#[test]
fn a_mask_keeps_its_share() {
    let mut drawing = Drawing::new();
    let mask = drawing.plan.tensor("mask", &[100, 1_000]).expect("mask");
    let keeps = [0.9f32, 0.5, 0.1, 1.0];
    let mut sequences = Vec::new();
    for keep in keeps {
        sequences.push(drawing.plan.begin("dropout_mask"));
        dropout::dropout_mask(&mut drawing.plan, keep, &drawing.state, (5, 3, 0), &mask).expect("a dispatch");
    }
    let mut engines = drawing.engines("dropout masks");
    for (keep, sequence) in keeps.into_iter().zip(sequences) {
        let drawn: Vec<Vec<f32>> = engines.iter_mut().map(|e| draw(e.as_mut(), &drawing, sequence, 8, &mask)).collect();
        let kept = drawn[0].iter().filter(|m| **m != 0.0).count() as f64 / drawn[0].len() as f64;
        let share = f64::from(keep);
        let allowed = 5.0 * (share * (1.0 - share) / drawn[0].len() as f64).sqrt();
        assert!((kept - share).abs() <= allowed, "kept {kept} of the inputs, not {share}");
        let wrong = drawn[0].iter().position(|m| *m != 0.0 && *m != 1.0 / keep);
        assert_eq!(wrong, None, "a mask holds 0 or 1/{keep}");
        for other in &drawn[1..] {
            let differs = drawn[0].iter().zip(other).position(|(a, b)| (*a == 0.0) != (*b == 0.0));
            assert_eq!(differs, None, "engines keep other inputs");
        }
    }
}

/// Each epoch shows every image at most once, and all of them where batches fill it; another epoch has another order.
#[test]
fn an_epoch_is_a_permutation() {
    let sizes = [[1usize, 1], [1, 3], [7, 7], [1, 1_024], [10, 1_000], [64, 1_023], [64, 1_025], [300, 300], [13, 257]];
    let mut drawing = Drawing::new();
    let mut runs = Vec::new();
    for [batch, count] in sizes {
        let indices = drawing.plan.filled("indices", Element::U32, &[batch], 0.0).expect("indices");
        let sequence = drawing.plan.begin("batch_indices");
        let params = [("batch", batch), ("count", count), ("half_bits", batch::half_bits(count) as usize), ("seed", 3), ("stream", 8)];
        let params = params.map(|(name, value)| (name, Value::from(value)));
        let bindings = [("state", &drawing.state.counters), ("indices", &indices)];
        drawing.plan.dispatch(&batch::INDICES, &[], &params, &bindings, Grid::Elements(batch)).expect("a dispatch");
        runs.push((sequence, indices));
    }
    let mut engines = drawing.engines("the order of images");
    for ([batch, count], (sequence, indices)) in sizes.into_iter().zip(&runs) {
        let batches = count / batch;
        let mut epochs: Vec<Vec<u32>> = Vec::new();
        for epoch in 0..4 {
            let mut order = Vec::new();
            for update in epoch * batches..(epoch + 1) * batches {
                let mut drawn: Vec<Vec<u32>> = Vec::new();
                // The first and the last batch on the slower engine too.
                let both = update % batches == 0 || (update + 1) % batches == 0;
                for engine in engines.iter_mut().take(if both { 2 } else { 1 }) {
                    engine.upload_words(&drawing.state.counters, &[update as u32, 0]).expect("counters");
                    engine.run_dispatch(*sequence, 0).expect("a run");
                    drawn.push(engine.download_words(indices).expect("indices"));
                }
                assert!(drawn.iter().all(|d| *d == drawn[0]), "batch {update} of {batch} out of {count} differs between engines");
                order.append(&mut drawn[0]);
            }
            let shown: HashSet<u32> = order.iter().copied().collect();
            assert_eq!(shown.len(), batches * batch, "batches of {batch} out of {count}: an image twice in epoch {epoch}");
            assert!(order.iter().all(|image| (*image as usize) < count), "batches of {batch} out of {count}: no such image");
            epochs.push(order);
        }
        if count > 3 {
            assert!(epochs.windows(2).all(|pair| pair[0] != pair[1]), "batches of {batch} out of {count}: two epochs in the same order");
            assert!(epochs.iter().all(|order| !order.is_sorted()), "batches of {batch} out of {count}: an epoch in order");
        }
    }
}
