fn value(x: f32, alpha: f32) -> f32 {
    return x * x;
}

// Slope as a function of x.
fn slope(x: f32, alpha: f32) -> f32 {
    return 2.0 * x;
}

// Second derivative as a function of x.
fn second(x: f32, alpha: f32) -> f32 {
    return 2.0;
}
