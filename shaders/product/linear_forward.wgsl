// y = activation(x w^T + b), written from row `first_row` of y on; `result` is how y rests.
// A product C = A B with A = x, B = w^T, C = y.
struct Params {
    rows: u32,
    inputs: u32,
    outputs: u32,
    first_row: u32,
    alpha: f32, // parameter of the activation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<stored>; // [rows, inputs]
@group(0) @binding(2) var<storage, read> w: array<f32>; // [outputs, inputs]
@group(0) @binding(3) var<storage, read> b: array<f32>; // [outputs]
@group(0) @binding(4) var<storage, read_write> y: array<result>; // [first_row + rows, outputs]

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.rows, params.outputs, params.inputs);
}

fn load_a(row: Row, k: Step) -> f32 {
    return f32(x[row * params.inputs + k]);
}

fn load_b(k: Step, column: Column) -> f32 {
    return w[column * params.inputs + k];
}

fn store_c(row: u32, column: u32, sum: f32) {
    y[(params.first_row + row) * params.outputs + column] = result(value(sum + b[column], params.alpha));
}
