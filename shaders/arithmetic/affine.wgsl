// y = scale * x + shift.
struct Params {
    count: u32,
    scale: f32,
    shift: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<source>; // [count]
@group(0) @binding(2) var<storage, read_write> y: array<result>; // [count]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.count {
        y[i] = result(params.scale * f32(x[i]) + params.shift);
    }
}
