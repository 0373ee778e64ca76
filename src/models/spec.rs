//! What a GAN is made of.

use super::{init::Init, loss::Loss, schedule::Schedule};
use crate::{
    layers::Extent,
    ops::{Annealing, LatentDistribution, Optimizer, augment::Augments},
    plan::Storage,
    random::stream,
};

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
    /// What an image holds.
    pub image: Extent,
    /// Images in the data set.
    pub images: usize,
    /// Batches of them on the device at once, where the host feeds it with them; none where the whole set lies there.
    pub staged: Option<usize>,
    /// Images per batch, real and generated each.
    pub batch: usize,
    /// Whether left and right of real images change places with probability 1/2.
    pub flip: bool,
    /// What is done to all images, real and generated, before D sees them.
    pub augments: Augments,
    /// The mean sign of D on real images at which the probability of each of [`GanSpec::augments`] rests (Karras et al. 2020); none where
    /// the probability is 1.
    pub ada: Option<f32>,
    /// What the players minimise.
    pub loss: &'static Loss,
    /// Factor on D's loss, but not on penalties.
    pub loss_d_scale: f32,
    /// In which order the players move.
    pub schedule: Schedule,
    /// Weight gamma of the penalty gamma/2 * mean |grad_x D(x)|^2 on real images (Mescheder et al. 2018); 0 for none.
    pub r1: f32,
    /// The same on generated images.
    pub r2: f32,
    /// Weight lambda of the penalty lambda * mean (|grad D| - 1)^2 between real and generated images (Gulrajani et al. 2017); 0 for none.
    pub gradient_penalty: f32,
    /// Bound of D's weights, to which they are clipped after each of its updates (Arjovsky et al. 2017).
    pub weight_clip: Option<f32>,
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
    /// What is known of the data where they are points, and no images.
    pub points: Option<Points>,
}

/// Data that are points of one or two values.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Points {
    /// Name, for messages.
    pub name: &'static str,
    /// The smallest and the largest value to be expected, which G must reach.
    pub reach: [f64; 2],
    /// Places at which D is asked what it makes of them.
    pub places: usize,
}

impl GanSpec {
    /// The mean sign of D at which the probability of augmentations rests, where there are any and it adapts.
    pub(super) fn ada_target(&self) -> Option<f32> {
        self.ada.filter(|_| !self.augments.is_empty())
    }

    /// Latents of the previews `[previews, latent]`, the same all through a run. Points made of one value each get its quantiles in
    /// order, so that a figure shows all of z -> G(z), and the density of G(z) without noise.
    pub fn preview_latents(&self) -> Vec<f32> {
        let (distribution, n) = (self.latent_distribution, self.previews);
        if self.points.is_some() && self.latent == 1 {
            let mut z = vec![0.0; n];
            distribution.latents(|i| ((i as f64 + 0.5) / n as f64 * 4_294_967_296.0) as u32, &mut z);
            return z;
        }
        distribution.draw(self.seed, 0, stream::LATENT_PREVIEW, n, self.latent)
    }
}
