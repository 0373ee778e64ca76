// y = ka a + kb b; operands may repeat rows or columns (see repeated.wgsl).
struct Params {
    rows: u32,
    columns: u32,
    a_row: u32,
    a_column: u32,
    a_len: u32,
    b_row: u32,
    b_column: u32,
    b_len: u32,
    ka: f32,
    kb: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<source>; // [a_len]
@group(0) @binding(2) var<storage, read> b: array<source>; // [b_len]
@group(0) @binding(3) var<storage, read_write> y: array<result>; // [rows, columns]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.columns {
        let left = f32(a[repeated(i, params.a_row, params.a_column)]);
        let right = f32(b[repeated(i, params.b_row, params.b_column)]);
        y[i] = result(params.ka * left + params.kb * right);
    }
}
