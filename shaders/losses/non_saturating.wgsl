// Goodfellow et al. 2014, section 3, on logits a with D(x) = sigmoid(a).
// D as in the minimax game; G minimises -log D(G(z)), whose slope does not vanish while D wins.
fn d_real_value(a: f32) -> f32 { return softplus(-a); }
fn d_real_slope(a: f32) -> f32 { return -sigmoid(-a); }
fn d_fake_value(a: f32) -> f32 { return softplus(a); }
fn d_fake_slope(a: f32) -> f32 { return sigmoid(a); }
fn g_value(a: f32) -> f32 { return softplus(-a); }
fn g_slope(a: f32) -> f32 { return -sigmoid(-a); }
