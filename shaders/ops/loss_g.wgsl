// The generator's loss and its slope by each logit.
struct Params {
    rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<stored>; // [rows]
@group(0) @binding(2) var<storage, read_write> dlogits: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read_write> loss: array<f32>; // [4]: loss, mean D(G(z)), 0, 0

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
    let weight = 1.0 / f32(params.rows);
    var total = 0.0;
    var d_fake = 0.0;
    for (var i = thread; i < params.rows; i += 256u) {
        let a = f32(logits[i]);
        dlogits[i] = weight * g_slope(a);
        total += weight * g_value(a);
        d_fake += weight * sigmoid(a);
    }
    total = workgroup_sum(thread, total);
    d_fake = workgroup_sum(thread, d_fake);
    if thread == 0u {
        loss[0] = total;
        loss[1] = d_fake;
        loss[2] = 0.0;
        loss[3] = 0.0;
    }
}
