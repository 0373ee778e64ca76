// 0 for negative x. Not max(x, 0), which may turn NaN into 0 and so hide that training has failed; nor by a comparison of x, which a
// compiler that takes NaN for impossible may turn round (Metal's does: wgpu 30 translates to MSL for its default mode, fast math, and
// has no switch for it). The bits of x tell: those of -0 to -infinity follow each other.
fn value(x: f32, alpha: f32) -> f32 {
    let bits = bitcast<u32>(x);
    return bitcast<f32>(select(bits, 0u, bits - 0x80000000u <= 0x7f800000u));
}

// Slope as a function of y = value(x).
fn slope(y: f32, alpha: f32) -> f32 {
    return select(0.0, 1.0, y > 0.0);
}

// Second derivative by x, as a function of y.
fn second(y: f32, alpha: f32) -> f32 {
    return 0.0;
}
