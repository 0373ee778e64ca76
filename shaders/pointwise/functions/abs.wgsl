fn value(x: f32, alpha: f32) -> f32 {
    return abs(x);
}

// Slope as a function of x; 0 at 0.
fn slope(x: f32, alpha: f32) -> f32 {
    return sign(x);
}

// Second derivative as a function of x.
fn second(x: f32, alpha: f32) -> f32 {
    return 0.0;
}
