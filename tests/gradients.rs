//! Every backward kernel against central differences, in f64 and through whole updates of D and G: nudge one weight, and see
//! whether the loss moves as its gradient says.

use crate::support::{self, Small};
use ganvas::{
    engine::{Engine, cpu::CpuEngine},
    models::{Gan, GanSpec, LOSSES, Player, Schedule, Update},
    ops::{augment::Augments, pointwise::FUNCTIONS},
    plan::Tensor,
};

/// Nudge of a weight. The difference quotient is off by about NUDGE^2 from the third derivative and by 1e-16 / NUDGE from rounding:
/// 1e-10 in all, while losses and gradients are near 1.
const NUDGE: f64 = 1e-5;

/// Allowed error, relative to the largest gradient of the tensor (and of all, for tensors whose gradients vanish).
const TOLERANCE: f64 = 1e-6;

/// Layers of both nets with every activation, fused and alone, and dropout at every place that may have it.
const EVERY_GENERATOR: &[&str] = &[
    "tanh",
    "linear 9",
    "leaky_relu 0.2",
    "sigmoid",
    "dropout 0.3",
    "linear 8",
    "sigmoid",
    "linear 7",
    "relu",
    "dropout 0.2",
    "maxout 5 x 3",
    "tanh",
    "linear 6",
    "tanh",
    "leaky_relu 0.3",
    "linear image",
    "tanh",
];
const EVERY_DISCRIMINATOR: &[&str] = &[
    "sigmoid",
    "dropout 0.2",
    "linear 9",
    "tanh",
    "relu",
    "linear 8",
    "dropout 0.4",
    "leaky_relu 0.1",
    "maxout 7x2",
    "sigmoid",
    "tanh",
    "linear 6",
    "linear 1",
];

/// For R1, activations of straight lines alone.
const STRAIGHT_DISCRIMINATOR: &[&str] =
    &["dropout 0.1", "linear 9", "leaky_relu 0.2", "relu", "maxout 8 x 3", "dropout 0.3", "leaky_relu 0.1", "linear 7", "relu", "linear 1"];

/// A GAN in f64 with inputs and masks drawn, that runs an update up to its optimizer.
struct Check {
    gan: Gan,
    engine: CpuEngine<f64>,
}

impl Check {
    fn new(spec: &GanSpec) -> Check {
        let gan = Gan::build(spec).expect("a GAN");
        let mut engine = CpuEngine::<f64>::open(gan.plan.clone());
        support::load(&gan, spec, &mut engine);
        // Wider than at the start of training, so that no gradient is lost beside another.
        for player in [&gan.generator, &gan.discriminator] {
            engine.values_mut(&player.weights.all).iter_mut().for_each(|w| *w *= 2.0);
        }
        engine.run(gan.update_d.draw);
        engine.run(gan.update_g.draw);
        Check { gan, engine }
    }

    /// A loss of an update, and with it the gradients.
    fn loss(&mut self, update: &Update, loss: &Tensor) -> f64 {
        self.engine.run(update.gradients);
        self.engine.values(loss)[0]
    }

    /// Compares every gradient of a player with the difference quotient of its loss. Returns how many.
    fn check(&mut self, what: &str, (update, part): (&Update, usize), player: fn(&Gan) -> &Player) -> usize {
        let tensors = |set: &ganvas::models::ParameterSet| set.parameters().cloned().collect::<Vec<_>>();
        let (weights, gradients) = (tensors(&player(&self.gan).weights), tensors(&player(&self.gan).gradients));
        let loss = update.values[part].clone();
        self.loss(update, &loss);
        let analytic: Vec<Vec<f64>> = gradients.iter().map(|g| self.engine.values(g).to_vec()).collect();
        let largest = |values: &[f64]| values.iter().fold(0.0f64, |max, v| max.max(v.abs()));
        let of_all = analytic.iter().map(|values| largest(values)).fold(0.0, f64::max);
        let mut checked = 0;
        for (w, analytic) in weights.iter().zip(&analytic) {
            let allowed = TOLERANCE * largest(analytic).max(1e-3 * of_all);
            assert!(allowed > 0.0 && allowed.is_finite(), "{what}: the gradients are {of_all} at most");
            for (i, analytic) in analytic.iter().enumerate() {
                let at = self.engine.values(w)[i];
                let mut nudged = |by: f64| {
                    self.engine.values_mut(w)[i] = at + by;
                    self.loss(update, &loss)
                };
                let numeric = (nudged(NUDGE) - nudged(-NUDGE)) / (2.0 * NUDGE);
                self.engine.values_mut(w)[i] = at;
                assert!(
                    (numeric - analytic).abs() <= allowed,
                    "{what}: the gradient by {}[{i}] is {analytic}, the loss says {numeric} (off by at most {allowed:.1e})",
                    w.name
                );
                checked += 1;
            }
        }
        checked
    }

    fn loss_of_d(&mut self) -> f64 {
        let update = self.gan.update_d.clone();
        self.loss(&update, &update.values[0])
    }

    fn both(&mut self, what: &str) {
        let (update_d, update_g) = (self.gan.update_d.clone(), self.gan.update_g.clone());
        self.each(what, (&update_d, 0), (&update_g, 0));
    }

    fn each(&mut self, what: &str, update_d: (&Update, usize), update_g: (&Update, usize)) {
        let d = self.check(&format!("{what}, D"), update_d, |gan| &gan.discriminator);
        let g = self.check(&format!("{what}, G"), update_g, |gan| &gan.generator);
        let parameters = self.gan.discriminator.network.parameter_count() + self.gan.generator.network.parameter_count();
        assert_eq!(d + g, parameters, "every parameter was checked");
    }
}

/// Batch normalisation after a linear layer and before, after an activation and dropout, with an activation and without, at both ends.
const NORMED_GENERATOR: &[&str] = &[
    "batch_norm",
    "linear 9",
    "tanh",
    "batch_norm 0.01",
    "sigmoid",
    "dropout 0.3",
    "batch_norm",
    "linear 8",
    "batch_norm",
    "leaky_relu 0.2",
    "linear image",
    "batch_norm 0.8",
    "tanh",
];
const NORMED_DISCRIMINATOR: &[&str] =
    &["batch_norm", "relu", "linear 9", "batch_norm", "leaky_relu 0.2", "dropout 0.2", "linear 8", "tanh", "batch_norm", "linear 1"];

#[test]
fn gradients_through_batch_statistics_are_those_of_the_loss() {
    // Batch normalisation leaves no gradient of a mean of logits.
    for loss in LOSSES.iter().filter(|loss| !matches!(loss.name, "hinge" | "wasserstein")) {
        let small = Small { generator: NORMED_GENERATOR, discriminator: NORMED_DISCRIMINATOR, r1: 0.0 };
        let mut check = Check::new(&GanSpec { loss, image: 11.into(), batch: 7, ..small.spec() });
        // Away from where all channels share a weight of 1 and a bias of 0.
        let noise = |n: usize| f64::from(ganvas::random::uniform01(ganvas::random::random_bits(1, 2, 3, n as u32))) - 0.5;
        for player in [&check.gan.generator, &check.gan.discriminator] {
            check.engine.values_mut(&player.weights.all).iter_mut().enumerate().for_each(|(n, w)| *w += 0.3 * noise(n));
        }
        check.both(&format!("{} with batch_norm", loss.name));
    }
}

#[test]
fn gradients_of_every_layer_and_loss_are_those_of_the_loss() {
    for activation in FUNCTIONS.iter().filter(|function| function.layer) {
        let named = |layer: &&str| layer.split(' ').next() == Some(activation.name);
        let lists = [EVERY_GENERATOR, EVERY_DISCRIMINATOR, CURVED_GENERATOR, CURVED_DISCRIMINATOR];
        assert!(lists.concat().iter().any(named), "{} is in no network here", activation.name);
    }
    for loss in &LOSSES {
        for (generator, discriminator) in [(EVERY_GENERATOR, EVERY_DISCRIMINATOR), (CURVED_GENERATOR, CURVED_DISCRIMINATOR)] {
            let small = Small { generator, discriminator, r1: 0.0 };
            Check::new(&GanSpec { loss, image: 11.into(), ..small.spec() }).both(loss.name);
        }
    }
}

/// Both gradients from one pass, with the same latents and masks, and those of updates of one player by hand.
#[test]
fn gradients_under_the_simultaneous_schedule() {
    for discriminator in
        [EVERY_DISCRIMINATOR, &["dropout 0.2", "maxout 6 x 4", "dropout 0.5", "maxout 1 x 3"], &["maxout 5 x 2", "linear 1"]]
    {
        let small = Small { discriminator, ..Small::default() };
        let spec = GanSpec { schedule: Schedule::Simultaneous, loss_d_scale: 0.5, image: 11.into(), ..small.spec() };
        let mut check = Check::new(&spec);
        let update = check.gan.update_both.clone().expect("an update of both");
        check.each("both at once", (&update, 0), (&update, 1));
        check.both("one by hand");
    }
}

/// The first layer's maximum is differentiated too where the penalty is on its input.
#[test]
fn the_r1_penalty_through_maxout_alone() {
    let small = Small { discriminator: &["maxout 6 x 4", "dropout 0.5", "maxout 5 x 2", "maxout 1 x 2"], r1: 3.0, ..Small::default() };
    Check::new(&GanSpec { image: 11.into(), loss_d_scale: 0.5, ..small.spec() }).both("maxout with r1 = 3");
}

/// Pictures of two channels through convolutions and transposed ones, with a penalty where straight lines allow one product and where
/// curved ones do not, for D and G.
#[test]
fn gradients_through_convolutions() {
    let generator = &[
        "linear 4 image/2",
        "tanh",
        "reshape 4 image/2",
        "conv_transpose 3 4 stride 2 pad 1",
        "sigmoid",
        "conv image 3 pad 1 no_bias",
        "tanh",
    ];
    let of = |discriminator: &str, r1| {
        let list = discriminator.split(", ").map(str::to_owned).collect();
        let small = Small { generator, r1, ..Small::default() };
        GanSpec { image: [2, 4, 6].into(), loss_d_scale: 0.5, discriminator: list, ..small.spec() }
    };
    let kernels = |spec: &GanSpec| -> Vec<&str> {
        let gan = Gan::build(spec).expect("a GAN");
        let update = gan.update_both.as_ref().unwrap_or(&gan.update_d).gradients;
        gan.plan.sequence(update).dispatches.iter().map(|dispatch| dispatch.kernel.name).collect()
    };
    for activation in ["leaky_relu 0.2", "softplus"] {
        for r1 in [0.0, 3.0] {
            let spec = of(
                &format!(
                    "conv 4 3 stride 2 pad 1, {activation}, conv 6 3 pad 1 groups 2, {activation}, conv_transpose 2 2 stride 2, {activation}, \
                     flatten, linear 5, {activation}, linear 1"
                ),
                r1,
            );
            Check::new(&spec).both(&format!("convolutions with {activation} and r1 = {r1}"));
        }
    }
    // Convolutions up to the logit, with R1 and R2 at once: one product for loss and penalties.
    let spec = GanSpec { r2: 2.0, ..of("conv 5 3 stride 2 pad 1, leaky_relu 0.2, conv 1 3 stride 3 pad 1 no_bias", 2.0) };
    Check::new(&spec).both("convolutions alone, R1 and R2");
    for schedule in Schedule::ALL {
        let kernels = kernels(&GanSpec { schedule, ..spec.clone() });
        assert!(kernels.contains(&"conv_by_weight_r1"), "loss and penalty share no product: {kernels:?}");
    }
}

/// Through pictures that are changed before D sees them, grey and in colour, in rows and by convolutions, with penalties whose gradient is
/// taken by the pictures as they were.
#[test]
fn gradients_through_augmentation() {
    for schedule in Schedule::ALL {
        for (discriminator, shape) in [
            (&["linear 9", "leaky_relu 0.2", "linear 1"][..], [1, 5, 4]),
            (&["conv 4 3 stride 2 pad 1", "softplus", "flatten", "linear 5", "leaky_relu 0.2", "linear 1"], [3, 4, 6]),
        ] {
            for (r1, r2, gradient_penalty) in [(0.0, 0.0, 0.0), (3.0, 0.0, 0.0), (0.0, 2.0, 0.0), (2.0, 2.0, 0.0), (0.0, 0.0, 5.0)] {
                let small = Small { discriminator, r1, ..Small::default() };
                let spec = GanSpec { schedule, r2, gradient_penalty, image: shape.into(), augments: Augments::ALL, ..small.spec() };
                Check::new(&spec).both(&format!("augmented {shape:?}, r1 = {r1}, r2 = {r2}, gp {gradient_penalty}, {}", schedule.name()));
            }
        }
    }
    // G's loss looks at real pictures too.
    let loss = LOSSES.iter().find(|loss| loss.g_sees_real).expect("a loss");
    let spec = GanSpec { loss, image: [1, 5, 4].into(), augments: Augments::ALL, ..Small { r1: 1.0, ..Small::default() }.spec() };
    Check::new(&spec).both("augmented, relativistic");
}

/// The penalty's gradient needs second derivatives, which the R1 kernels get from first-order passes: the loss that is nudged
/// contains the penalty itself.
#[test]
fn the_r1_penalty_has_the_gradient_of_the_penalised_loss() {
    for (loss, r1) in [(&LOSSES[0], 10.0), (&LOSSES[1], 0.5)] {
        let small = Small { discriminator: STRAIGHT_DISCRIMINATOR, r1, ..Small::default() };
        let spec = GanSpec { loss, image: 11.into(), ..small.spec() };
        let mut check = Check::new(&spec);
        let with = check.loss_of_d();
        let without = Check::new(&GanSpec { r1: 0.0, ..spec }).loss_of_d();
        assert!(with > without + 1e-3, "the penalty adds {} to the loss", with - without);
        check.both(&format!("{} with r1 = {r1}", loss.name));
    }
}

/// The penalty itself against the definition, gamma / 2 times the mean of |grad_x D(x)|^2 over the real images, with the gradient
/// taken by nudging pixels, also where images are augmented after that.
#[test]
fn the_r1_penalty_is_what_it_is_defined_as() {
    let spec = GanSpec { image: [1, 4, 3].into(), ..Small { r1: 4.0, ..Small::default() }.spec() };
    penalty_is_as_defined(&spec);
    penalty_is_as_defined(&GanSpec { image: [1, 5, 4].into(), augments: Augments::ALL, ..spec });
}

fn penalty_is_as_defined(spec: &GanSpec) {
    let mut check = Check::new(spec);
    let mut bare = Check::new(&GanSpec { r1: 0.0, ..spec.clone() });
    let penalty = check.loss_of_d() - bare.loss_of_d();
    let (update, images) = (check.gan.update_d.gradients, check.gan.images.clone());
    let dispatches = &check.gan.plan.sequence(update).dispatches;
    let last = dispatches.iter().rposition(|d| d.kernel.name == "linear_forward_wide").expect("D's last layer");
    let logits = dispatches[last].bindings.last().expect("logits").clone();
    let mut squares = 0.0;
    for row in 0..spec.batch {
        for pixel in 0..spec.image.len() {
            let i = row * spec.image.len() + pixel;
            let at = check.engine.values(&images)[i];
            let mut logit = |by: f64| {
                check.engine.values_mut(&images)[i] = at + by;
                (0..=last).for_each(|index| check.engine.run_dispatch(update, index).expect("a run"));
                check.engine.values(&logits)[row]
            };
            squares += ((logit(NUDGE) - logit(-NUDGE)) / (2.0 * NUDGE)).powi(2);
            check.engine.values_mut(&images)[i] = at;
        }
    }
    let expected = f64::from(spec.r1) / 2.0 * squares / spec.batch as f64;
    assert!((penalty - expected).abs() < 1e-6 * expected, "the penalty is {penalty}, its definition gives {expected}");
}

/// The other activations, and their derivatives computed from inputs.
const CURVED_GENERATOR: &[&str] =
    &["linear 9", "silu", "linear 8", "gelu", "dropout 0.2", "elu 0.7", "linear 7", "softplus", "linear image", "tanh"];

/// D with activations that curve, where a penalty's gradient needs true second derivatives.
const CURVED_DISCRIMINATOR: &[&str] = &[
    "linear 9",
    "tanh",
    "linear 8",
    "silu",
    "dropout 0.2",
    "linear 8",
    "elu",
    "linear 7",
    "sigmoid",
    "gelu",
    "softplus",
    "maxout 5 x 2",
    "linear 1",
];

/// Every penalty, on straight and on curved nets and under both schedules: the loss that is nudged contains the penalty.
#[test]
fn penalties_have_the_gradients_of_the_penalised_loss() {
    for schedule in Schedule::ALL {
        for discriminator in [STRAIGHT_DISCRIMINATOR, CURVED_DISCRIMINATOR] {
            for (r1, r2, gradient_penalty) in [(3.0, 0.0, 0.0), (0.0, 2.0, 0.0), (3.0, 2.0, 0.0), (0.0, 0.0, 10.0), (1.0, 1.0, 5.0)] {
                let small = Small { discriminator, ..Small::default() };
                let loss = LOSSES.iter().find(|loss| loss.name == "wasserstein").expect("a loss");
                let spec = GanSpec { loss, schedule, r1, r2, gradient_penalty, image: 11.into(), ..small.spec() };
                Check::new(&spec).both(&format!("r1 = {r1}, r2 = {r2}, gradient penalty {gradient_penalty}, {}", schedule.name()));
            }
        }
    }
}
