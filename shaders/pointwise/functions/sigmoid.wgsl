// 1 / (1 + e^-x), with an exponent that cannot overflow.
// NaN stays what it is, by its bits: a driver may make a number of it.
fn value(x: f32, alpha: f32) -> f32 {
    let e = exp(-abs(x));
    let bits = bitcast<u32>(x);
    let y = bitcast<u32>(select(e, 1.0, x >= 0.0) / (1.0 + e));
    return bitcast<f32>(select(y, bits, (bits & 0x7fffffffu) > 0x7f800000u));
}

// Slope as a function of y = value(x).
fn slope(y: f32, alpha: f32) -> f32 {
    return y * (1.0 - y);
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return y * (1.0 - y) * (1.0 - 2.0 * y);
}
