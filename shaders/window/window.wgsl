// y[r, c] = x[r + row, c + column] where x has that element, else 0, written from row `first_row` of y on: a part of x, x in a frame of
// zeros, or x as another type of element. row and column are offsets modulo 2^32, so that both signs are there.
struct Params {
    rows: u32, // of y
    columns: u32,
    x_rows: u32,
    x_columns: u32,
    row: u32,
    column: u32,
    first_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<source>; // [x_rows, x_columns]
@group(0) @binding(2) var<storage, read_write> y: array<result>; // [first_row + rows, columns]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.columns {
        let r = i / params.columns;
        let row = r + params.row;
        let column = i - r * params.columns + params.column;
        let inside = row < params.x_rows && column < params.x_columns;
        let at = select(0u, row * params.x_columns + column, inside);
        y[params.first_row * params.columns + i] = result(select(0.0, f32(x[at]), inside));
    }
}
