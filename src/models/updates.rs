//! The GAN's updates, as the papers have them: what D and G see, what they minimise, and which net each loss moves.

use super::{
    augmentation::{self, Ada, Augmentation, Drawn},
    model::{Draw, Model, Part, Update},
    network::{Net, ParameterSet},
    penalty,
    player::Player,
    spec::GanSpec,
};
use crate::{
    graph::{Var, grad, lower::LowerError},
    layers::{Masks, Pass},
    ops::{COUNTER_D, COUNTER_G, noise::Distribution},
    plan::{SequenceId, Tensor},
    random::stream,
};

/// Metrics of an update of D besides its loss: D on real images, on generated ones, its accuracy, and those of ADA where there is one.
pub(super) fn metrics_d(spec: &GanSpec) -> usize {
    METRICS_D + if spec.ada_target().is_some() { augmentation::METRICS } else { 0 }
}

/// Those of every update of D.
const METRICS_D: usize = 3;
/// Metrics of an update of G besides its loss: D on generated images.
pub(super) const METRICS_G: usize = 1;

/// First column of G's metrics in the ring; D's come first.
pub(super) fn column_g(spec: &GanSpec) -> usize {
    Model::columns(metrics_d(spec))
}

/// Streams of a net's masks lie this far apart.
const NET: u32 = 0x1000;
/// Streams of G's update lie this far behind those of D's.
const UPDATE_G: u32 = 0x2000;

/// What the updates of either schedule are made of.
pub(super) struct Game<'a, 'g> {
    pub(super) spec: &'a GanSpec,
    pub(super) generator: &'a Player,
    pub(super) discriminator: &'a Player,
    pub(super) ema: Option<&'a ParameterSet>,
    pub(super) g: Net<'a, 'g>,
    pub(super) d: Net<'a, 'g>,
    pub(super) augmentation: Option<Augmentation<'g>>,
}

/// The updates of a schedule with what they start from.
pub(super) struct Updates {
    pub(super) d: Update,
    pub(super) g: Update,
    /// Both at once, under the simultaneous schedule.
    pub(super) both: Option<Update>,
    /// Latents of the update of D, and of G.
    pub(super) z: [Tensor; 2],
    /// Real and generated images of the update of D.
    pub(super) images: Tensor,
    /// Real images of the update of G, where its loss looks at them.
    pub(super) reals_g: Option<Tensor>,
    /// Shares of real images in the points of the gradient penalty `[batch, 1]`.
    pub(super) shares: Option<Tensor>,
    /// What is done to images before D sees them in the update of D, and of G `[images, KNOBS]`.
    pub(super) knobs: [Option<Tensor>; 2],
}

impl<'a, 'g> Game<'a, 'g> {
    fn latents(&self, tensor: &Tensor, stream: u32) -> Draw {
        Draw::Noise { tensor: tensor.clone(), distribution: self.spec.latent_distribution.into(), stream }
    }

    /// How D judges: as probabilities, or as a critic's logits.
    fn judged(&self, logits: Var<'g>) -> Var<'g> {
        if self.spec.loss.probability { logits.sigmoid().mean() } else { logits.mean() }
    }

    fn part_d(&'a self, loss: Var<'g>, real: Var<'g>, fake: Var<'g>, masks: &Masks<'g>) -> Part<'a, 'g> {
        let accuracy = 0.5 * (real.step().mean() + (-fake).step().mean());
        let mut metrics = vec![self.judged(real), self.judged(fake), accuracy];
        if let Some(ada) = self.ada() {
            metrics.extend(ada.metrics(real - self.spec.loss.boundary.unwrap_or_default()));
        }
        Part {
            metrics,
            annealing: self.spec.annealing,
            clip: self.spec.weight_clip,
            ..self.discriminator.part((&self.d, masks), loss, self.spec.optimizer, [COUNTER_D as usize, 0])
        }
    }

    fn part_g(&'a self, loss: Var<'g>, fake: Var<'g>, masks: &Masks<'g>) -> Part<'a, 'g> {
        Part {
            metrics: vec![self.judged(fake)],
            annealing: self.spec.annealing,
            ema: self.ema.map(|average| (average, self.spec.ema)),
            ..self.generator.part((&self.g, masks), loss, self.spec.optimizer, [COUNTER_G as usize, column_g(self.spec)])
        }
    }

    fn ada(&self) -> Option<&Ada<'g>> {
        self.augmentation.as_ref()?.ada.as_ref()
    }

    /// An update of D, alone or with G, after which the probability of augmentations adapts.
    fn update_of_d(
        &self,
        m: &mut Model<'g>,
        draw: SequenceId,
        names: [&'static str; 2],
        parts: &[Part<'_, 'g>],
    ) -> Result<Update, LowerError> {
        let update = m.update(draw, names, parts)?;
        if let Some(ada) = self.ada() {
            // Behind the loss.
            ada.adapt(m, &update.values[0], 1 + METRICS_D, self.spec.batch)?;
        }
        Ok(update)
    }

    /// What is drawn to be done to images before D sees them, if anything.
    fn knobs(&self, m: &mut Model<'g>, of: (&str, usize), stream: u32, draws: &mut Vec<Draw>) -> Result<Drawn<'g>, LowerError> {
        match &self.augmentation {
            Some(augmentation) => Ok(augmentation.drawn(m, of, stream, draws)?),
            None => Ok(None),
        }
    }

    /// Images as D sees them.
    fn seen(&self, images: Var<'g>, knobs: &Drawn<'g>) -> Var<'g> {
        match (&self.augmentation, knobs) {
            (Some(augmentation), Some((knobs, _))) => augmentation.seen(images, *knobs),
            _ => images,
        }
    }

    /// The R1 and R2 penalties, from D's slope by each image and the first rows of real and of generated images.
    fn zero_centred(&self, slope: Var<'g>, [real, fake]: [usize; 2]) -> Var<'g> {
        let (r1, r2) = (self.spec.r1, self.spec.r2);
        if r1 == r2 && r1 > 0.0 {
            // The two means are twice the mean over all rows, which move together.
            return penalty::zero_centred(slope, 2.0 * r1);
        }
        let of = |first, gamma| match gamma {
            0.0 => slope.graph().constant(0.0, [1, 1]),
            _ => penalty::zero_centred(slope.part(first, self.spec.batch), gamma),
        };
        of(real, r1) + of(fake, r2)
    }

    /// The gradient penalty of points u between real and generated images, which do not move themselves.
    fn one_centred(&self, u: Var<'g>, masks: &mut Masks<'g>) -> Var<'g> {
        let u = u.detach();
        let logits = self.d.of(u, "step/D between", Pass::Training { groups: 1, own: false }, masks);
        penalty::one_centred(grad(logits, &[u])[0], self.spec.gradient_penalty)
    }

    /// Shares of the real image in each point of the gradient penalty, where there is one.
    fn shares(&self, m: &mut Model<'g>, draws: &mut Vec<Draw>) -> Result<Option<(Var<'g>, Tensor)>, LowerError> {
        if self.spec.gradient_penalty == 0.0 {
            return Ok(None);
        }
        let (leaf, tensor) = m.input("shares", [self.spec.batch, 1])?;
        draws.push(Draw::Noise { tensor: tensor.clone(), distribution: Distribution::Unit, stream: stream::SHARES });
        Ok(Some((leaf, tensor)))
    }

    /// [`Schedule::Alternating`](super::Schedule::Alternating): D on real and generated images as one batch, then G against the new D.
    pub(super) fn alternating(&'a self, m: &mut Model<'g>) -> Result<Updates, LowerError> {
        let (spec, b) = (self.spec, self.spec.batch);
        let own = |groups| Pass::Training { groups, own: true };
        let others = |groups| Pass::Training { groups, own: false };

        // D: real images above generated ones.
        let (z, z_d) = m.input("z_d", [b, spec.latent])?;
        let images = m.plan.stored("images", &[2 * b, spec.image.len()])?;
        let x = m.graph.leaf("x", [b, spec.image.len()]);
        m.lowering.place(x, &images, 0);
        let [mut g_masks, mut d_masks] = [Masks::default(), Masks::default()];
        let generated = self.g.of(z, "d_step/G", others(1), &mut g_masks);
        let both = x.stack(generated);
        m.lowering.place(both, &images, 0);
        m.lowering.place(generated, &images, b);
        let mut draws = vec![self.latents(&z_d, stream::LATENT_D), Draw::Batch { images: images.clone(), first_row: 0, count: b }];
        let knobs = self.knobs(m, ("knobs_d", 2 * b), stream::AUGMENT_D, &mut draws)?;
        let seen = self.seen(both, &knobs);
        let logits = self.d.of(seen, "d_step/D", own(2), &mut d_masks);
        let (real, fake) = (logits.part(0, b), logits.part(b, b));
        let mut loss = spec.loss_d_scale * (spec.loss.d)(real, fake) + self.zero_centred(grad(logits, &[both])[0], [0, b]);
        let shares = self.shares(m, &mut draws)?;
        if let Some((share, _)) = shares {
            loss = loss + self.one_centred(penalty::between(seen.part(0, b), seen.part(b, b), share), &mut d_masks);
        }
        draws.extend(m.masks(&g_masks, stream::MASK)?);
        draws.extend(m.masks(&d_masks, stream::MASK + NET)?);
        let draw = m.draw("draw_d", &draws, COUNTER_D)?;
        let d = self.update_of_d(m, draw, ["gradients_d", "apply_d"], &[self.part_d(loss, real, fake, &d_masks)])?;

        // G, through a D that stays.
        let (z, z_g) = m.input("z_g", [b, spec.latent])?;
        let [mut g_masks, mut d_masks] = [Masks::default(), Masks::default()];
        let generated = self.g.of(z, "g_step/G", own(1), &mut g_masks);
        let mut draws = vec![self.latents(&z_g, stream::LATENT_G)];
        let mut reals_g = None;
        let knobs_g;
        let (real, fake) = if spec.loss.g_sees_real {
            let (x, tensor) = m.input("x_g", [b, spec.image.len()])?;
            draws.push(Draw::Batch { images: tensor.clone(), first_row: 0, count: b });
            reals_g = Some(tensor);
            let both = x.stack(generated);
            knobs_g = self.knobs(m, ("knobs_g", 2 * b), stream::AUGMENT_G, &mut draws)?;
            let logits = self.d.of(self.seen(both, &knobs_g), "g_step/D", others(2), &mut d_masks);
            (logits.part(0, b), logits.part(b, b))
        } else {
            knobs_g = self.knobs(m, ("knobs_g", b), stream::AUGMENT_G, &mut draws)?;
            let fake = self.d.of(self.seen(generated, &knobs_g), "g_step/D", others(1), &mut d_masks);
            (fake, fake)
        };
        draws.extend(m.masks(&g_masks, stream::MASK + UPDATE_G)?);
        draws.extend(m.masks(&d_masks, stream::MASK + NET + UPDATE_G)?);
        let draw = m.draw("draw_g", &draws, COUNTER_G)?;
        let loss = (spec.loss.g)(real, fake);
        let g = m.update(draw, ["gradients_g", "apply_g"], &[self.part_g(loss, fake, &g_masks)])?;
        let shares = shares.map(|(_, tensor)| tensor);
        let knobs = [knobs, knobs_g].map(|knobs| knobs.map(|(_, tensor)| tensor));
        Ok(Updates { d, g, both: None, z: [z_d, z_g], images, reals_g, shares, knobs })
    }

    /// [`Schedule::Simultaneous`](super::Schedule::Simultaneous): one pass of G and D serves both losses, so that latents and masks are the
    /// same for both. Updates of one player alone, by hand, start from the same tensors. D's batch holds generated images first, because
    /// G's gradient goes back through the first rows alone.
    pub(super) fn simultaneous(&'a self, m: &mut Model<'g>) -> Result<Updates, LowerError> {
        let (spec, b) = (self.spec, self.spec.batch);
        let (z, z_tensor) = m.input("z", [b, spec.latent])?;
        let images = m.plan.stored("images", &[2 * b, spec.image.len()])?;
        let x = m.graph.leaf("x", [b, spec.image.len()]);
        m.lowering.place(x, &images, b);
        let [mut g_masks, mut d_masks] = [Masks::default(), Masks::default()];
        let pass = |own| Pass::Training { groups: 1, own };
        // Only an update of G itself moves its running statistics.
        let generated = self.g.of(z, "step/G", pass(true), &mut g_masks);
        let both = generated.stack(x);
        m.lowering.place(both, &images, 0);
        m.lowering.place(generated, &images, 0);
        let mut draws = vec![self.latents(&z_tensor, stream::LATENT_D), Draw::Batch { images: images.clone(), first_row: b, count: b }];
        let knobs = self.knobs(m, ("knobs", 2 * b), stream::AUGMENT_D, &mut draws)?;
        let seen = self.seen(both, &knobs);
        let logits = self.d.of(seen, "step/D", Pass::Training { groups: 2, own: true }, &mut d_masks);
        let (fake, real) = (logits.part(0, b), logits.part(b, b));
        let shares = self.shares(m, &mut draws)?;
        let loss_of_d = |both: Var<'g>, seen: Var<'g>, logits: Var<'g>, masks: &mut Masks<'g>| {
            let (fake, real) = (logits.part(0, b), logits.part(b, b));
            let mut loss = spec.loss_d_scale * (spec.loss.d)(real, fake) + self.zero_centred(grad(logits, &[both])[0], [b, 0]);
            if let Some((share, _)) = shares {
                let u = penalty::between(seen.part(b, b), seen.part(0, b), share);
                loss = loss + self.one_centred(u, masks);
            }
            loss
        };
        let loss_d = loss_of_d(both, seen, logits, &mut d_masks);
        let (loss_g, generated_logits) = ((spec.loss.g)(real, fake), fake);

        let (g_draws, d_draws) = (m.masks(&g_masks, stream::MASK)?, m.masks(&d_masks, stream::MASK + NET)?);
        draws.extend(g_draws.iter().chain(&d_draws).cloned());
        let draw_d = m.draw("draw", &draws, COUNTER_D)?;
        let parts = [self.part_d(loss_d, real, fake, &d_masks), self.part_g(loss_g, fake, &g_masks)];
        let both_at_once = self.update_of_d(m, draw_d, ["gradients", "apply"], &parts)?;

        // By hand, D alone: G makes images from the same tensors, and stays as it is.
        g_masks.rewind();
        d_masks.rewind();
        let resting = self.g.of(z, "step/G", pass(false), &mut g_masks);
        let both = resting.stack(x);
        m.lowering.place(both, &images, 0);
        m.lowering.place(resting, &images, 0);
        let seen = self.seen(both, &knobs);
        let logits = self.d.of(seen, "step/D", Pass::Training { groups: 2, own: true }, &mut d_masks);
        let (fake, real) = (logits.part(0, b), logits.part(b, b));
        let loss_d = loss_of_d(both, seen, logits, &mut d_masks);
        let d = self.update_of_d(m, draw_d, ["gradients_d", "apply_d"], &[self.part_d(loss_d, real, fake, &d_masks)])?;

        let again = |draw: &Draw| match draw.clone() {
            Draw::Mask { tensor, keep, stream } => Draw::Mask { tensor, keep, stream: stream + UPDATE_G },
            Draw::Knobs { tensor, how, .. } => Draw::Knobs { tensor, how, stream: stream::AUGMENT_G },
            other => other,
        };
        let knob_draws = draws.iter().filter(|draw| matches!(draw, Draw::Knobs { .. })).map(again);
        let mut draws: Vec<Draw> = knob_draws.chain(g_draws.iter().chain(&d_draws).map(again)).collect();
        draws.insert(0, self.latents(&z_tensor, stream::LATENT_G));
        let draw = m.draw("draw_g", &draws, COUNTER_G)?;
        let g = m.update(draw, ["gradients_g", "apply_g"], &[self.part_g(loss_g, generated_logits, &g_masks)])?;
        let shares = shares.map(|(_, tensor)| tensor);
        let knobs = knobs.map(|(_, tensor)| tensor);
        let both = Some(both_at_once);
        Ok(Updates { d, g, both, z: [z_tensor.clone(), z_tensor], images, reals_g: None, shares, knobs: [knobs.clone(), knobs] })
    }
}
