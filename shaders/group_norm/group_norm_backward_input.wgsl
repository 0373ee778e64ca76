// Gradient of group norm by its input: with x^ = (x - mean) / std, g = w dy, and means over a block, dx = (g - mean(g) - x^ mean(g x^)) / std.
// Where the mean has not been taken away, that of g is not either.
struct Params {
    blocks: u32, // pictures times groups
    pixels: u32, // of a picture
    channels: u32,
    groups: u32,
    centred: u32,
    rows: u32, // pixels of all pictures
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, channels]
@group(0) @binding(2) var<storage, read> x: array<stored>; // [rows, channels]
@group(0) @binding(3) var<storage, read> w: array<f32>; // [channels]
@group(0) @binding(4) var<storage, read> saved: array<f32>; // [2, blocks]: mean, then 1 / std
@group(0) @binding(5) var<storage, read_write> dx: array<f32>; // [rows, channels]

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let block = element(id, workgroups) / THREADS;
    let len = block_len(block);
    let n = f32(max(len, 1u));
    let at = min(block, params.blocks - 1u);
    let mean = saved[at];
    let inv_std = saved[params.blocks + at];
    var sums = vec2<f32>();
    for (var k = thread; k < len; k += THREADS) {
        let i = block_index(block, k);
        let g = dy[i] * w[i % params.channels];
        sums += vec2<f32>(g, g * ((f32(x[i]) - mean) * inv_std));
    }
    sums = workgroup_sums(thread, sums) / n;
    let mean_g = select(0.0, sums.x, params.centred > 0u);
    for (var k = thread; k < len; k += THREADS) {
        let i = block_index(block, k);
        let g = dy[i] * w[i % params.channels];
        dx[i] = (g - mean_g - (f32(x[i]) - mean) * inv_std * sums.y) * inv_std;
    }
}
