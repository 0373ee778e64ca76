// 1 / (1 + e^-x), with an exponent that cannot overflow.
fn value(x: f32, alpha: f32) -> f32 {
    let e = exp(-abs(x));
    return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// Slope as a function of y = value(x).
fn slope(y: f32, alpha: f32) -> f32 {
    return y * (1.0 - y);
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return y * (1.0 - y) * (1.0 - 2.0 * y);
}
