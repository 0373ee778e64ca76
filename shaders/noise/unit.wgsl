// Uniform on (0, 1): no latent, but a share.
fn latent(bits: u32) -> f32 {
    return uniform01(bits);
}
