// The discriminator's loss times `scale`, and its slope by each logit. Of the logits, `rows` from `real` on are those of real images,
// `rows` from `fake` on those of generated ones.
// The R1 penalty gamma/2 * mean |grad D|^2 arrives as the tangent of each real logit, gamma/rows * |grad D|^2.
struct Params {
    rows: u32,
    tangent_rows: u32, // rows, or 0 without R1
    real: u32, // 0 or rows
    fake: u32, // the other of them
    scale: f32, // of the loss, not of the penalty
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<stored>; // [rows + rows]
@group(0) @binding(2) var<storage, read> tangent: array<f32>; // [tangent_rows]
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>; // [rows + rows]
@group(0) @binding(4) var<storage, read_write> loss: array<f32>; // [4]: loss, mean D(x), mean D(G(z)), accuracy of D

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
    let weight = 1.0 / f32(params.rows);
    let scaled = params.scale * weight;
    var total = 0.0;
    var d_real = 0.0;
    var d_fake = 0.0;
    var right = 0.0;
    for (var i = thread; i < params.rows; i += 256u) {
        let real = f32(logits[params.real + i]);
        let fake = f32(logits[params.fake + i]);
        dlogits[params.real + i] = scaled * d_real_slope(real);
        dlogits[params.fake + i] = scaled * d_fake_slope(fake);
        total += scaled * (d_real_value(real) + d_fake_value(fake));
        d_real += weight * sigmoid(real);
        d_fake += weight * sigmoid(fake);
        right += 0.5 * weight * (select(0.0, 1.0, real > 0.0) + select(0.0, 1.0, fake < 0.0));
    }
    for (var i = thread; i < params.tangent_rows; i += 256u) {
        total += 0.5 * tangent[i];
    }
    total = workgroup_sum(thread, total);
    d_real = workgroup_sum(thread, d_real);
    d_fake = workgroup_sum(thread, d_fake);
    right = workgroup_sum(thread, right);
    if thread == 0u {
        loss[0] = total;
        loss[1] = d_real;
        loss[2] = d_fake;
        loss[3] = right;
    }
}
