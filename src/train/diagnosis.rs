//! What the numbers look like, in plain words.

use super::Metrics;

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
    /// Generated images resemble each other far more than real ones do.
    Collapsing,
    /// D can hardly tell real from generated.
    NearEquilibrium,
}

/// A state and a sentence that says what it is and why one thinks so.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnosis {
    /// The state.
    pub state: State,
    /// For a person.
    pub sentence: String,
}

/// Mean distance between generated images over that between real ones.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Diversity {
    /// Of the newest preview.
    pub now: f32,
    /// The largest so far.
    pub peak: f32,
}

impl Diversity {
    /// Far below what it was, or still tiny when a run should have found its variety.
    fn collapsed(self, step: u32) -> bool {
        (self.peak > 0.6 && self.now < 0.6 * self.peak) || (self.now < 0.35 && step >= 1500)
    }
}

/// Judges the last lines of metrics, and the diversity of the previews where it is known.
pub fn diagnose(metrics: &[Metrics], loss: &str, diversity: Option<Diversity>) -> Diagnosis {
    let make = |state, sentence: String| Diagnosis { state, sentence };
    let Some(last) = metrics.last() else {
        return make(State::Starting, "Starting: G and D still guess.".into());
    };
    let (real, fake) = (last.d_real * 100.0, last.d_fake * 100.0);
    let strongest = metrics.iter().map(|m| m.grad_norm_g).fold(0.0, f32::max);
    let d_wins = last.accuracy > 0.97 && last.d_fake < 0.1;
    if let Some(diversity) = diversity.filter(|diversity| diversity.collapsed(last.step)) {
        let share = diversity.now * 100.0;
        return make(
            State::Collapsing,
            format!(
                "Collapsing: generated images differ from each other only {share:.0} % as much as real ones do. A lower learning rate, more R1 or another seed may help."
            ),
        );
    }
    if d_wins && last.grad_norm_g < 0.05 * strongest {
        let advice = if loss == "minimax" { " The non-saturating loss was made for this." } else { "" };
        return make(
            State::GSaturating,
            format!(
                "G is saturating: D takes its images for real with only {fake:.1} %, and the gradient that reaches G has nearly vanished.{advice}"
            ),
        );
    }
    if d_wins {
        return make(
            State::DTooStrong,
            format!(
                "D is too strong: it gives real images {real:.0} % and generated ones {fake:.1} %, so G learns little. Try R1, a lower learning rate of D, or a smaller D."
            ),
        );
    }
    if last.step < 200 {
        return make(State::Starting, "Starting: G and D still guess, so D gives everything about 50 %.".into());
    }
    if (last.d_real - last.d_fake).abs() < 0.1 && (last.d_real - 0.5).abs() < 0.1 {
        return make(
            State::NearEquilibrium,
            format!(
                "Near equilibrium: D can hardly tell real ({real:.0} %) from generated ({fake:.0} %); at the equilibrium both are 50 %."
            ),
        );
    }
    make(
        State::Learning,
        format!(
            "Learning: D gives real images {real:.0} % and generated ones {fake:.0} % to be real; it is right {:.0} % of the time, and G follows.",
            last.accuracy * 100.0
        ),
    )
}
