// y[s, c] = scale * sum of a[r, c] over the rows of slice s. A thread per slice and column: neighbours read neighbours.
struct Params {
    rows: u32,
    columns: u32,
    slices: u32,
    length: u32, // rows of a slice
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [slices, columns]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.slices * params.columns {
        let slice = i / params.columns;
        let c = i - slice * params.columns;
        let last = min((slice + 1u) * params.length, params.rows);
        var sum = 0.0;
        for (var r = slice * params.length; r < last; r++) {
            sum += a[r * params.columns + c];
        }
        y[i] = params.scale * sum;
    }
}
