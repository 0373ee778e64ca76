// log(1 + e^a) without overflow, and its slope.
fn softplus(a: f32) -> f32 {
    return max(a, 0.0) + log(1.0 + exp(-abs(a)));
}

fn sigmoid(a: f32) -> f32 {
    let e = exp(-abs(a));
    return select(e, 1.0, a >= 0.0) / (1.0 + e);
}
