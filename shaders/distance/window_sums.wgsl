// sums = sum over the first block[0] references of exp(-scale (distance - nearest)): a Gaussian window of each scale = 1 / (2 sigma^2)
// around each reference, seen from each query. The largest term is 1, so nothing underflows to a sum of zero.
struct Params {
    references: u32,
    queries: u32,
    scales: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> distances: array<f32>; // [references, queries], squared
@group(0) @binding(2) var<storage, read> block: array<u32>; // [2]
@group(0) @binding(3) var<storage, read> nearest: array<f32>; // [queries], squared: the least of each column
@group(0) @binding(4) var<storage, read> scale: array<f32>; // [scales]
@group(0) @binding(5) var<storage, read_write> sums: array<f32>; // [scales, queries]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let n = element(id, groups);
    if n < params.scales * params.queries {
        let s = n / params.queries;
        let i = n - s * params.queries;
        let count = min(block[0], params.references);
        var sum = 0.0;
        for (var j = 0u; j < count; j++) {
            sum += exp(-scale[s] * (distances[j * params.queries + i] - nearest[i]));
        }
        sums[n] = sum;
    }
}
