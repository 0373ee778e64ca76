// ty = slope(y) * (t w^T): how y moves when x moves along t. No bias.
// A product C = A B with A = t, B = w^T, C = ty.
struct Params {
    rows: u32,
    inputs: u32,
    outputs: u32,
    alpha: f32, // parameter of the layer's activation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> t: array<f32>; // [rows, inputs]
@group(0) @binding(2) var<storage, read> w: array<f32>; // [outputs, inputs]
@group(0) @binding(3) var<storage, read> y: array<stored>; // [rows, outputs]
@group(0) @binding(4) var<storage, read_write> ty: array<f32>; // [rows, outputs]

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.rows, params.outputs, params.inputs);
}

fn load_a(row: Row, k: Step) -> f32 {
    return t[row * params.inputs + k];
}

fn load_b(k: Step, column: Column) -> f32 {
    return w[column * params.inputs + k];
}

fn store_c(row: u32, column: u32, sum: f32) {
    let i = row * params.outputs + column;
    ty[i] = sum * slope(f32(y[i]), params.alpha);
}
