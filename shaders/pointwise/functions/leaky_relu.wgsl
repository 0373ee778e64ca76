// x for positive x, alpha x for the others; for NaN both are NaN, whichever a compiler takes (see relu.wgsl).
fn value(x: f32, alpha: f32) -> f32 {
    return select(alpha * x, x, x > 0.0);
}

// Slope as a function of y = value(x), which has the sign of x.
fn slope(y: f32, alpha: f32) -> f32 {
    return select(alpha, 1.0, y > 0.0);
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return 0.0;
}
