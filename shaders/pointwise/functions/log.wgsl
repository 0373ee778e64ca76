fn value(x: f32, alpha: f32) -> f32 {
    return log(x);
}

// Slope as a function of x.
fn slope(x: f32, alpha: f32) -> f32 {
    return 1.0 / x;
}

// Second derivative as a function of x.
fn second(x: f32, alpha: f32) -> f32 {
    return -1.0 / (x * x);
}
