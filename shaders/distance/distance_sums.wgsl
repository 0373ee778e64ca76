// sums = sum of the distances (not their squares) from each query to the first block[0] references; where both are the same set,
// query i is reference i + block[1] (modulo 2^32) and is left out.
struct Params {
    references: u32,
    queries: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> distances: array<f32>; // [references, queries], squared
@group(0) @binding(2) var<storage, read> block: array<u32>; // [2]
@group(0) @binding(3) var<storage, read_write> sums: array<f32>; // [queries]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.queries {
        let count = min(block[0], params.references);
        let own = i + block[1];
        var sum = 0.0;
        for (var j = 0u; j < count; j++) {
            if j != own {
                sum += sqrt(distances[j * params.queries + i]);
            }
        }
        sums[i] = sum;
    }
}
