//! The variational autoencoder (Kingma and Welling 2014): an encoder gives mean and log variance of a code, a decoder the logits of the
//! picture, and one loss moves both.

use super::{
    gan::ModelError,
    model::{Draw, Model, Part, Update},
    network::Network,
    player::Player,
};
use crate::{
    graph::{Graph, Var},
    layers::{Extent, Masks, Pass},
    ops::{LatentDistribution, Optimizer},
    plan::{Plan, Tensor},
    random::stream,
};

/// What a VAE is made of.
#[derive(Clone, Debug)]
pub struct VaeSpec {
    /// Layer list from a picture to means and log variances, `2 * latent` values.
    pub encoder: Vec<String>,
    /// Layer list from a code to the picture's logits.
    pub decoder: Vec<String>,
    /// What a picture holds, values between 0 and 1.
    pub image: Extent,
    /// Values per code.
    pub latent: usize,
    /// Pictures per batch.
    pub batch: usize,
    /// Weight of the divergence from the prior; 1 is the evidence lower bound.
    pub beta: f32,
    /// Optimizer of both nets.
    pub optimizer: Optimizer,
    /// Seed of everything random.
    pub seed: u32,
}

/// A VAE: its plan, and the tensors that the host reads and writes.
pub struct Vae {
    /// The plan, to be given to an engine.
    pub plan: Plan,
    /// One update; draws the noise, and takes the pictures from [`Vae::x`]. Its first values are loss, reconstruction error and divergence.
    pub update: Update,
    /// Encoder.
    pub encoder: Player,
    /// Decoder.
    pub decoder: Player,
    /// Learning rates of encoder and decoder `[2]`.
    pub dials: Tensor,
    /// Pictures `[batch, pixels]`, for the host to fill.
    pub x: Tensor,
    /// Noise of the codes `[batch, latent]`.
    pub noise: Tensor,
}

/// The negative log likelihood of pictures under Bernoulli pixels, from their logits: summed over pixels, mean over pictures.
fn reconstruction<'g>(logits: Var<'g>, x: Var<'g>) -> Var<'g> {
    (logits.softplus() - logits * x).row_sums().mean()
}

/// KL(N(mean, e^log_variance) || N(0, 1)), summed over the code, mean over pictures (appendix B).
fn divergence<'g>(mean: Var<'g>, log_variance: Var<'g>) -> Var<'g> {
    (0.5 * (log_variance.exp() + mean.square() - 1.0 - log_variance)).row_sums().mean()
}

impl Vae {
    /// Writes the plan.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &VaeSpec) -> Result<Vae, ModelError> {
        let encoder = Network::parse("E", "encoder", &spec.encoder, spec.image, spec.image)?;
        encoder.expect_outputs(Extent::values(2 * spec.latent), "mean and log variance of a code")?;
        let decoder = Network::parse("R", "decoder", &spec.decoder, spec.latent, spec.image)?;
        decoder.expect_outputs(spec.image, "a picture")?;
        let mut plan = Plan::default();
        let encoder = Player::new(&mut plan, encoder, &spec.optimizer)?;
        let decoder = Player::new(&mut plan, decoder, &spec.optimizer)?;
        let graph = Graph::new();
        let mut m = Model::new(&graph, plan, 2, Model::columns(2) + Model::columns(0), spec.seed)?;
        let (e, r) = (m.net(&encoder.network, &encoder.weights), m.net(&decoder.network, &decoder.weights));
        let (x, x_tensor) = m.input("x", [spec.batch, spec.image.len()])?;
        let (noise, noise_tensor) = m.input("noise", [spec.batch, spec.latent])?;

        let pass = Pass::Training { groups: 1, own: true };
        let [mut e_masks, mut r_masks] = [Masks::default(), Masks::default()];
        let code = e.of(x, "E", pass, &mut e_masks);
        let (mean, log_variance) = (code.columns_part(0, spec.latent), code.columns_part(spec.latent, spec.latent));
        let z = mean + (0.5 * log_variance).exp() * noise;
        let logits = r.of(z, "R", pass, &mut r_masks);
        let (error, kl) = (reconstruction(logits, x), divergence(mean, log_variance));
        let loss = error + spec.beta * kl;

        let mut draws =
            vec![Draw::Noise { tensor: noise_tensor.clone(), distribution: LatentDistribution::Normal.into(), stream: stream::LATENT_D }];
        draws.extend(m.masks(&e_masks, stream::MASK)?);
        draws.extend(m.masks(&r_masks, stream::MASK + 0x1000)?);
        let draw = m.draw("draw", &draws, 0)?;
        let parts = [
            Part { metrics: vec![error, kl], ..encoder.part((&e, &e_masks), loss, spec.optimizer, [0, 0]) },
            decoder.part((&r, &r_masks), loss, spec.optimizer, [1, Model::columns(2)]),
        ];
        let update = m.update(draw, ["gradients", "apply"], &parts)?;
        let (plan, dials) = (m.plan, m.dials);
        Ok(Vae { plan, update, encoder, decoder, dials, x: x_tensor, noise: noise_tensor })
    }

    /// Initial values of both nets, by tensor.
    pub fn initial_values(&self, seed: u32) -> Vec<(&Tensor, Vec<f32>)> {
        let mut values = self.encoder.initial_values(seed, stream::INIT_G);
        values.extend(self.decoder.initial_values(seed, stream::INIT_D));
        values
    }
}
