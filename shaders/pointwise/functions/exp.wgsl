fn value(x: f32, alpha: f32) -> f32 {
    return exp(x);
}

// Slope as a function of y = value(x).
fn slope(y: f32, alpha: f32) -> f32 {
    return y;
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return y;
}
