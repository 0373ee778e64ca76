// log(1 + e^a) without overflow, and its slope. Half of a + |a| is max(a, 0), but for NaN, which max may turn into 0; SwiftShader then
// gives infinity for the logarithm.
fn softplus(a: f32) -> f32 {
    return 0.5 * (a + abs(a)) + log(1.0 + exp(-abs(a)));
}

fn sigmoid(a: f32) -> f32 {
    let e = exp(-abs(a));
    let bits = bitcast<u32>(a);
    let y = bitcast<u32>(select(e, 1.0, a >= 0.0) / (1.0 + e));
    return bitcast<f32>(select(y, bits, (bits & 0x7fffffffu) > 0x7f800000u));
}
