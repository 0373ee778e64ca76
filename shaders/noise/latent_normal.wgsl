// Standard normal by the inverse of its distribution function, sqrt 2 * erfinv(2 u - 1), with the single-precision polynomials
// of M. Giles, "Approximating the erfinv function", GPU Computing Gems 2, 2010. Needs only log and sqrt, whose precision WGSL
// bounds tightly; Box-Muller would need cos, which WGSL bounds at 2^-11.
fn latent(bits: u32) -> f32 {
    let u = 2.0 * uniform01(bits) - 1.0;
    var w = -log((1.0 - u) * (1.0 + u));
    var p: f32;
    if w < 5.0 {
        w -= 2.5;
        p = 2.81022636e-08;
        p = 3.43273939e-07 + p * w;
        p = -3.5233877e-06 + p * w;
        p = -4.39150654e-06 + p * w;
        p = 0.00021858087 + p * w;
        p = -0.00125372503 + p * w;
        p = -0.00417768164 + p * w;
        p = 0.246640727 + p * w;
        p = 1.50140941 + p * w;
    } else {
        w = sqrt(w) - 3.0;
        p = -0.000200214257;
        p = 0.000100950558 + p * w;
        p = 0.00134934322 + p * w;
        p = -0.00367342844 + p * w;
        p = 0.00573950773 + p * w;
        p = -0.0076224613 + p * w;
        p = 0.00943887047 + p * w;
        p = 1.00167406 + p * w;
        p = 2.83297682 + p * w;
    }
    return 1.4142135623730951 * p * u;
}
