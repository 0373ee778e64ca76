//! The collapse meter on real runs, and the sentence about the game between G and D.

use crate::program::{Desk, FIRST};
use ganvas::{
    config::Config,
    models::loss::loss,
    train::{
        Metrics,
        diagnosis::{State, diagnose},
        metrics::Values,
    },
};

/// Metrics of 500 steps of a small network on the built-in digits.
fn train(more: &[&str]) -> (Vec<Metrics>, String) {
    let desk = Desk::new();
    let small = [
        "--generator=linear 64, leaky_relu 0.2, linear 128, leaky_relu 0.2, linear image, tanh",
        "--discriminator=linear 128, leaky_relu 0.2, linear 64, leaky_relu 0.2, linear 1",
        "--set=data_count=1000",
        "--size=14",
        "--batch=64",
        "--set=samples=32",
        "--steps=500",
        "--metrics-every=25",
        "--device=cpu",
    ];
    let shown = desk.train(&[&small, more].concat());
    let lines = desk.text(&format!("{FIRST}/metrics.jsonl"));
    let metrics = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (metrics, shown.err)
}

fn troubles(metrics: &[Metrics]) -> Vec<(u32, State)> {
    let judged = (1..=metrics.len()).map(|n| (metrics[n - 1].step, diagnose(&metrics[..n], &Config::default()).state));
    judged.filter(|(_, state)| state.is_trouble()).collect()
}

#[test]
fn the_collapse_meter_tells_a_collapsed_run_from_a_healthy_one() {
    let (healthy, told) = train(&[]);
    let diversity = |metrics: &[Metrics]| metrics.last().unwrap().diversity.unwrap();
    assert!(diversity(&healthy) > 0.4, "{}", diversity(&healthy));
    assert_eq!(troubles(&healthy), [], "{healthy:?}");
    assert!(!told.contains("Collapsing"), "{told}");

    // D as good as frozen: G runs to the one image that this D likes best, whatever the latent.
    let (collapsed, told) = train(&["--set=lr_d=1e-6", "--set=r1=0"]);
    assert!(diversity(&collapsed) < 0.1, "{}", diversity(&collapsed));
    assert_eq!(diagnose(&collapsed, &Config::default()).state, State::Collapsing);
    assert_eq!(told.matches("Collapsing").count(), 1, "said once:\n{told}");
}

/// A line of a run that has learned.
fn line(step: u32, diversity: f32) -> Metrics {
    Metrics {
        step,
        epoch: 0.0,
        seconds: 0.0,
        values: Values(
            [
                ("loss_d", 1.3),
                ("loss_g", 0.85),
                ("d_real", 0.57),
                ("d_fake", 0.46),
                ("accuracy", 0.64),
                ("grad_norm_d", 1.8),
                ("grad_norm_g", 0.25),
                ("weight_norm_d", 30.0),
                ("weight_norm_g", 30.0),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        ),
        diversity: Some(diversity),
        steps_per_second: 60.0,
    }
}

/// Changes some of a line's numbers.
fn set<const N: usize>(metrics: &mut Metrics, values: [(&str, f32); N]) {
    for (name, value) in values {
        metrics.values.0.iter_mut().find(|(known, _)| known == name).expect("a column").1 = value;
    }
}

#[test]
fn the_sentence_follows_the_numbers() {
    let state = |change: fn(&mut Metrics)| {
        let mut metrics: Vec<Metrics> = (1..40).map(|i| line(i * 50, 0.9)).collect();
        change(metrics.last_mut().unwrap());
        diagnose(&metrics, &Config { loss: loss("minimax").expect("a loss"), ..Config::default() })
    };
    assert_eq!(state(|_| {}).state, State::Learning);
    let equal = state(|m| set(m, [("d_real", 0.51), ("d_fake", 0.49), ("accuracy", 0.51)]));
    assert_eq!(equal.state, State::NearEquilibrium, "{}", equal.sentence);
    let strong = state(|m| set(m, [("d_real", 0.99), ("d_fake", 0.02), ("accuracy", 1.0)]));
    assert_eq!(strong.state, State::DTooStrong, "{}", strong.sentence);
    let saturating = state(|m| set(m, [("d_real", 0.99), ("d_fake", 0.001), ("accuracy", 1.0), ("grad_norm_g", 0.001)]));
    assert_eq!(saturating.state, State::GSaturating);
    assert!(saturating.sentence.contains("non-saturating"), "{}", saturating.sentence);

    // Lost after it was there: once the mean of the last lines has fallen, not with the first line that is low.
    let mut metrics: Vec<Metrics> = (1..40).map(|i| line(i * 50, 0.9)).collect();
    metrics.push(line(2000, 0.2));
    assert_eq!(diagnose(&metrics, &Config::default()).state, State::Learning);
    metrics.extend([line(2050, 0.2), line(2100, 0.2)]);
    assert_eq!(diagnose(&metrics, &Config::default()).state, State::Collapsing);
    let points = diagnose(&metrics, &Config { data: "ring-8".into(), ..Config::default() }).sentence;
    assert!(points.contains("generated points") && !points.contains("image"), "{points}");
    // A critic has no 0.5: where D is sure says nothing of its strength.
    let critic = Config { loss: loss("wasserstein").expect("a loss"), ..Config::default() };
    let mut unbounded: Vec<Metrics> = (1..40).map(|i| line(i * 50, 0.9)).collect();
    set(unbounded.last_mut().unwrap(), [("d_real", 12.0), ("d_fake", -7.0), ("accuracy", 1.0)]);
    let critic = diagnose(&unbounded, &critic);
    assert_eq!(critic.state, State::Learning, "{}", critic.sentence);
    assert!(
        critic.sentence.contains("critic") && critic.sentence.contains("12.00") && !critic.sentence.contains("50 %"),
        "{}",
        critic.sentence
    );
    // A run of an older version has no such numbers.
    for metrics in &mut metrics {
        metrics.diversity = None;
    }
    assert_eq!(diagnose(&metrics, &Config::default()).state, State::Learning);
}
