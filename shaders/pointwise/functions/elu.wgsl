// x for positive x, alpha (e^x - 1) for the others (Clevert et al. 2016). NaN may compare either way, and min may drop it: it is chosen
// by its bits (see relu.wgsl).
fn value(x: f32, alpha: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let y = bitcast<u32>(select(x, alpha * (exp(min(x, 0.0)) - 1.0), x <= 0.0));
    return bitcast<f32>(select(y, bits, (bits & 0x7fffffffu) > 0x7f800000u));
}

// Slope as a function of y = value(x), which has the sign of x.
fn slope(y: f32, alpha: f32) -> f32 {
    return select(1.0, y + alpha, y <= 0.0);
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return select(0.0, y + alpha, y <= 0.0);
}
