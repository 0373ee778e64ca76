// Drivers may compute tanh as sinh / cosh, which overflows: beyond 15 it is 1 in f32 anyway. They may also clamp NaN to a bound,
// which would hide that training has failed, and take x != x for false; the bits of x tell, and are chosen as bits (see relu.wgsl).
fn value(x: f32, alpha: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let y = bitcast<u32>(tanh(clamp(x, -15.0, 15.0)));
    return bitcast<f32>(select(y, bits, (bits & 0x7fffffffu) > 0x7f800000u));
}

// Slope as a function of y = value(x).
fn slope(y: f32, alpha: f32) -> f32 {
    return 1.0 - y * y;
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return -2.0 * y * (1.0 - y * y);
}
