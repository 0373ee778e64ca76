// Gradient of batch normalisation by its input (Ioffe and Szegedy 2015, section 3, simplified): with x^ = (x - mean) / std and means
// over a group's rows and positions, dx = w / std (dy - mean(dy) - x^ mean(dy x^)), times `scale` and the slope of the activation
// that gave x.
struct Params {
    rows: u32,
    channels: u32,
    positions: u32,
    groups: u32,
    across: u32, // channels per workgroup
    scale: f32,
    alpha: f32, // parameter of the previous activation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, channels, positions]
@group(0) @binding(2) var<storage, read> x: array<stored>; // [rows, channels, positions]
@group(0) @binding(3) var<storage, read> w: array<f32>; // [channels]
@group(0) @binding(4) var<storage, read> saved: array<f32>; // [2, groups, channels]: mean, then 1 / std
@group(0) @binding(5) var<storage, read_write> dx: array<f32>; // [rows, channels, positions]

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
    for (var group = 0u; group < params.groups; group++) {
        let at = select(0u, group * params.channels + c, inside);
        let mean = saved[at];
        let inv_std = saved[params.groups * params.channels + at];
        let first = group * rows;
        var sum_dy = 0.0;
        var sum_dy_x = 0.0;
        for (var k = lane; k < count; k += lanes) {
            let i = channel_index(first, k, c);
            sum_dy += dy[i];
            sum_dy_x += dy[i] * ((f32(x[i]) - mean) * inv_std);
        }
        let mean_dy = channel_sum(thread, params.across, sum_dy) / n;
        let mean_dy_x = channel_sum(thread, params.across, sum_dy_x) / n;
        for (var k = lane; k < count; k += lanes) {
            let i = channel_index(first, k, c);
            let centred = dy[i] - mean_dy - (f32(x[i]) - mean) * inv_std * mean_dy_x;
            dx[i] = centred * (inv_std * w[c] * params.scale) * slope(f32(x[i]), params.alpha);
        }
    }
}
