//! Shared WGSL functions, by file.

use super::Snippet;

macro_rules! snippet {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {$(
        $(#[$doc])*
        pub static $name: Snippet = Snippet { name: $file, source: include_str!(concat!("../../shaders/common/", $file, ".wgsl")) };
    )*};
}

snippet! {
    /// Index of a thread's element.
    ELEMENT = "element";
    /// Counter-based random bits.
    RNG = "rng";
    /// Sum over a workgroup by a fixed tree.
    REDUCE = "reduce";
    /// Sums per channel over a workgroup by a fixed tree.
    CHANNELS = "channels";
    /// softplus and sigmoid.
    LOGISTIC = "logistic";
    /// The learning rate as it is now.
    ANNEAL = "anneal";
    /// Latents from the standard normal distribution.
    LATENT_NORMAL = "latent_normal";
    /// Latents from the uniform distribution of variance 1.
    LATENT_UNIFORM = "latent_uniform";
}
