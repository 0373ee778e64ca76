// Gradients of group norm by its parameters: dw = sum of dy x^, db = sum of dy, over the pixels of all pictures, with x^ = (x - mean) / std
// by the statistics of each block.
struct Params {
    blocks: u32, // pictures times groups
    pixels: u32, // of a picture
    channels: u32,
    groups: u32,
    rows: u32, // pixels of all pictures
    positions: u32, // 1: see channels.wgsl
    across: u32, // channels per workgroup
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, channels]
@group(0) @binding(2) var<storage, read> x: array<stored>; // [rows, channels]
@group(0) @binding(3) var<storage, read> saved: array<f32>; // [2, blocks]: mean, then 1 / std
@group(0) @binding(4) var<storage, read_write> dw: array<f32>; // [channels]
@group(0) @binding(5) var<storage, read_write> db: array<f32>; // [channels]

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
    let count = select(0u, params.rows, inside);
    let group = c / (params.channels / params.groups);
    var sum_dy = 0.0;
    var sum_dy_x = 0.0;
    for (var r = lane; r < count; r += lanes) {
        let block = r / params.pixels * params.groups + group;
        let i = r * params.channels + c;
        sum_dy += dy[i];
        sum_dy_x += dy[i] * ((f32(x[i]) - saved[block]) * saved[params.blocks + block]);
    }
    sum_dy = channel_sum(thread, params.across, sum_dy);
    sum_dy_x = channel_sum(thread, params.across, sum_dy_x);
    if inside && lane == 0u {
        dw[c] = sum_dy_x;
        db[c] = sum_dy;
    }
}
