// 1 for positive x, else 0. NaN stays what it is, so that a count shows it.
fn value(x: f32, alpha: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let y = bitcast<u32>(select(0.0, 1.0, x > 0.0));
    return bitcast<f32>(select(y, bits, (bits & 0x7fffffffu) > 0x7f800000u));
}

// Slope as a function of y: constant on both sides.
fn slope(y: f32, alpha: f32) -> f32 {
    return 0.0;
}

// Second derivative by x.
fn second(y: f32, alpha: f32) -> f32 {
    return 0.0;
}
