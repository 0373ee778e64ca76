// mask: 1/keep with probability keep, else 0, for the update that state[counter] counts.
struct Params {
    rows: u32,
    inputs: u32,
    seed: u32,
    stream: u32,
    counter: u32,
    keep: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>; // [counter + 1]
@group(0) @binding(2) var<storage, read_write> mask: array<f32>; // [rows, inputs]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.inputs {
        let u = uniform01(random_bits(params.seed, state[params.counter], params.stream, i));
        mask[i] = select(0.0, 1.0 / params.keep, u < params.keep);
    }
}
