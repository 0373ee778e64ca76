// y = activation(x), written from row `first_row` of y on. Only for an activation that no linear layer precedes.
struct Params {
    rows: u32,
    inputs: u32,
    first_row: u32,
    alpha: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<stored>; // [rows, inputs]
@group(0) @binding(2) var<storage, read_write> y: array<stored>; // [first_row + rows, inputs]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.inputs {
        y[params.first_row * params.inputs + i] = stored(value(f32(x[i]), params.alpha));
    }
}
