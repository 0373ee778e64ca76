// linear_backward_params for a discriminator with the R1 penalty, from the unit backward pass.
//
// delta is the gradient of each row's logit (not of the loss), c the slope of the loss by that logit, t the tangent of x along
// the penalty's direction (rows `tangent_first` on, such as the real images). Both terms share one product:
//   dw = delta^T (c x + t),  db = sum of c delta.
struct Params {
    rows: u32,
    inputs: u32,
    outputs: u32,
    tangent_first: u32,
    tangent_rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> delta: array<f32>; // [rows, outputs]
@group(0) @binding(2) var<storage, read> c: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read> x: array<stored>; // [rows, inputs]
@group(0) @binding(4) var<storage, read> t: array<f32>; // [tangent_rows, inputs]
@group(0) @binding(5) var<storage, read_write> dw: array<f32>; // [outputs, inputs]
@group(0) @binding(6) var<storage, read_write> db: array<f32>; // [outputs]

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.outputs, params.inputs + 1u, params.rows);
}

fn load_a(row: Row, k: Step) -> f32 {
    return delta[k * params.outputs + row];
}

// Without branches, which cost more on software adapters than loads whose values are not used.
fn load_b(k: Step, column: Column) -> f32 {
    let inside = min(column, params.inputs - 1u);
    // Rows before the first come out as very large numbers.
    let row = k - params.tangent_first;
    let tangent = t[min(row, params.tangent_rows - 1u) * params.inputs + inside];
    let moved = c[k] * f32(x[k * params.inputs + inside]) + select(0.0, tangent, row < params.tangent_rows);
    return select(moved, c[k], column == params.inputs);
}

fn store_c(row: u32, column: u32, sum: f32) {
    if column == params.inputs {
        db[row] = sum;
    } else {
        dw[row * params.inputs + column] = sum;
    }
}
