// Not max(x, 0), which may turn NaN into 0 and so hide that training has failed.
fn value(x: f32, alpha: f32) -> f32 {
    return select(x, 0.0, x <= 0.0);
}

// Slope as a function of y = value(x).
fn slope(y: f32, alpha: f32) -> f32 {
    return select(0.0, 1.0, y > 0.0);
}
