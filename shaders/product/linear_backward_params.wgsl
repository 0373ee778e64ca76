// dw = dy^T x and db = sum of dy over the rows, in one product: the bias is a weight whose input is always 1,
// so C = [dw | db] = A B with A = dy^T, B = [x | 1].
struct Params {
    rows: u32,
    inputs: u32,
    outputs: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, outputs]
@group(0) @binding(2) var<storage, read> x: array<stored>; // [rows, inputs]
@group(0) @binding(3) var<storage, read_write> dw: array<f32>; // [outputs, inputs]
@group(0) @binding(4) var<storage, read_write> db: array<f32>; // [outputs]

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.outputs, params.inputs + 1u, params.rows);
}

fn load_a(row: Row, k: Step) -> f32 {
    return dy[k * params.outputs + row];
}

// Without a branch, which costs more on software adapters than a load whose value is not used.
fn load_b(k: Step, column: Column) -> f32 {
    let loaded = f32(x[k * params.inputs + min(column, params.inputs - 1u)]);
    return select(loaded, 1.0, column == params.inputs);
}

fn store_c(row: u32, column: u32, sum: f32) {
    if column == params.inputs {
        db[row] = sum;
    } else {
        dw[row * params.inputs + column] = sum;
    }
}
