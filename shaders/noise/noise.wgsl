// z: latents of the update that state[counter] counts.
struct Params {
    rows: u32,
    latent: u32,
    seed: u32,
    stream: u32,
    counter: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>; // [counter + 1]
@group(0) @binding(2) var<storage, read_write> z: array<stored>; // [rows, latent]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.latent {
        z[i] = stored(latent(random_bits(params.seed, state[params.counter], params.stream, i)));
    }
}
