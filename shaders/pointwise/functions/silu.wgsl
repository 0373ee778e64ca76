// x sigmoid(x) (Elfwing et al. 2018).
fn value(x: f32, alpha: f32) -> f32 {
    return x * sigmoid(x);
}

// Slope as a function of x.
fn slope(x: f32, alpha: f32) -> f32 {
    let s = sigmoid(x);
    return s * (1.0 + x * (1.0 - s));
}

// Second derivative as a function of x.
fn second(x: f32, alpha: f32) -> f32 {
    let s = sigmoid(x);
    return s * (1.0 - s) * (2.0 + x * (1.0 - 2.0 * s));
}
