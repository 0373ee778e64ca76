//! The GAN as a plan: the sequences of its schedule, previews, and the tensors that the host reads and writes.

use super::{
    Landscape,
    init::Init,
    network::{Network, NetworkError, ParameterSet, Tape},
    networks::{image_range, networks},
    player::Player,
    schedule::{Game, Parts, Schedule},
};
use crate::{
    data::Distribution,
    layers::Pass,
    ops::{Annealing, LatentDistribution, Loss, Optimizer, State, batch::Source, statistics::PER_UPDATE},
    plan::{Element, Plan, PlanError, SequenceId, Storage, Tensor},
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
    /// How latents, images and the outputs of layers rest in memory.
    pub storage: Storage,
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

/// Writes a sequence that generates `rows` images and judges them.
pub(super) fn show(
    plan: &mut Plan,
    name: &'static str,
    rows: usize,
    latent: usize,
    (g, g_weights): (&Network, &ParameterSet),
    (d, d_weights): (&Network, &ParameterSet),
) -> Result<(SequenceId, Shown, Tape), PlanError> {
    let z = plan.stored(&format!("{name}/z"), &[rows, latent])?;
    let generating = g.tape(plan, &format!("{name}/G"), &z, rows, None, Pass::Sampling)?;
    let images = generating.y().clone();
    let judging = d.tape(plan, &format!("{name}/D"), &images, rows, None, Pass::Sampling)?;
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
        let plan = &mut Plan::new(spec.storage);
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
        let images = plan.stored("images", &[2 * b, n])?;

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
