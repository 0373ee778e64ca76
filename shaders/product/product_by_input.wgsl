// dx = scale * dy w: the gradient of product.wgsl by x.
// A product C = A B with A = dy, B = w, C = dx.
struct Params {
    rows: u32,
    inputs: u32,
    outputs: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, outputs]
@group(0) @binding(2) var<storage, read> w: array<f32>; // [outputs, inputs]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [rows, inputs]

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.rows, params.inputs, params.outputs);
}

fn load_a(row: Row, k: Step) -> f32 {
    return dy[row * params.outputs + k];
}

fn load_b(k: Step, column: Column) -> f32 {
    return w[k * params.inputs + column];
}

fn store_c(row: u32, column: u32, sum: f32) {
    dx[row * params.inputs + column] = sum * params.scale;
}
