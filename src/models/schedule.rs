//! In which order G and D move: the sequences of a training step under each schedule.
//!
//! Drawing (`draw_*`: latents, images, masks) is apart from updating, so that other inputs can be put in its place.

use super::{
    gan::GanSpec,
    network::{Deltas, ParameterSet, Tape},
    player::Player,
};
use crate::{
    layers::{Activation, Pass},
    ops::{
        COUNTER_D, COUNTER_G, State,
        batch::{self, Source},
        ema, latent, loss,
    },
    plan::{Element, Plan, PlanError, SequenceId, Tensor},
    random::stream,
};

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

/// What the sequences of either schedule are made from.
pub(super) struct Parts<'a> {
    pub(super) spec: &'a GanSpec,
    pub(super) generator: Player,
    pub(super) discriminator: Player,
    pub(super) ema: Option<ParameterSet>,
    pub(super) state: State,
    pub(super) dials: Tensor,
    pub(super) source: Source,
    pub(super) indices: Tensor,
    pub(super) images: Tensor,
}

/// The sequences of a schedule, with the latents that they start from.
pub(super) struct Game {
    pub(super) draw_d: SequenceId,
    pub(super) update_d: SequenceId,
    pub(super) draw_g: SequenceId,
    pub(super) update_g: SequenceId,
    pub(super) update: Option<SequenceId>,
    pub(super) z_d: Tensor,
    pub(super) z_g: Tensor,
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
    pub(super) fn alternating(&self, plan: &mut Plan) -> Result<Game, PlanError> {
        let (spec, b) = (self.spec, self.spec.batch);
        let (g, d) = (&self.generator.network, &self.discriminator.network);
        let z_d = plan.stored("z_d", &[b, spec.latent])?;
        let z_g = plan.stored("z_g", &[b, spec.latent])?;
        let generated = plan.stored("generated", &[b, spec.pixels])?;
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
    pub(super) fn simultaneous(&self, plan: &mut Plan) -> Result<Game, PlanError> {
        let (spec, b) = (self.spec, self.spec.batch);
        let z = plan.stored("z", &[b, spec.latent])?;
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
