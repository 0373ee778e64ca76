//! Counter-based randomness: a value is a function of (seed, step, stream, index). The host's copy of `shaders/common/rng.wgsl`,
//! and the list of streams.

/// Streams of randomness: what a random number is for. Streams of one seed are independent.
pub mod stream {
    /// Latents of discriminator updates.
    pub const LATENT_D: u32 = 1;
    /// Latents of generator updates.
    pub const LATENT_G: u32 = 2;
    /// Latents of the previews, the same all through a run.
    pub const LATENT_PREVIEW: u32 = 3;
    /// Latents of `ganvas sample` and `ganvas interpolate`.
    pub const LATENT_SAMPLE: u32 = 4;
    /// Points of known distributions.
    pub const POINTS: u32 = 5;
    /// Where the gradient penalty takes D's slope, between real and generated images.
    pub const SHARES: u32 = 6;
    /// Directions that patches are projected onto by the sliced Wasserstein distance.
    pub const DIRECTIONS: u32 = 12;
    /// Where its patches lie.
    pub const PATCHES: u32 = 13;
    /// How far a classifier's pictures are moved.
    pub const SHIFTS: u32 = 14;
    /// Order of images, four streams.
    pub const ORDER: u32 = 8;
    /// Which real images are mirrored.
    pub const MIRRORED: u32 = 12;
    /// What is done to the pictures that D sees in its own updates.
    pub const AUGMENT_D: u32 = 13;
    /// The same in updates of G.
    pub const AUGMENT_G: u32 = 14;
    /// Initial parameters of the generator, one stream per tensor.
    pub const INIT_G: u32 = 1 << 16;
    /// Initial parameters of the discriminator.
    pub const INIT_D: u32 = 2 << 16;
    /// Dropout masks, one stream per layer and pass.
    pub const MASK: u32 = 3 << 16;
    /// Initial parameters of a classifier: of its features, and of its last layer.
    pub const INIT_CLASSIFIER: [u32; 2] = [4 << 16, 5 << 16];
}

/// PCG4D of Jarzynski and Olano, JCGT 9(3), 2020: four hashed words of four.
#[inline(always)]
pub fn pcg4d(key: [u32; 4]) -> [u32; 4] {
    let mut v = key.map(|k| k.wrapping_mul(1664525).wrapping_add(1013904223));
    let mix = |v: &mut [u32; 4]| {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[3]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
        v[3] = v[3].wrapping_add(v[1].wrapping_mul(v[2]));
    };
    mix(&mut v);
    v = v.map(|x| x ^ (x >> 16));
    mix(&mut v);
    v
}

/// 32 random bits, a function of the four numbers.
#[inline(always)]
pub fn random_bits(seed: u32, step: u32, stream: u32, index: u32) -> u32 {
    pcg4d([seed, step, stream, index])[0]
}

/// Uniform on (0, 1), exact in f32.
#[inline(always)]
pub fn uniform01(bits: u32) -> f32 {
    ((bits >> 9) as f32 + 0.5) * f32::EPSILON
}
