// NaN stays what it is, by its bits: a driver may make a number of it.
fn value(x: f32, alpha: f32) -> f32 {
    let bits = bitcast<u32>(x);
    return bitcast<f32>(select(bitcast<u32>(log(x)), bits, (bits & 0x7fffffffu) > 0x7f800000u));
}

// Slope as a function of x.
fn slope(x: f32, alpha: f32) -> f32 {
    return 1.0 / x;
}

// Second derivative as a function of x.
fn second(x: f32, alpha: f32) -> f32 {
    return -1.0 / (x * x);
}
