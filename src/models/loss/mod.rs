//! Losses of the two players, each an expression of D's logits: one file and one row of [`LOSSES`].

mod hinge;
mod least_squares;
mod minimax;
mod non_saturating;
mod relativistic;
mod wasserstein;

use crate::graph::Var;

/// A loss of D or of G as an expression of D's logits on real and on generated images `[rows, 1]`.
pub type OfLogits = for<'g> fn(real: Var<'g>, fake: Var<'g>) -> Var<'g>;

/// A row of the table of losses.
#[derive(Debug)]
pub struct Loss {
    /// Name in a configuration.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
    /// What D minimises.
    pub d: OfLogits,
    /// What G minimises.
    pub g: OfLogits,
    /// Whether G's loss looks at real images too.
    pub g_sees_real: bool,
    /// Whether sigmoid(logit) is a probability that an image is real; a critic's logits are only higher or lower.
    pub probability: bool,
    /// The logit between real and generated images, where D's logits say of each image by itself on which side it lies.
    pub boundary: Option<f32>,
    /// Whether G's gradient vanishes where D is sure of itself.
    pub saturates: bool,
    /// Losses of D and of G where D cannot tell real from generated images apart, if there is one value.
    pub balance: [Option<f32>; 2],
}

/// Rows are told apart by where they are.
impl PartialEq for Loss {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// log 2.
const LN_2: f32 = std::f32::consts::LN_2;

/// All losses, the default first.
pub static LOSSES: [Loss; 6] = [
    Loss {
        name: "non_saturating",
        label: "non-saturating",
        help: "G minimises -log D(G(z)) (Goodfellow et al. 2014, section 3)",
        d: non_saturating::d,
        g: non_saturating::g,
        g_sees_real: false,
        probability: true,
        boundary: Some(0.0),
        saturates: false,
        balance: [Some(2.0 * LN_2), Some(LN_2)],
    },
    Loss {
        name: "minimax",
        label: "minimax",
        help: "G minimises log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1)",
        d: non_saturating::d,
        g: minimax::g,
        g_sees_real: false,
        probability: true,
        boundary: Some(0.0),
        saturates: true,
        balance: [Some(2.0 * LN_2), Some(-LN_2)],
    },
    Loss {
        name: "least_squares",
        label: "least squares",
        help: "distances of logits from 1 and 0 (LSGAN, Mao et al. 2017)",
        d: least_squares::d,
        g: least_squares::g,
        g_sees_real: false,
        probability: false,
        boundary: Some(0.5),
        saturates: false,
        balance: [Some(0.25), Some(0.125)],
    },
    Loss {
        name: "hinge",
        label: "hinge",
        help: "D wants a margin of 1 on both sides of 0 (Lim and Ye 2017; Miyato et al. 2018)",
        d: hinge::d,
        g: hinge::g,
        g_sees_real: false,
        probability: false,
        boundary: Some(0.0),
        saturates: false,
        balance: [Some(2.0), Some(0.0)],
    },
    Loss {
        name: "wasserstein",
        label: "Wasserstein",
        help: "D is a critic whose mean difference estimates a distance (WGAN, Arjovsky et al. 2017), with a gradient penalty or clipped weights",
        d: wasserstein::d,
        g: wasserstein::g,
        g_sees_real: false,
        probability: false,
        boundary: None,
        saturates: false,
        balance: [Some(0.0), None],
    },
    Loss {
        name: "relativistic",
        label: "relativistic",
        help: "D compares each real image with a generated one (Jolicoeur-Martineau 2018; pairing as in R3GAN, Huang et al. 2024)",
        d: relativistic::d,
        g: relativistic::g,
        g_sees_real: true,
        probability: false,
        boundary: None,
        saturates: false,
        balance: [Some(LN_2), Some(LN_2)],
    },
];

/// The loss of that name.
pub fn loss(name: &str) -> Option<&'static Loss> {
    LOSSES.iter().find(|loss| loss.name == name)
}
