// Gradient descent with heavy-ball momentum: velocity = momentum * velocity - rate * g; w += velocity. With a constant rate that is
// PyTorch's SGD; where the rate changes, what has been set in motion goes on at the rate of then (Goodfellow et al. 2014's code).
// dials[dial] is the learning rate at the start; powers, partials and the four parameters of a thread are as in adam.wgsl.
struct Params {
    count: u32,
    groups: u32, // workgroups: count / 1024, rounded up
    dial: u32,
    momentum: f32, // at the start of the ramp
    momentum_final: f32, // at its end
    lr_floor: f32,
    clip: f32, // bound of the weights
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dials: array<f32>; // [dial + 1]
@group(0) @binding(2) var<storage, read> powers: array<f32>; // [4]
@group(0) @binding(3) var<storage, read> gradients: array<f32>; // [count]
@group(0) @binding(4) var<storage, read_write> weights: array<f32>; // [count]
@group(0) @binding(5) var<storage, read_write> velocity: array<f32>; // [count]
@group(0) @binding(6) var<storage, read_write> partials: array<f32>; // [groups, 2]

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let group = element(id, groups) / THREADS;
    let rate = annealed(dials[params.dial], powers[2], params.lr_floor);
    let momentum = params.momentum_final + (params.momentum - params.momentum_final) * powers[3];
    var squares = vec2<f32>();
    for (var k = 0u; k < 4u; k++) {
        let i = (4u * group + k) * THREADS + thread;
        if i < params.count {
            let g = gradients[i];
            let moved = momentum * velocity[i] - rate * g;
            let w = clipped(weights[i] + moved, params.clip);
            weights[i] = w;
            velocity[i] = moved;
            squares += vec2<f32>(g * g, w * w);
        }
    }
    write_partials(thread, group, squares);
}
