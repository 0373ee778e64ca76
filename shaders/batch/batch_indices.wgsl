// indices: which images form the batch that state[0] counts. Each epoch is a fresh permutation of all images, a function of
// (seed, epoch); the last images that do not fill a batch wait for another epoch's order.
struct Params {
    batch: u32,
    count: u32, // images in the data set
    half_bits: u32, // the permutation works on numbers of 2 * half_bits bits
    seed: u32,
    stream: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>; // [1]
@group(0) @binding(2) var<storage, read_write> indices: array<u32>; // [batch]

// A Feistel network permutes the numbers of 2 * half_bits bits.
fn feistel(number: u32, epoch: u32) -> u32 {
    let mask = (1u << params.half_bits) - 1u;
    var left = number >> params.half_bits;
    var right = number & mask;
    for (var round = 0u; round < 4u; round += 1u) {
        let mixed = left ^ (random_bits(params.seed, epoch, params.stream + round, right) & mask);
        left = right;
        right = mixed;
    }
    return (left << params.half_bits) | right;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.batch {
        let batches = params.count / params.batch;
        let epoch = state[0] / batches;
        // Numbers beyond the data set are permuted again until they fall into it, which keeps it a permutation.
        var index = (state[0] % batches) * params.batch + i;
        index = feistel(index, epoch);
        while index >= params.count {
            index = feistel(index, epoch);
        }
        indices[i] = index;
    }
}
