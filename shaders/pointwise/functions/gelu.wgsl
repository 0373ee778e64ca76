// x Phi(x), with Phi the distribution function of the standard normal distribution (Hendrycks and Gimpel 2016).
fn value(x: f32, alpha: f32) -> f32 {
    return x * normal_below(x);
}

// Slope as a function of x.
fn slope(x: f32, alpha: f32) -> f32 {
    return normal_below(x) + x * normal_density(x);
}

// Second derivative as a function of x.
fn second(x: f32, alpha: f32) -> f32 {
    return (2.0 - x * x) * normal_density(x);
}
