// dx = scale dy times the slope of a function f, or its second derivative, from v, the input or output of f: the way back through f and
// its tangent, and the way back through f'.
struct Params {
    rows: u32,
    inputs: u32,
    second: u32, // 1 for the second derivative
    scale: f32,
    alpha: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, inputs]
@group(0) @binding(2) var<storage, read> v: array<stored>; // [rows, inputs]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [rows, inputs]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.inputs {
        var derivative: f32;
        if params.second == 1u {
            derivative = second(f32(v[i]), params.alpha);
        } else {
            derivative = slope(f32(v[i]), params.alpha);
        }
        dx[i] = dy[i] * params.scale * derivative;
    }
}
