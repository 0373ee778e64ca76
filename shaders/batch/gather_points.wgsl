// points = data[indices], written from row `first_row` of points on: the values as they are.
struct Params {
    batch: u32,
    dimensions: u32, // per point
    count: u32, // points in the data set
    first_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> data: array<f32>; // [count, dimensions]
@group(0) @binding(2) var<storage, read> indices: array<u32>; // [batch]
@group(0) @binding(3) var<storage, read_write> points: array<stored>; // [first_row + batch, dimensions]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.batch * params.dimensions {
        let row = i / params.dimensions;
        points[params.first_row * params.dimensions + i] = stored(data[indices[row] * params.dimensions + (i - row * params.dimensions)]);
    }
}
