// Uniform on (-sqrt 3, sqrt 3): mean 0, variance 1.
fn latent(bits: u32) -> f32 {
    return (2.0 * uniform01(bits) - 1.0) * 1.7320508075688772;
}
