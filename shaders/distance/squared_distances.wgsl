// distances = |a|^2 + |b|^2 - 2 a b between every reference a and every query b; never below zero.
// A product C = A B with A = references, B = queries^T, C = distances. A column holds all that one query needs, so that the
// threads of the reductions, one for each query, read neighbouring elements.
struct Params {
    references: u32,
    queries: u32,
    values: u32, // per point
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>; // [references, values]
@group(0) @binding(2) var<storage, read> a_squares: array<f32>; // [references]
@group(0) @binding(3) var<storage, read> b: array<f32>; // [queries, values]
@group(0) @binding(4) var<storage, read> b_squares: array<f32>; // [queries]
@group(0) @binding(5) var<storage, read_write> distances: array<f32>; // [references, queries]

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.references, params.queries, params.values);
}

fn load_a(row: Row, k: Step) -> f32 {
    return a[row * params.values + k];
}

fn load_b(k: Step, column: Column) -> f32 {
    return b[column * params.values + k];
}

fn store_c(row: u32, column: u32, sum: f32) {
    distances[row * params.queries + column] = max(a_squares[row] + b_squares[column] - 2.0 * sum, 0.0);
}
