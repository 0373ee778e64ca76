//! The two networks of a GAN, read from their layer lists and checked against each other, the data and the game.

use super::{
    network::{Network, NetworkError},
    schedule::Schedule,
    spec::{GanSpec, Points},
};
use crate::{layers::Extent, ops::augment::Augment};

/// Range of the generator's images: that of its last activation, (-1, 1) where that is unbounded.
pub fn image_range(generator: &Network) -> (f32, f32) {
    generator.last_activation().kind.range.unwrap_or((-1.0, 1.0))
}

/// Reads and checks both layer lists.
///
/// # Errors
/// [`NetworkError`] that names the layer and what to change.
pub fn networks(spec: &GanSpec) -> Result<(Network, Network), NetworkError> {
    check_pictures(spec)?;
    let mut generator = Network::parse("G", "generator", &spec.generator, spec.latent, spec.image)?;
    generator.expect_outputs(spec.image, "an image of the data set")?;
    if generator.ends_in_mask() {
        let what = "must not be the generator's last layer: it would blacken pixels; remove it".into();
        return Err(generator.error_at(generator.list_len() - 1, what));
    }
    if let (Some(Points { name, reach: [from, to], .. }), Some((low, high))) = (spec.points, generator.last_activation().kind.range)
        && (f64::from(low) > from || f64::from(high) < to)
    {
        let what = format!("reaches only from {low} to {high}, but {name} lies between {from:.2} and {to:.2}; remove it");
        return Err(generator.error_at(generator.list_len() - 1, what));
    }
    let mut discriminator = Network::parse("D", "discriminator", &spec.discriminator, spec.image, spec.image)?;
    discriminator.expect_outputs(Extent::values(1), "the logit of the discriminator")?;
    if !discriminator.last_activation().is_identity() {
        let what = "must not be the last layer: the loss takes logits and applies the sigmoid itself; remove it".into();
        return Err(discriminator.error_at(discriminator.list_len() - 1, what));
    }
    let penalties = [("R1", spec.r1, "r1"), ("R2", spec.r2, "r2"), ("gradient", spec.gradient_penalty, "gradient_penalty")];
    let penalty = penalties.into_iter().find(|(_, weight, _)| *weight > 0.0);
    if let (Some((name, _, key)), Some(index)) = (penalty, discriminator.first_mixing()) {
        let what = format!(
            "mixes the images of a batch, and the {name} penalty needs the slope of D by each image alone; remove it, or use {key} = 0"
        );
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
    if spec.output_bias_from_data && !(generator.has_output_bias() && generator.last_activation().kind.range.is_some()) {
        let what = "output_bias = \"data_mean\" needs a generator that ends in 'linear image, sigmoid' or 'linear image, tanh'; \
                    end it so, or use output_bias = \"init\""
            .into();
        return Err(generator.error_at(generator.list_len() - 1, what));
    }
    (generator.init, discriminator.init) = (spec.init[0], spec.init[1]);
    Ok((generator, discriminator))
}

/// What is done to pictures needs some, of a size at which it leaves something of them.
fn check_pictures(spec: &GanSpec) -> Result<(), NetworkError> {
    let Extent { height, width, .. } = spec.image;
    let keys = [("flip", spec.flip), ("augment", !spec.augments.is_empty())];
    for (key, _) in keys.into_iter().filter(|(_, asked)| *asked) {
        let what = match spec.points {
            Some(points) => format!("{} is made of points", points.name),
            None if spec.image.pixels() == 1 => format!("the data are rows of {} values", spec.image),
            None => continue,
        };
        return Err(NetworkError::Pictures { key, what: format!("needs pictures, and {what}; leave it out") });
    }
    match spec.augments.rows().find(|row| height.min(width) < row.least) {
        None => Ok(()),
        Some(Augment { name, least, .. }) => {
            let what =
                format!("{name} needs pictures of at least {least} x {least}, and these are {width} wide and {height} high; leave it out");
            Err(NetworkError::Pictures { key: "augment", what })
        }
    }
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
