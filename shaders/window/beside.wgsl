// y = [a | b]: the columns of a, then those of b.
struct Params {
    rows: u32,
    a_columns: u32,
    b_columns: u32,
    len: u32, // of y: rows * (a_columns + b_columns)
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<source>; // [rows, a_columns]
@group(0) @binding(2) var<storage, read> b: array<source>; // [rows, b_columns]
@group(0) @binding(3) var<storage, read_write> y: array<source>; // [rows, a_columns + b_columns]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.len {
        let columns = params.a_columns + params.b_columns;
        let row = i / columns;
        let column = i - row * columns;
        if column < params.a_columns {
            y[i] = a[row * params.a_columns + column];
        } else {
            y[i] = b[row * params.b_columns + column - params.a_columns];
        }
    }
}
