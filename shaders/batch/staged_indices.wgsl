// indices: which rows of the staged batches form the batch that state[0] counts. The host has written it there, in the order of
// batch_indices: batch number n to slot n modulo `slots`.
struct Params {
    batch: u32,
    slots: u32,
    stride: u32, // rows from a slot to the next
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>; // [1]
@group(0) @binding(2) var<storage, read_write> indices: array<u32>; // [batch]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.batch {
        indices[i] = (state[0] % params.slots) * params.stride + i;
    }
}
