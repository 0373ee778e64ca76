// dw = dy^T x: the gradient of product.wgsl by w.
// A product C = A B with A = dy^T, B = x, C = dw.
struct Params {
    rows: u32,
    inputs: u32,
    outputs: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, outputs]
@group(0) @binding(2) var<storage, read> x: array<f32>; // [rows, inputs]
@group(0) @binding(3) var<storage, read_write> dw: array<f32>; // [outputs, inputs]

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.outputs, params.inputs, params.rows);
}

fn load_a(row: Row, k: Step) -> f32 {
    return dy[k * params.outputs + row];
}

fn load_b(k: Step, column: Column) -> f32 {
    return x[k * params.inputs + column];
}

fn store_c(row: u32, column: u32, sum: f32) {
    dw[row * params.inputs + column] = sum;
}
