// dw and db: the sums over the slices of conv_by_weight.wgsl.
struct Params {
    slices: u32,
    outputs: u32,
    steps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<f32>; // [slices, outputs, steps + 1]
@group(0) @binding(2) var<storage, read_write> dw: array<f32>; // [outputs, steps]
@group(0) @binding(3) var<storage, read_write> db: array<f32>; // [outputs]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    let columns = params.steps + 1u;
    let all = params.outputs * columns;
    if i < all {
        var sum = 0.0;
        for (var slice = 0u; slice < params.slices; slice++) {
            sum += partials[slice * all + i];
        }
        let column = i % columns;
        if column == params.steps {
            db[i / columns] = sum;
        } else {
            dw[i / columns * params.steps + column] = sum;
        }
    }
}
