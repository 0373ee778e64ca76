// Running average of the generator's weights, ema = m ema + (1 - m) w with m = min(decay, (1 + t) / (10 + t)):
// the warm-up forgets the random start. t counts generator updates, this one included.
struct Params {
    count: u32,
    counter: u32,
    decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>; // [counter + 1]
@group(0) @binding(2) var<storage, read> weights: array<f32>; // [count]
@group(0) @binding(3) var<storage, read_write> ema: array<f32>; // [count]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.count {
        let t = f32(state[params.counter] + 1u);
        let momentum = min(params.decay, (1.0 + t) / (10.0 + t));
        ema[i] += (1.0 - momentum) * (weights[i] - ema[i]);
    }
}
