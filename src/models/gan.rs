//! The GAN as a plan: drawing inputs, updating D, updating G, and previews.
//!
//! Drawing (`draw_*`: latents, images, masks) is apart from updating, so that other inputs can be put in its place.

use super::{
    Landscape,
    init::Init,
    network::{Deltas, Network, NetworkError, ParameterSet, Tape},
};
use crate::{
    config,
    data::Distribution,
    layers::{Activation, Pass},
    ops::{
        Annealing, COUNTER_D, COUNTER_G, LatentDistribution, Loss, Optimizer, State,
        batch::{self, Source},
        ema, latent, loss,
        optimizer::{BLOCK, POWERS, Slots},
        statistics::{PER_UPDATE, statistics},
    },
    plan::{Element, Plan, PlanError, SequenceId, Tensor},
    random::stream,
};

/// Steps whose statistics the device keeps; a submission has at most as many.
pub const RING_ROWS: usize = 512;

/// In which order the players move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schedule {
    /// k updates of D, each on its own batch and latents, then one of G on latents of its own against the new D.
    Alternating,
    /// Both gradients at the same parameters, on one batch and one draw of latents and masks, then both updates
    /// (the code of Goodfellow et al. 2014).
    Simultaneous,
}

impl Schedule {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::Alternating, Self::Simultaneous];

    /// Name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alternating => "alternating",
            Self::Simultaneous => "simultaneous",
        }
    }
}

/// What a GAN is made of.
#[derive(Clone, Debug)]
pub struct GanSpec {
    /// Layer list of G.
    pub generator: Vec<String>,
    /// Layer list of D.
    pub discriminator: Vec<String>,
    /// Values per latent.
    pub latent: usize,
    /// How latents are drawn.
    pub latent_distribution: LatentDistribution,
    /// Values per image: channels * height * width.
    pub pixels: usize,
    /// Images in the data set.
    pub images: usize,
    /// Images per batch, real and generated each.
    pub batch: usize,
    /// What the players minimise.
    pub loss: &'static Loss,
    /// Factor on D's loss, but not on the penalty.
    pub loss_d_scale: f32,
    /// In which order the players move.
    pub schedule: Schedule,
    /// Weight gamma of the penalty gamma/2 * mean |grad_x D(x)|^2 on real images (Mescheder et al. 2018); 0 for none.
    pub r1: f32,
    /// Optimizer of both nets.
    pub optimizer: Optimizer,
    /// How learning rates and momentum change.
    pub annealing: Annealing,
    /// How G's and D's parameters start.
    pub init: [Init; 2],
    /// Whether G's output bias starts so that its images are the mean of the data, were its weights 0.
    pub output_bias_from_data: bool,
    /// Decay of the average of G's weights; 0 for none.
    pub ema: f32,
    /// Seed of everything random.
    pub seed: u32,
    /// Images or points in a preview.
    pub previews: usize,
    /// The distribution of which the data are points, where they are no images.
    pub distribution: Option<&'static Distribution>,
}

/// Why a GAN cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A layer list is wrong.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The plan does not come out, for its size.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// What is optimised and with what: one net's tensors.
pub struct Player {
    /// Layers.
    pub network: Network,
    /// Weights.
    pub weights: ParameterSet,
    /// Gradients of the last update.
    pub gradients: ParameterSet,
    /// Optimizer state, in the order of [`Optimizer::moment_names`].
    pub moments: Vec<ParameterSet>,
    /// What the optimizer needs of the past, `[4]`; see `shaders/ops/statistics.wgsl`.
    pub powers: Tensor,
    /// Loss and further means of the last update `[4]`; see `shaders/ops/loss_*.wgsl`.
    pub loss: Tensor,
    partials: Tensor,
}

/// The sequences of a GAN's plan.
#[derive(Clone, Copy, Debug)]
pub struct Sequences {
    /// Draws the inputs of a D update; under the simultaneous schedule, those of a step.
    pub draw_d: SequenceId,
    /// Updates D once.
    pub update_d: SequenceId,
    /// Draws the inputs of a G update.
    pub draw_g: SequenceId,
    /// Updates G once, and with it the step.
    pub update_g: SequenceId,
    /// Updates both at once, under the simultaneous schedule; the updates of one alone are then only made by hand.
    pub update: Option<SequenceId>,
    /// Generates the preview and lets D judge it.
    pub preview: SequenceId,
    /// Generates the image of one latent and lets D judge it.
    pub single: SequenceId,
}

/// Latents given by the host, the images that G makes of them, and what D thinks of those; dropout off.
pub struct Shown {
    /// Latents `[rows, latent]`.
    pub z: Tensor,
    /// Images `[rows, pixels]`, in the generator's range.
    pub images: Tensor,
    /// D's logits `[rows, 1]`.
    pub logits: Tensor,
}

/// A GAN: its plan, and the tensors that the host reads and writes.
pub struct Gan {
    /// The plan, to be given to an engine.
    pub plan: Plan,
    /// What can be run.
    pub sequences: Sequences,
    /// Generator.
    pub generator: Player,
    /// Discriminator.
    pub discriminator: Player,
    /// Averaged weights of G, where there is an average.
    pub ema: Option<ParameterSet>,
    /// Counters and statistics.
    pub state: State,
    /// Learning rates of D and G `[2]`.
    pub dials: Tensor,
    /// Data set in bytes.
    pub source: Source,
    /// Latents of the D update `[batch, latent]`.
    pub z_d: Tensor,
    /// Latents of the G update `[batch, latent]`; the same tensor under the simultaneous schedule.
    pub z_g: Tensor,
    /// Input of D's update `[2 batch, pixels]`: real images, then generated ones. Under the simultaneous schedule generated ones come
    /// first, because G's gradient goes back through the first rows alone.
    pub images: Tensor,
    /// The preview, from latents that stay the same all through a run.
    pub preview: Shown,
    /// What D makes of the points of the preview, where they are points.
    pub landscape: Option<Landscape>,
    /// One image of a latent that somebody chose.
    pub single: Shown,
}

/// Range of the generator's images: that of its last activation, (-1, 1) where that is unbounded.
pub fn image_range(generator: &Network) -> (f32, f32) {
    generator.last_activation().kind.range.unwrap_or((-1.0, 1.0))
}

/// Reads and checks both layer lists.
///
/// # Errors
/// [`NetworkError`] that names the layer and what to change.
pub fn networks(spec: &GanSpec) -> Result<(Network, Network), NetworkError> {
    let mut generator = Network::parse("G", "generator", &spec.generator, spec.latent, spec.pixels)?;
    generator.expect_outputs(spec.pixels, "an image of the data set")?;
    if generator.ends_in_mask() {
        let what = "must not be the generator's last layer: it would blacken pixels; remove it".into();
        return Err(generator.error_at(generator.list_len() - 1, what));
    }
    if let (Some(distribution), Some((low, high))) = (spec.distribution, generator.last_activation().kind.range) {
        let [from, to] = distribution.reach();
        if f64::from(low) > from || f64::from(high) < to {
            let (name, preset) = (distribution.name, config::preset_for(distribution.name));
            let what = format!(
                "reaches only from {low} to {high}, but {name} lies between {from:.2} and {to:.2}; remove it, or use --preset {preset}"
            );
            return Err(generator.error_at(generator.list_len() - 1, what));
        }
    }
    let mut discriminator = Network::parse("D", "discriminator", &spec.discriminator, spec.pixels, spec.pixels)?;
    discriminator.expect_outputs(1, "the logit of the discriminator")?;
    if !discriminator.last_activation().is_identity() {
        let what = "must not be the last layer: the loss takes logits and applies the sigmoid itself; remove it".into();
        return Err(discriminator.error_at(discriminator.list_len() - 1, what));
    }
    if let (true, Some(index)) = (spec.r1 > 0.0, discriminator.first_curved()) {
        let what = "the R1 penalty needs activations made of straight lines in the discriminator; use leaky_relu or relu, or r1 = 0".into();
        return Err(discriminator.error_at(index, what));
    }
    if let (true, Some(index)) = (spec.r1 > 0.0, discriminator.first_mixing()) {
        let what =
            "mixes the images of a batch, and the R1 penalty needs the slope of D by each image alone; remove it, or use r1 = 0".into();
        return Err(discriminator.error_at(index, what));
    }
    for network in [&generator, &discriminator] {
        if let (true, Some(index)) = (spec.batch < 2, network.first_mixing()) {
            let what = "takes statistics over the batch, and one image has no variance; use a batch of at least 2".into();
            return Err(network.error_at(index, what));
        }
    }
    if let (Schedule::Simultaneous, Some(index)) = (spec.schedule, discriminator.first_mixing()) {
        let what = "mixes the images of a batch, and the simultaneous schedule needs the gradient of generated images alone; \
                    remove it, or use schedule = \"alternating\""
            .into();
        return Err(discriminator.error_at(index, what));
    }
    if let (Schedule::Simultaneous, true) = (spec.schedule, spec.r1 > 0.0) {
        let what = "the R1 penalty is not there under the simultaneous schedule; use r1 = 0, or schedule = \"alternating\"".into();
        return Err(NetworkError::List { net: "discriminator", what });
    }
    if spec.output_bias_from_data && !(generator.has_output_bias() && generator.last_activation().kind.range.is_some()) {
        let what = "output_bias = \"data_mean\" needs a generator that ends in 'linear image, sigmoid' or 'linear image, tanh'; \
                    end it so, or use output_bias = \"init\""
            .into();
        return Err(generator.error_at(generator.list_len() - 1, what));
    }
    (generator.init, discriminator.init) = (spec.init[0], spec.init[1]);
    Ok((generator, discriminator))
}

/// The output bias with which G's images are the mean of the data, per value of an image: the inverse of its last activation.
/// `means` in (0, 1), where bytes are 0 to 255; clipped at 1e-7, as in the code of Goodfellow et al. 2014. None where G's last
/// activation has no inverse.
pub fn output_bias(generator: &Network, means: &[f64]) -> Option<Vec<f32>> {
    let (low, high) = generator.last_activation().kind.range?;
    // tanh(a) = 2 sigmoid(2 a) - 1
    let slope = f64::from(high - low);
    let logit = |mean: &f64| {
        let mean = mean.clamp(1e-7, 1.0 - 1e-7);
        ((mean / (1.0 - mean)).ln() / slope) as f32
    };
    Some(means.iter().map(logit).collect())
}

impl Player {
    fn new(plan: &mut Plan, network: Network, optimizer: &Optimizer) -> Result<Player, PlanError> {
        let tag = network.tag;
        let weights = network.weights(plan, "")?;
        let gradients = network.parameter_set(plan, "gradient/")?;
        let mut moments = Vec::new();
        for name in optimizer.moment_names() {
            moments.push(network.parameter_set(plan, &format!("{name}/"))?);
        }
        let powers = plan.filled(&format!("powers/{tag}"), Element::F32, &[POWERS], 1.0)?;
        let loss = plan.tensor(&format!("loss/{tag}"), &[4])?;
        let partials = plan.tensor(&format!("partials/{tag}"), &[weights.all.len().div_ceil(BLOCK), 2])?;
        Ok(Player { network, weights, gradients, moments, powers, loss, partials })
    }

    /// The optimizer's step. The dial of a net is its counter's number.
    fn optimize(&self, plan: &mut Plan, spec: &GanSpec, dials: &Tensor, dial: u32) -> Result<(), PlanError> {
        let moments: Vec<Tensor> = self.moments.iter().map(|set| set.all.clone()).collect();
        let slots = Slots {
            dials,
            dial,
            powers: &self.powers,
            gradients: &self.gradients.all,
            weights: &self.weights.all,
            moments: &moments,
            partials: &self.partials,
        };
        spec.optimizer.update(plan, &spec.annealing, &slots)
    }

    /// Statistics, and counters onward.
    fn finish(&self, plan: &mut Plan, spec: &GanSpec, state: &State, counter: u32) -> Result<(), PlanError> {
        let batches = (spec.images / spec.batch).max(1);
        let rules = (&spec.optimizer, &spec.annealing, batches);
        statistics(plan, state, counter, rules, self.weights.all.len(), (&self.loss, &self.partials, &self.powers))
    }
}

/// Writes a sequence that generates `rows` images and judges them.
pub(super) fn show(
    plan: &mut Plan,
    name: &'static str,
    rows: usize,
    latent: usize,
    (g, g_weights): (&Network, &ParameterSet),
    (d, d_weights): (&Network, &ParameterSet),
) -> Result<(SequenceId, Shown, Tape), PlanError> {
    let z = plan.tensor(&format!("{name}/z"), &[rows, latent])?;
    let generating = g.tape(plan, &format!("{name}/G"), &z, rows, None, Pass::Sampling)?;
    let images = generating.y().clone();
    let judging = d.tape(plan, &format!("{name}/D"), &images, rows, None, Pass::Sampling)?;
    let sequence = plan.begin(name);
    g.forward(plan, &generating, g_weights)?;
    d.forward(plan, &judging, d_weights)?;
    let shown = Shown { z, images, logits: judging.y().clone() };
    Ok((sequence, shown, judging))
}

/// What the sequences of either schedule are made from.
struct Parts<'a> {
    spec: &'a GanSpec,
    generator: Player,
    discriminator: Player,
    ema: Option<ParameterSet>,
    state: State,
    dials: Tensor,
    source: Source,
    indices: Tensor,
    images: Tensor,
}

/// The sequences of a schedule, with the latents that they start from.
struct Game {
    draw_d: SequenceId,
    update_d: SequenceId,
    draw_g: SequenceId,
    update_g: SequenceId,
    update: Option<SequenceId>,
    z_d: Tensor,
    z_g: Tensor,
}

impl Parts<'_> {
    fn draw_latents(&self, plan: &mut Plan, z: &Tensor, stream: u32, counter: u32) -> Result<(), PlanError> {
        latent::noise(plan, self.spec.latent_distribution, &self.state, (self.spec.seed, stream, counter), z)
    }

    /// Masks of G's pass, then of D's; streams from `stream` on.
    fn draw_masks(&self, plan: &mut Plan, (g, d): (&Tape, &Tape), stream: u32, counter: u32) -> Result<(), PlanError> {
        self.generator.network.draw_masks(plan, g, &self.state, self.spec.seed, stream, counter)?;
        self.discriminator.network.draw_masks(plan, d, &self.state, self.spec.seed, stream + 0x1000, counter)
    }

    fn draw_images(&self, plan: &mut Plan, first_row: usize) -> Result<(), PlanError> {
        batch::gather(plan, &self.state, self.spec.seed, &self.source, &self.indices, (&self.images, first_row))
    }

    /// Latents through G, and what comes of them through D.
    fn forward(&self, plan: &mut Plan, (g, d): (&Tape, &Tape)) -> Result<(), PlanError> {
        self.generator.network.forward(plan, g, &self.generator.weights)?;
        self.discriminator.network.forward(plan, d, &self.discriminator.weights)
    }

    /// D's loss and gradients, without the penalty.
    fn gradients_d(&self, plan: &mut Plan, tape: &Tape, (none, dlogits): (&Tensor, &Tensor), fake_first: bool) -> Result<(), PlanError> {
        let (spec, player) = (self.spec, &self.discriminator);
        let game = (spec.batch, fake_first, spec.loss_d_scale);
        loss::loss_d(plan, spec.loss, game, tape.y(), (none, 0), dlogits, &player.loss)?;
        let deltas = player.network.backward(plan, "d_step/D", tape, &player.weights, dlogits, 2 * spec.batch)?;
        player.network.backward_params(plan, tape, &player.weights, &deltas, &player.gradients, None)
    }

    /// D's loss and gradients with the R1 penalty by first-order kernels: unit backward pass, tangent pass, and one product for both.
    fn gradients_d_r1(&self, plan: &mut Plan, tape: &Tape, (ones, dlogits): (&Tensor, &Tensor)) -> Result<(), PlanError> {
        let (spec, player) = (self.spec, &self.discriminator);
        let (network, weights, b) = (&player.network, &player.weights, spec.batch);
        let deltas = network.backward(plan, "d_step/D", tape, weights, ones, 2 * b)?;
        let t = plan.tensor("d_step/t", &[b, spec.pixels])?;
        let scale = spec.r1 / b as f32;
        network.backward_to_input(plan, "d_step/D", (tape, weights), &deltas, (b, Activation::identity(), scale), &t)?;
        let tangents = network.tangents(plan, "d_step/D", tape, weights, &t, b)?;
        loss::loss_d(plan, spec.loss, (b, false, spec.loss_d_scale), tape.y(), (&tangents.logits, b), dlogits, &player.loss)?;
        network.backward_params(plan, tape, weights, &deltas, &player.gradients, Some((dlogits, &tangents)))
    }

    /// G's loss and gradients. Generated images are the first rows of D's pass.
    fn gradients_g(&self, plan: &mut Plan, (g_tape, d_tape): (&Tape, &Tape)) -> Result<(), PlanError> {
        let (spec, g, d) = (self.spec, &self.generator, &self.discriminator);
        let b = spec.batch;
        let dlogits = plan.tensor("g_step/dlogits", &[b, 1])?;
        loss::loss_g(plan, spec.loss, b, d_tape.y(), &dlogits, &g.loss)?;
        let through_d: Deltas = d.network.backward(plan, "g_step/D", d_tape, &d.weights, &dlogits, b)?;
        let dgenerated = plan.tensor("g_step/dgenerated", &[b, spec.pixels])?;
        let wanted = (b, g.network.last_activation(), 1.0);
        d.network.backward_to_input(plan, "g_step/D", (d_tape, &d.weights), &through_d, wanted, &dgenerated)?;
        let deltas = g.network.backward(plan, "g_step/G", g_tape, &g.weights, &dgenerated, b)?;
        g.network.backward_params(plan, g_tape, &g.weights, &deltas, &g.gradients, None)
    }

    fn optimize_d(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.discriminator.optimize(plan, self.spec, &self.dials, COUNTER_D)
    }

    fn optimize_g(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.generator.optimize(plan, self.spec, &self.dials, COUNTER_G)?;
        let Some(ema) = &self.ema else { return Ok(()) };
        let newest = &self.generator.weights;
        ema::ema(plan, &self.state, COUNTER_G, self.spec.ema, &newest.all, &ema.all)?;
        match (&newest.state, &ema.state) {
            (Some(newest), Some(average)) => ema::ema(plan, &self.state, COUNTER_G, self.spec.ema, &newest.all, &average.all),
            _ => Ok(()),
        }
    }

    fn finish_d(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.discriminator.finish(plan, self.spec, &self.state, COUNTER_D)
    }

    fn finish_g(&self, plan: &mut Plan) -> Result<(), PlanError> {
        self.generator.finish(plan, self.spec, &self.state, COUNTER_G)
    }

    /// [`Schedule::Alternating`]
    fn alternating(&self, plan: &mut Plan) -> Result<Game, PlanError> {
        let (spec, b) = (self.spec, self.spec.batch);
        let (g, d) = (&self.generator.network, &self.discriminator.network);
        let z_d = plan.tensor("z_d", &[b, spec.latent])?;
        let z_g = plan.tensor("z_g", &[b, spec.latent])?;
        let generated = plan.tensor("generated", &[b, spec.pixels])?;
        let g_for_d = g.tape(plan, "d_step/G", &z_d, b, Some((&self.images, b)), Pass::Training { groups: 1, own: false })?;
        let d_both = d.tape(plan, "d_step/D", &self.images, 2 * b, None, Pass::Training { groups: 2, own: true })?;
        let g_for_g = g.tape(plan, "g_step/G", &z_g, b, Some((&generated, 0)), Pass::Training { groups: 1, own: true })?;
        let d_fake = d.tape(plan, "g_step/D", &generated, b, None, Pass::Training { groups: 1, own: false })?;

        let draw_d = plan.begin("draw_d");
        self.draw_latents(plan, &z_d, stream::LATENT_D, COUNTER_D)?;
        self.draw_images(plan, 0)?;
        self.draw_masks(plan, (&g_for_d, &d_both), stream::MASK, COUNTER_D)?;

        let update_d = plan.begin("update_d");
        self.forward(plan, (&g_for_d, &d_both))?;
        let dlogits = plan.tensor("d_step/dlogits", &[2 * b, 1])?;
        if spec.r1 > 0.0 {
            let ones = plan.filled("ones", Element::F32, &[2 * b, 1], 1.0)?;
            self.gradients_d_r1(plan, &d_both, (&ones, &dlogits))?;
        } else {
            let none = plan.tensor("none", &[1])?;
            self.gradients_d(plan, &d_both, (&none, &dlogits), false)?;
        }
        self.optimize_d(plan)?;
        self.finish_d(plan)?;

        let draw_g = plan.begin("draw_g");
        self.draw_latents(plan, &z_g, stream::LATENT_G, COUNTER_G)?;
        self.draw_masks(plan, (&g_for_g, &d_fake), stream::MASK + 0x2000, COUNTER_G)?;

        let update_g = plan.begin("update_g");
        self.forward(plan, (&g_for_g, &d_fake))?;
        self.gradients_g(plan, (&g_for_g, &d_fake))?;
        self.optimize_g(plan)?;
        self.finish_g(plan)?;
        Ok(Game { draw_d, update_d, draw_g, update_g, update: None, z_d, z_g })
    }

    /// [`Schedule::Simultaneous`]: one pass of G and D serves both losses, so that latents and masks are the same for both. Updates of
    /// one player alone, by hand, use the same tensors.
    fn simultaneous(&self, plan: &mut Plan) -> Result<Game, PlanError> {
        let (spec, b) = (self.spec, self.spec.batch);
        let z = plan.tensor("z", &[b, spec.latent])?;
        let g_tape =
            self.generator.network.tape(plan, "step/G", &z, b, Some((&self.images, 0)), Pass::Training { groups: 1, own: true })?;
        let d_tape = self.discriminator.network.tape(plan, "step/D", &self.images, 2 * b, None, Pass::Training { groups: 2, own: true })?;
        let tapes = (&g_tape, &d_tape);
        let none = plan.tensor("none", &[1])?;
        let dlogits = plan.tensor("d_step/dlogits", &[2 * b, 1])?;

        let draw_d = plan.begin("draw_d");
        self.draw_latents(plan, &z, stream::LATENT_D, COUNTER_D)?;
        self.draw_images(plan, b)?;
        self.draw_masks(plan, tapes, stream::MASK, COUNTER_D)?;

        let update = plan.begin("update");
        self.forward(plan, tapes)?;
        self.gradients_d(plan, &d_tape, (&none, &dlogits), true)?;
        self.gradients_g(plan, tapes)?;
        self.optimize_d(plan)?;
        self.optimize_g(plan)?;
        self.finish_d(plan)?;
        self.finish_g(plan)?;

        let update_d = plan.begin("update_d");
        self.forward(plan, tapes)?;
        self.gradients_d(plan, &d_tape, (&none, &dlogits), true)?;
        self.optimize_d(plan)?;
        self.finish_d(plan)?;

        let draw_g = plan.begin("draw_g");
        self.draw_latents(plan, &z, stream::LATENT_G, COUNTER_G)?;
        self.draw_masks(plan, tapes, stream::MASK + 0x2000, COUNTER_G)?;

        let update_g = plan.begin("update_g");
        self.forward(plan, tapes)?;
        self.gradients_g(plan, tapes)?;
        self.optimize_g(plan)?;
        self.finish_g(plan)?;
        Ok(Game { draw_d, update_d, draw_g, update_g, update: Some(update), z_d: z.clone(), z_g: z })
    }
}

impl Gan {
    /// Writes the plan.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &GanSpec) -> Result<Gan, ModelError> {
        let (generator, discriminator) = networks(spec)?;
        let (low, high) = image_range(&generator);
        let plan = &mut Plan::default();
        let (b, n) = (spec.batch, spec.pixels);

        let generator = Player::new(plan, generator, &spec.optimizer)?;
        let discriminator = Player::new(plan, discriminator, &spec.optimizer)?;
        let ema = if spec.ema > 0.0 { Some(generator.network.weights(plan, "ema/")?) } else { None };
        let state =
            State { counters: plan.filled("counters", Element::U32, &[2], 0.0)?, ring: plan.tensor("ring", &[RING_ROWS, 2 * PER_UPDATE])? };
        let dials = plan.tensor("dials", &[2])?;
        let points = spec.distribution.is_some();
        let data = match points {
            true => plan.tensor("data", &[spec.images, n])?,
            false => plan.filled("data", Element::U32, &[(spec.images * n).div_ceil(4)], 0.0)?,
        };
        let source = Source { points, data, count: spec.images, pixels: n, low, high };
        let indices = plan.filled("indices", Element::U32, &[b], 0.0)?;
        let images = plan.tensor("images", &[2 * b, n])?;

        let parts = Parts { spec, generator, discriminator, ema, state, dials, source, indices, images };
        let game = match spec.schedule {
            Schedule::Alternating => parts.alternating(plan)?,
            Schedule::Simultaneous => parts.simultaneous(plan)?,
        };
        let Parts { generator, discriminator, ema, state, dials, source, images, .. } = parts;

        let (g, d) = (&generator.network, (&discriminator.network, &discriminator.weights));
        let shown = ema.as_ref().unwrap_or(&generator.weights);
        let (preview_sequence, preview, judged) = show(plan, "preview", spec.previews, spec.latent, (g, shown), d)?;
        let landscape = |of| Landscape::write(plan, d, &judged, spec.loss, of);
        let landscape = spec.distribution.map(landscape).transpose()?;
        let (single_sequence, single, _) = show(plan, "single", 1, spec.latent, (g, shown), d)?;

        let Game { draw_d, update_d, draw_g, update_g, update, z_d, z_g } = game;
        let sequences = Sequences { draw_d, update_d, draw_g, update_g, update, preview: preview_sequence, single: single_sequence };
        let plan = std::mem::take(plan);
        Ok(Gan { plan, sequences, generator, discriminator, ema, state, dials, source, z_d, z_g, images, preview, landscape, single })
    }

    /// One training step: `k` updates of D, then one of G; under the simultaneous schedule one of both.
    pub fn step(&self, k: u32) -> Vec<SequenceId> {
        let Sequences { draw_d, update_d, draw_g, update_g, update, .. } = self.sequences;
        if let Some(update) = update {
            return vec![draw_d, update];
        }
        let mut step = [draw_d, update_d].repeat(k as usize);
        step.extend([draw_g, update_g]);
        step
    }

    /// Real tensors that a checkpoint must hold, by name.
    pub fn checkpoint_tensors(&self) -> Vec<&Tensor> {
        let mut tensors = Vec::new();
        for player in [&self.generator, &self.discriminator] {
            tensors.extend(player.weights.tensors());
            tensors.extend(player.moments.iter().flat_map(ParameterSet::tensors));
            tensors.push(&player.powers);
        }
        tensors.extend(self.ema.iter().flat_map(ParameterSet::tensors));
        tensors.push(&self.state.ring);
        tensors
    }
}
