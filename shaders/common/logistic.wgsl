// log(1 + e^a) without overflow, and its slope. Half of a + |a| is max(a, 0), but for NaN, which max may turn into 0; SwiftShader then
// gives infinity for the logarithm.
fn softplus(a: f32) -> f32 {
    return 0.5 * (a + abs(a)) + log(1.0 + exp(-abs(a)));
}

fn sigmoid(a: f32) -> f32 {
    let e = exp(-abs(a));
    return select(e, 1.0, a >= 0.0) / (1.0 + e);
}
