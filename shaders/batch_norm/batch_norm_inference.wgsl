// Batch normalisation when sampling: y = activation(w (x - running_mean) / sqrt(running_var + epsilon) + b) per channel. Rows do not
// depend on each other. Written from row `first_row` of y on.
struct Params {
    rows: u32,
    channels: u32,
    positions: u32,
    first_row: u32,
    epsilon: f32,
    alpha: f32, // parameter of the activation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<stored>; // [rows, channels, positions]
@group(0) @binding(2) var<storage, read> w: array<f32>; // [channels]
@group(0) @binding(3) var<storage, read> b: array<f32>; // [channels]
@group(0) @binding(4) var<storage, read> running_mean: array<f32>; // [channels]
@group(0) @binding(5) var<storage, read> running_var: array<f32>; // [channels]
@group(0) @binding(6) var<storage, read_write> y: array<stored>; // [first_row + rows, channels, positions]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.channels * params.positions {
        let c = i / params.positions % params.channels;
        let inv_std = 1.0 / sqrt(running_var[c] + params.epsilon);
        let at = params.first_row * params.channels * params.positions + i;
        y[at] = stored(value((f32(x[i]) - running_mean[c]) * (inv_std * w[c]) + b[c], params.alpha));
    }
}
