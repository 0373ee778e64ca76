// Gradient of gather_rows by its table: dw[e, c] = the sum of dy[r, c] over the rows with index[r] = e. Each element of the table looks
// through all rows in order, so that the sum needs no atomics and its bits do not depend on who comes first.
struct Params {
    rows: u32,
    columns: u32,
    entries: u32, // rows of the table
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read> index: array<f32>; // [rows, 1]
@group(0) @binding(3) var<storage, read_write> dw: array<f32>; // [entries, columns]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.entries * params.columns {
        let entry = i / params.columns;
        let column = i - entry * params.columns;
        var sum = 0.0;
        for (var r = 0u; r < params.rows; r++) {
            if min(u32(max(index[r], 0.0)), params.entries - 1u) == entry {
                sum += dy[r * params.columns + column];
            }
        }
        dw[i] = sum;
    }
}
