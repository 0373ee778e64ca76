// log(1 + e^x).
fn value(x: f32, alpha: f32) -> f32 {
    return softplus(x);
}

// Slope as a function of x.
fn slope(x: f32, alpha: f32) -> f32 {
    return sigmoid(x);
}

// Second derivative as a function of x.
fn second(x: f32, alpha: f32) -> f32 {
    let s = sigmoid(x);
    return s * (1.0 - s);
}
