// conv_by_weight for a discriminator with a gradient penalty, from the unit backward pass: see product/linear_backward_params_r1.wgsl.
//
// delta is the gradient of each picture's logit, c the slope of the loss by that logit, t the tangent of x along the penalty's direction
// (pixels `tangent_first` on, of whole pictures). Both terms share one product: partials = delta^T [c x + t | c].
// A product C = A B per part; see slices.wgsl.
struct Params {
    rows: u32, // filters of a group
    steps: u32, // weights of a filter
    length: u32, // places of a slice
    count: u32, // places in all
    slices: u32,
    groups: u32,
    height: u32, // of the pictures in x
    width: u32,
    group_inputs: u32, // channels of x in a group
    pixels: u32, // of x, all pictures
    inputs: u32, // channels of x
    outputs: u32, // channels of delta
    images: u32,
    tangent_first: u32,
    tangent_pixels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> delta: array<f32>; // [count, outputs]
@group(0) @binding(2) var<storage, read> c: array<f32>; // [images]
@group(0) @binding(3) var<storage, read> x: array<stored>; // [pixels, inputs]
@group(0) @binding(4) var<storage, read> t: array<f32>; // [tangent_pixels, inputs]
@group(0) @binding(5) var<storage, read> places: array<u32>; // [count, 3]
@group(0) @binding(6) var<storage, read> taps: array<u32>; // [steps, 3]
@group(0) @binding(7) var<storage, read_write> partials: array<f32>; // [slices, outputs, steps + 1]

fn load_a(row: Row, step: Step) -> f32 {
    return delta[step.row * params.outputs + row];
}

// Without branches, which cost more on software adapters than loads whose values are not used.
fn load_b(step: Step, column: Column) -> f32 {
    let found = source_of(step.place, column.tap);
    let scale = c[step.row / (params.count / params.images)];
    // Elements before the first come out as very large numbers.
    let element = found.index - params.tangent_first * params.inputs;
    let moved = element < params.tangent_pixels * params.inputs;
    let tangent = select(0.0, t[select(0u, element, moved)], moved);
    let loaded = select(0.0, scale * f32(x[found.index]) + tangent, found.inside);
    return select(0.0, select(loaded, scale, column.is_bias), step.counts);
}
