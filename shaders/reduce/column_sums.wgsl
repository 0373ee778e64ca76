// y[c] = scale * sum over rows of a[r, c]. A thread per column: neighbours read neighbours.
struct Params {
    rows: u32,
    columns: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [columns]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let c = element(id, groups);
    if c < params.columns {
        var sum = 0.0;
        for (var r = 0u; r < params.rows; r++) {
            sum += a[r * params.columns + c];
        }
        y[c] = params.scale * sum;
    }
}
