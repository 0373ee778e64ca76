// y[r, c] = w[index[r], c], written from row `first_row` of y on: a row of the table w for each row, such as the embedding of its class.
// Indices are whole numbers held as reals; one outside the table takes the nearest row.
struct Params {
    rows: u32,
    columns: u32,
    entries: u32, // rows of the table
    first_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>; // [entries, columns]
@group(0) @binding(2) var<storage, read> index: array<f32>; // [rows, 1]
@group(0) @binding(3) var<storage, read_write> y: array<result>; // [first_row + rows, columns]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.columns {
        let r = i / params.columns;
        let entry = min(u32(max(index[r], 0.0)), params.entries - 1u);
        y[params.first_row * params.columns + i] = result(w[entry * params.columns + i - r * params.columns]);
    }
}
