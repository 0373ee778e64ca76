// Goodfellow et al. 2014, equation 1, on logits a with D(x) = sigmoid(a).
// D minimises -log D(x) - log(1 - D(G(z))); G minimises log(1 - D(G(z))).
fn d_real_value(a: f32) -> f32 { return softplus(-a); }
fn d_real_slope(a: f32) -> f32 { return -sigmoid(-a); }
fn d_fake_value(a: f32) -> f32 { return softplus(a); }
fn d_fake_slope(a: f32) -> f32 { return sigmoid(a); }
fn g_value(a: f32) -> f32 { return -softplus(a); }
fn g_slope(a: f32) -> f32 { return -sigmoid(a); }
