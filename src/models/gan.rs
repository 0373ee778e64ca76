//! The GAN as a plan: drawing inputs, updating D, updating G, and previews.
//!
//! Drawing (`draw_*`: latents, images, masks) is apart from updating, so that other inputs can be put in its place.

use super::{
    Landscape,
    network::{Network, NetworkError, ParameterSet, Tape},
};
use crate::{
    config,
    data::Distribution,
    layers::Activation,
    ops::{
        COUNTER_D, COUNTER_G, LatentDistribution, Loss, Optimizer, State,
        batch::{self, Source},
        ema, latent, loss,
        optimizer::{BLOCK, Slots},
        statistics::{PER_UPDATE, statistics},
    },
    plan::{Element, Plan, PlanError, SequenceId, Tensor},
    random::stream,
};

/// Steps whose statistics the device keeps; a submission has at most as many.
pub const RING_ROWS: usize = 512;

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
    /// Weight gamma of the penalty gamma/2 * mean |grad_x D(x)|^2 on real images (Mescheder et al. 2018); 0 for none.
    pub r1: f32,
    /// Optimizer of both nets.
    pub optimizer: Optimizer,
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
    /// beta1^t, beta2^t `[2]`.
    pub powers: Tensor,
    /// Loss and further means of the last update `[4]`; see `shaders/ops/loss_*.wgsl`.
    pub loss: Tensor,
    partials: Tensor,
}

/// The sequences of a GAN's plan.
#[derive(Clone, Copy, Debug)]
pub struct Sequences {
    /// Draws the inputs of a D update.
    pub draw_d: SequenceId,
    /// Updates D once.
    pub update_d: SequenceId,
    /// Draws the inputs of a G update.
    pub draw_g: SequenceId,
    /// Updates G once, and with it the step.
    pub update_g: SequenceId,
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
    /// Latents of the G update `[batch, latent]`.
    pub z_g: Tensor,
    /// Input of D's update `[2 batch, pixels]`: real images, then generated ones.
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
    let generator = Network::parse("G", "generator", &spec.generator, spec.latent, spec.pixels)?;
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
    let discriminator = Network::parse("D", "discriminator", &spec.discriminator, spec.pixels, spec.pixels)?;
    discriminator.expect_outputs(1, "the logit of the discriminator")?;
    if !discriminator.last_activation().is_identity() {
        let what = "must not be the last layer: the loss takes logits and applies the sigmoid itself; remove it".into();
        return Err(discriminator.error_at(discriminator.list_len() - 1, what));
    }
    if let (true, Some(index)) = (spec.r1 > 0.0, discriminator.first_curved()) {
        let what = "the R1 penalty needs activations made of straight lines in the discriminator; use leaky_relu or relu, or r1 = 0".into();
        return Err(discriminator.error_at(index, what));
    }
    Ok((generator, discriminator))
}

impl Player {
    fn new(plan: &mut Plan, network: Network, optimizer: &Optimizer) -> Result<Player, PlanError> {
        let tag = network.tag;
        let weights = network.parameter_set(plan, "")?;
        let gradients = network.parameter_set(plan, "gradient/")?;
        let mut moments = Vec::new();
        for name in optimizer.moment_names() {
            moments.push(network.parameter_set(plan, &format!("{name}/"))?);
        }
        let powers = plan.filled(&format!("powers/{tag}"), Element::F32, &[2], 1.0)?;
        let loss = plan.tensor(&format!("loss/{tag}"), &[4])?;
        let partials = plan.tensor(&format!("partials/{tag}"), &[weights.all.len().div_ceil(BLOCK), 2])?;
        Ok(Player { network, weights, gradients, moments, powers, loss, partials })
    }

    /// The optimizer's step. The dial of a net is its counter's number.
    fn optimize(&self, plan: &mut Plan, optimizer: &Optimizer, dials: &Tensor, dial: u32) -> Result<(), PlanError> {
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
        optimizer.update(plan, &slots)
    }

    /// Statistics, and counters onward.
    fn finish(&self, plan: &mut Plan, optimizer: &Optimizer, state: &State, counter: u32) -> Result<(), PlanError> {
        statistics(plan, state, counter, optimizer, self.weights.all.len(), (&self.loss, &self.partials, &self.powers))
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
    let generating = g.tape(plan, &format!("{name}/G"), &z, rows, None, false)?;
    let images = generating.y().clone();
    let judging = d.tape(plan, &format!("{name}/D"), &images, rows, None, false)?;
    let sequence = plan.begin(name);
    g.forward(plan, &generating, g_weights)?;
    d.forward(plan, &judging, d_weights)?;
    let shown = Shown { z, images, logits: judging.y().clone() };
    Ok((sequence, shown, judging))
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
        let ema = if spec.ema > 0.0 { Some(generator.network.parameter_set(plan, "ema/")?) } else { None };
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
        let z_d = plan.tensor("z_d", &[b, spec.latent])?;
        let z_g = plan.tensor("z_g", &[b, spec.latent])?;
        let images = plan.tensor("images", &[2 * b, n])?;
        let generated = plan.tensor("generated", &[b, n])?;

        let (g, d) = (&generator.network, &discriminator.network);
        let g_for_d = g.tape(plan, "d_step/G", &z_d, b, Some((&images, b)), true)?;
        let d_both = d.tape(plan, "d_step/D", &images, 2 * b, None, true)?;
        let g_for_g = g.tape(plan, "g_step/G", &z_g, b, Some((&generated, 0)), true)?;
        let d_fake = d.tape(plan, "g_step/D", &generated, b, None, true)?;

        let seed = spec.seed;
        let draw_d = plan.begin("draw_d");
        latent::noise(plan, spec.latent_distribution, &state, (seed, stream::LATENT_D, COUNTER_D), &z_d)?;
        batch::gather(plan, &state, seed, &source, &indices, &images)?;
        g.draw_masks(plan, &g_for_d, &state, seed, stream::MASK, COUNTER_D)?;
        d.draw_masks(plan, &d_both, &state, seed, stream::MASK + 0x1000, COUNTER_D)?;

        let update_d = plan.begin("update_d");
        let weights = &discriminator.weights;
        g.forward(plan, &g_for_d, &generator.weights)?;
        d.forward(plan, &d_both, weights)?;
        let dlogits = plan.tensor("d_step/dlogits", &[2 * b, 1])?;
        if spec.r1 > 0.0 {
            // The penalty by first-order kernels: unit backward pass, tangent pass, and one product for both gradients.
            let ones = plan.filled("ones", Element::F32, &[2 * b, 1], 1.0)?;
            let deltas = d.backward(plan, "d_step/D", &d_both, weights, &ones)?;
            let t = plan.tensor("d_step/t", &[b, n])?;
            d.backward_to_input(plan, &d_both, weights, &deltas, (b, Activation::identity(), spec.r1 / b as f32), &t)?;
            let tangents = d.tangents(plan, "d_step/D", &d_both, weights, &t, b)?;
            loss::loss_d(plan, spec.loss, b, d_both.y(), (&tangents.logits, b), &dlogits, &discriminator.loss)?;
            d.backward_params(plan, &d_both, weights, &deltas, &discriminator.gradients, Some((&dlogits, &tangents)))?;
        } else {
            let none = plan.tensor("none", &[1])?;
            loss::loss_d(plan, spec.loss, b, d_both.y(), (&none, 0), &dlogits, &discriminator.loss)?;
            let deltas = d.backward(plan, "d_step/D", &d_both, weights, &dlogits)?;
            d.backward_params(plan, &d_both, weights, &deltas, &discriminator.gradients, None)?;
        }
        discriminator.optimize(plan, &spec.optimizer, &dials, COUNTER_D)?;
        discriminator.finish(plan, &spec.optimizer, &state, COUNTER_D)?;

        let draw_g = plan.begin("draw_g");
        latent::noise(plan, spec.latent_distribution, &state, (seed, stream::LATENT_G, COUNTER_G), &z_g)?;
        g.draw_masks(plan, &g_for_g, &state, seed, stream::MASK + 0x2000, COUNTER_G)?;
        d.draw_masks(plan, &d_fake, &state, seed, stream::MASK + 0x3000, COUNTER_G)?;

        let update_g = plan.begin("update_g");
        g.forward(plan, &g_for_g, &generator.weights)?;
        d.forward(plan, &d_fake, weights)?;
        let dlogits = plan.tensor("g_step/dlogits", &[b, 1])?;
        loss::loss_g(plan, spec.loss, b, d_fake.y(), &dlogits, &generator.loss)?;
        let through_d = d.backward(plan, "g_step/D", &d_fake, weights, &dlogits)?;
        let dgenerated = plan.tensor("g_step/dgenerated", &[b, n])?;
        d.backward_to_input(plan, &d_fake, weights, &through_d, (b, g.last_activation(), 1.0), &dgenerated)?;
        let deltas = g.backward(plan, "g_step/G", &g_for_g, &generator.weights, &dgenerated)?;
        g.backward_params(plan, &g_for_g, &generator.weights, &deltas, &generator.gradients, None)?;
        generator.optimize(plan, &spec.optimizer, &dials, COUNTER_G)?;
        if let Some(ema) = &ema {
            ema::ema(plan, &state, COUNTER_G, spec.ema, &generator.weights.all, &ema.all)?;
        }
        generator.finish(plan, &spec.optimizer, &state, COUNTER_G)?;

        let shown = ema.as_ref().unwrap_or(&generator.weights);
        let (preview_sequence, preview, judged) = show(plan, "preview", spec.previews, spec.latent, (g, shown), (d, weights))?;
        let landscape = |of| Landscape::write(plan, (d, weights), &judged, spec.loss, of);
        let landscape = spec.distribution.map(landscape).transpose()?;
        let (single_sequence, single, _) = show(plan, "single", 1, spec.latent, (g, shown), (d, weights))?;

        let sequences = Sequences { draw_d, update_d, draw_g, update_g, preview: preview_sequence, single: single_sequence };
        let plan = std::mem::take(plan);
        Ok(Gan { plan, sequences, generator, discriminator, ema, state, dials, source, z_d, z_g, images, preview, landscape, single })
    }

    /// One training step: `k` updates of D, then one of G.
    pub fn step(&self, k: u32) -> Vec<SequenceId> {
        let Sequences { draw_d, update_d, draw_g, update_g, .. } = self.sequences;
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
