// Adam of Kingma and Ba 2015, algorithm 1. powers holds beta1^(t-1), beta2^(t-1), the share of the learning rate that is left and the
// share of the momentum's ramp that is still to come (statistics.wgsl writes them); dials[dial] is the learning rate at the start.
// partials gets, per workgroup, the sums of squares of its gradients and of its new weights. A thread updates four parameters, so that
// few sums are left to add, and what is the same for all is read before any branch, where a software adapter reads it once for many.
struct Params {
    count: u32,
    groups: u32, // workgroups: count / 1024, rounded up
    dial: u32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    lr_floor: f32,
    clip: f32, // bound of the weights
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dials: array<f32>; // [dial + 1]
@group(0) @binding(2) var<storage, read> powers: array<f32>; // [4]
@group(0) @binding(3) var<storage, read> gradients: array<f32>; // [count]
@group(0) @binding(4) var<storage, read_write> weights: array<f32>; // [count]
@group(0) @binding(5) var<storage, read_write> m: array<f32>; // [count]
@group(0) @binding(6) var<storage, read_write> v: array<f32>; // [count]
@group(0) @binding(7) var<storage, read_write> partials: array<f32>; // [groups, 2]

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let group = element(id, groups) / THREADS;
    let mean_share = 1.0 - powers[0] * params.beta1;
    let variance_share = 1.0 - powers[1] * params.beta2;
    let rate = annealed(dials[params.dial], powers[2], params.lr_floor);
    var squares = vec2<f32>();
    for (var k = 0u; k < 4u; k++) {
        let i = (4u * group + k) * THREADS + thread;
        if i < params.count {
            let g = gradients[i];
            let mean = params.beta1 * m[i] + (1.0 - params.beta1) * g;
            let variance = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
            let moved = weights[i] - rate * (mean / mean_share) / (sqrt(variance / variance_share) + params.epsilon);
            let w = clipped(moved, params.clip);
            weights[i] = w;
            m[i] = mean;
            v[i] = variance;
            squares += vec2<f32>(g * g, w * w);
        }
    }
    write_partials(thread, group, squares);
}
