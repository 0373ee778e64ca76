// The nearest reference of each query, the first of several, among the first block[0] of them. Where both are the same set,
// query i is reference i + block[1] (modulo 2^32) and is left out; its own distance is no news.
// A query without any reference gets the distance 3e38 and the index 0.
struct Params {
    references: u32,
    queries: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> distances: array<f32>; // [references, queries], squared
@group(0) @binding(2) var<storage, read> block: array<u32>; // [2]
@group(0) @binding(3) var<storage, read_write> nearest: array<f32>; // [queries], squared
@group(0) @binding(4) var<storage, read_write> index: array<u32>; // [queries]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.queries {
        let count = min(block[0], params.references);
        let own = i + block[1];
        var least = 3.0e38;
        var at = 0u;
        for (var j = 0u; j < count; j++) {
            let distance = distances[j * params.queries + i];
            if distance < least && j != own {
                least = distance;
                at = j;
            }
        }
        nearest[i] = least;
        index[i] = at;
    }
}
