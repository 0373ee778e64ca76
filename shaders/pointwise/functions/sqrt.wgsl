fn value(x: f32, alpha: f32) -> f32 {
    return sqrt(x);
}

// Slope as a function of y = sqrt(x). At 0, where there is none, it counts as 0: a gradient that is 0 has no direction.
fn slope(y: f32, alpha: f32) -> f32 {
    return select(0.5 / y, 0.0, y == 0.0);
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return select(-0.25 / (y * y * y), 0.0, y == 0.0);
}
