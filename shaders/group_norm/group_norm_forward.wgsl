// Normalisation of each picture by itself (group norm, Wu and He 2018, equations 1 to 6): y = activation(w (x - mean) / std + b), with mean
// and biased variance over a group of channels of `pixels` pixels. One group is layer norm, a group per channel instance norm; one pixel
// without its mean taken away is pixel norm. Written from row `first_row` of y on.
struct Params {
    blocks: u32, // pictures times groups
    pixels: u32, // of a picture
    channels: u32,
    groups: u32,
    centred: u32, // 0 where the mean stays, and counts as 0
    rows: u32, // pixels of all pictures
    first_row: u32,
    epsilon: f32,
    alpha: f32, // parameter of the activation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<stored>; // [rows, channels]
@group(0) @binding(2) var<storage, read> w: array<f32>; // [channels]
@group(0) @binding(3) var<storage, read> b: array<f32>; // [channels]
@group(0) @binding(4) var<storage, read_write> saved: array<f32>; // [2, blocks]: mean, then 1 / std
@group(0) @binding(5) var<storage, read_write> y: array<stored>; // [first_row + rows, channels]

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let block = element(id, workgroups) / THREADS;
    let len = block_len(block);
    let n = f32(max(len, 1u));
    var mean = 0.0;
    if params.centred > 0u {
        var sum = 0.0;
        for (var k = thread; k < len; k += THREADS) {
            sum += f32(x[block_index(block, k)]);
        }
        mean = workgroup_sum(thread, sum) / n;
    }
    var squares = 0.0;
    for (var k = thread; k < len; k += THREADS) {
        let centred = f32(x[block_index(block, k)]) - mean;
        squares += centred * centred;
    }
    let inv_std = 1.0 / sqrt(workgroup_sum(thread, squares) / n + params.epsilon);
    for (var k = thread; k < len; k += THREADS) {
        let i = block_index(block, k);
        let c = i % params.channels;
        y[params.first_row * params.channels + i] = stored(value((f32(x[i]) - mean) * (inv_std * w[c]) + b[c], params.alpha));
    }
    if thread == 0u && block < params.blocks {
        saved[block] = mean;
        saved[params.blocks + block] = inv_std;
    }
}
