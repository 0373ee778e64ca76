fn value(x: f32, alpha: f32) -> f32 {
    return max(x, 0.0);
}

// Slope as a function of y = value(x).
fn slope(y: f32, alpha: f32) -> f32 {
    return select(0.0, 1.0, y > 0.0);
}
