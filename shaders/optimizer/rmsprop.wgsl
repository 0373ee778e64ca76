// RMSprop (Tieleman and Hinton 2012, as PyTorch has it): square = alpha square + (1 - alpha) g^2; w -= rate g / (sqrt(square) + epsilon).
// dials[dial] is the learning rate at the start; powers, partials and the four parameters of a thread are as in adam.wgsl.
struct Params {
    count: u32,
    groups: u32, // workgroups: count / 1024, rounded up
    dial: u32,
    alpha: f32,
    epsilon: f32,
    lr_floor: f32,
    clip: f32, // bound of the weights
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dials: array<f32>; // [dial + 1]
@group(0) @binding(2) var<storage, read> powers: array<f32>; // [4]
@group(0) @binding(3) var<storage, read> gradients: array<f32>; // [count]
@group(0) @binding(4) var<storage, read_write> weights: array<f32>; // [count]
@group(0) @binding(5) var<storage, read_write> square: array<f32>; // [count]
@group(0) @binding(6) var<storage, read_write> partials: array<f32>; // [groups, 2]

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let group = element(id, groups) / THREADS;
    let rate = annealed(dials[params.dial], powers[2], params.lr_floor);
    var squares = vec2<f32>();
    for (var k = 0u; k < 4u; k++) {
        let i = (4u * group + k) * THREADS + thread;
        if i < params.count {
            let g = gradients[i];
            let average = params.alpha * square[i] + (1.0 - params.alpha) * g * g;
            let w = clipped(weights[i] - rate * g / (sqrt(average) + params.epsilon), params.clip);
            weights[i] = w;
            square[i] = average;
            squares += vec2<f32>(g * g, w * w);
        }
    }
    write_partials(thread, group, squares);
}
