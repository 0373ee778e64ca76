//! What the numbers look like, in plain words.

use super::Metrics;
use crate::{config::Config, data};

/// State of the game between G and D.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Too few steps to tell.
    Starting,
    /// Both learn.
    Learning,
    /// D hardly errs, yet G still gets a gradient.
    DTooStrong,
    /// D hardly errs, and G's gradient has vanished.
    GSaturating,
    /// Generated images or points resemble each other far more than real ones do.
    Collapsing,
    /// D can hardly tell real from generated.
    NearEquilibrium,
}

impl State {
    /// True where something should be done.
    pub fn is_trouble(self) -> bool {
        matches!(self, State::DTooStrong | State::GSaturating | State::Collapsing)
    }
}

/// A state and a sentence that says what it is and why one thinks so.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnosis {
    /// The state.
    pub state: State,
    /// For a person.
    pub sentence: String,
}

/// Watches a run, and says each trouble once.
#[derive(Debug)]
pub struct Watch {
    config: Config,
    metrics: Vec<Metrics>,
    told: Vec<State>,
}

impl Watch {
    /// For a run with the metrics it has from before.
    pub fn new(config: &Config, metrics: Vec<Metrics>) -> Self {
        Watch { config: config.clone(), metrics, told: Vec::new() }
    }

    /// Takes the next line of metrics; what goes wrong in the game between G and D, where it has not been said yet.
    pub fn look(&mut self, metrics: &Metrics) -> Option<String> {
        self.metrics.push(metrics.clone());
        let diagnosis = diagnose(&self.metrics, &self.config);
        if !diagnosis.state.is_trouble() || self.told.contains(&diagnosis.state) {
            return None;
        }
        self.told.push(diagnosis.state);
        Some(diagnosis.sentence)
    }
}

/// Judges a run by its lines of metrics.
pub fn diagnose(metrics: &[Metrics], config: &Config) -> Diagnosis {
    let items = data::items(&config.data);
    let make = |state, sentence: String| Diagnosis { state, sentence };
    let Some(last) = metrics.last() else {
        return make(State::Starting, "Starting: G and D still guess.".into());
    };
    let value = |name: &str| last.get(name).unwrap_or(f32::NAN);
    let [d_real, d_fake, accuracy] = ["d_real", "d_fake", "accuracy"].map(value);
    let (real, fake) = (d_real * 100.0, d_fake * 100.0);
    let strongest = metrics.iter().filter_map(|m| m.get("grad_norm_g")).fold(0.0, f32::max);
    if let Some(share) = collapsed(metrics) {
        let share = share * 100.0;
        return make(
            State::Collapsing,
            format!(
                "Collapsing: generated {items} differ from each other only {share:.0} % as much as real ones do. A lower learning rate, more R1 or another seed may help."
            ),
        );
    }
    if !config.loss.probability {
        // A critic's numbers have no fixed scale; what can be told is on which side of each other they are.
        let state = if last.step < 200 { State::Starting } else { State::Learning };
        let share = accuracy * 100.0;
        return make(
            state,
            format!(
                "D is a critic: it gives real {items} {d_real:.2} and generated ones {d_fake:.2} on a scale of its own; {share:.0} % lie on their side of 0."
            ),
        );
    }
    let d_wins = accuracy > 0.97 && d_fake < 0.1;
    if d_wins && value("grad_norm_g") < 0.05 * strongest {
        let advice = if config.loss.saturates { " The non-saturating loss was made for this." } else { "" };
        return make(
            State::GSaturating,
            format!(
                "G is saturating: D takes its {items} for real with only {fake:.1} %, and the gradient that reaches G has nearly vanished.{advice}"
            ),
        );
    }
    if d_wins {
        return make(
            State::DTooStrong,
            format!(
                "D is too strong: it gives real {items} {real:.0} % and generated ones {fake:.1} %, so G learns little. Try R1, a lower learning rate of D, or a smaller D."
            ),
        );
    }
    if last.step < 200 {
        return make(State::Starting, "Starting: G and D still guess, so D gives everything about 50 %.".into());
    }
    // A small gap alone is no equilibrium: a penalized D is never sure of itself, and yet right more often than not.
    if (accuracy - 0.5).abs() < 0.05 && (d_real - d_fake).abs() < 0.05 && last.diversity.is_none_or(|d| d > 0.7) {
        return make(
            State::NearEquilibrium,
            format!(
                "Near equilibrium: D can hardly tell real ({real:.0} %) from generated ({fake:.0} %) and is right {:.0} % of the time; at the equilibrium all three are 50 %.",
                accuracy * 100.0
            ),
        );
    }
    make(
        State::Learning,
        format!(
            "Learning: D gives real {items} {real:.0} % and generated ones {fake:.0} % to be real; it is right {:.0} % of the time, and G follows.",
            accuracy * 100.0
        ),
    )
}

/// The diversity of a run whose images have become alike, or still are so when they should no longer be.
///
/// Healthy runs start near 0.15, where every image is the same grey, pass 0.4 between steps 200 and 500 and end between 0.65 and 1.
fn collapsed(metrics: &[Metrics]) -> Option<f32> {
    let measured: Vec<(u32, f32)> = metrics.iter().filter_map(|m| Some((m.step, m.diversity?))).collect();
    let (step, _) = *measured.last()?;
    // Without averaged weights single lines jump.
    let recent = &measured[measured.len().saturating_sub(3)..];
    let now = recent.iter().map(|(_, diversity)| diversity).sum::<f32>() / recent.len() as f32;
    let peak = measured.iter().map(|(_, diversity)| *diversity).fold(0.0, f32::max);
    let lost = peak > 0.4 && now < 0.5 * peak;
    let never_had = (step >= 300 && now < 0.1) || (step >= 1500 && now < 0.3);
    (lost || never_had).then_some(now)
}
