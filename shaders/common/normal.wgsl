// The standard normal distribution.
fn normal_density(x: f32) -> f32 {
    return 0.3989422804 * exp(-0.5 * x * x);
}

// How likely a value lies below x: 1/2 (1 + erf(x / sqrt 2)), with erf to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
fn normal_below(x: f32) -> f32 {
    let z = abs(x) * 0.7071067812;
    let t = 1.0 / (1.0 + 0.3275911 * z);
    let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    let tail = 0.5 * p * exp(-z * z);
    return select(tail, 1.0 - tail, x >= 0.0);
}
