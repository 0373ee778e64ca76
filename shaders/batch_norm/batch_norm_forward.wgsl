// Batch normalisation while training (Ioffe and Szegedy 2015, algorithm 1): y = activation(w (x - mean) / std + b) per channel, with
// mean and biased variance over the rows of a group and their positions. Written from row `first_row` of y on.
//
// The rows are cut into `groups` equal parts, each with statistics of its own. The running ones move by `momentum` towards those
// of each group in turn, the variance towards the unbiased one; momentum 0 leaves them.
struct Params {
    rows: u32,
    channels: u32,
    positions: u32,
    groups: u32,
    across: u32, // channels per workgroup
    first_row: u32,
    momentum: f32,
    epsilon: f32,
    alpha: f32, // parameter of the activation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<stored>; // [rows, channels, positions]
@group(0) @binding(2) var<storage, read> w: array<f32>; // [channels]
@group(0) @binding(3) var<storage, read> b: array<f32>; // [channels]
@group(0) @binding(4) var<storage, read_write> running_mean: array<f32>; // [channels]
@group(0) @binding(5) var<storage, read_write> running_var: array<f32>; // [channels]
@group(0) @binding(6) var<storage, read_write> saved: array<f32>; // [2, groups, channels]: mean, then 1 / std
@group(0) @binding(7) var<storage, read_write> y: array<stored>; // [first_row + rows, channels, positions]

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let c = first_channel(id, workgroups, params.across) + thread % params.across;
    let inside = c < params.channels;
    let lane = thread / params.across;
    let lanes = 256u / params.across;
    let rows = params.rows / params.groups;
    let count = select(0u, rows * params.positions, inside);
    let n = f32(rows * params.positions);
    let y_first = params.first_row * params.channels * params.positions;
    for (var group = 0u; group < params.groups; group++) {
        let first = group * rows;
        var sum = 0.0;
        for (var k = lane; k < count; k += lanes) {
            sum += f32(x[channel_index(first, k, c)]);
        }
        let mean = channel_sum(thread, params.across, sum) / n;
        var squares = 0.0;
        for (var k = lane; k < count; k += lanes) {
            let centred = f32(x[channel_index(first, k, c)]) - mean;
            squares += centred * centred;
        }
        squares = channel_sum(thread, params.across, squares);
        let inv_std = 1.0 / sqrt(squares / n + params.epsilon);
        for (var k = lane; k < count; k += lanes) {
            let i = channel_index(first, k, c);
            y[y_first + i] = stored(value((f32(x[i]) - mean) * (inv_std * w[c]) + b[c], params.alpha));
        }
        if inside && lane == 0u {
            saved[group * params.channels + c] = mean;
            saved[(params.groups + group) * params.channels + c] = inv_std;
            if params.momentum > 0.0 {
                running_mean[c] += params.momentum * (mean - running_mean[c]);
                running_var[c] += params.momentum * (squares / (n - 1.0) - running_var[c]);
            }
        }
    }
}
