// x for positive x, alpha (e^x - 1) for the others (Clevert et al. 2016).
fn value(x: f32, alpha: f32) -> f32 {
    return select(x, alpha * (exp(min(x, 0.0)) - 1.0), x <= 0.0);
}

// Slope as a function of y = value(x), which has the sign of x.
fn slope(y: f32, alpha: f32) -> f32 {
    return select(1.0, y + alpha, y <= 0.0);
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return select(0.0, y + alpha, y <= 0.0);
}
