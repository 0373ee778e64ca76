// partials = dy^T [patches of x | 1] per slice of the places: the gradients of a convolution by its weights and its bias. `left` and
// `right` are how dy and x rest. A product C = A B per part; see slices.wgsl.
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
    outputs: u32, // channels of dy
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<left>; // [count, outputs]
@group(0) @binding(2) var<storage, read> x: array<right>; // [pixels, inputs]
@group(0) @binding(3) var<storage, read> places: array<u32>; // [count, 3]
@group(0) @binding(4) var<storage, read> taps: array<u32>; // [steps, 3]
@group(0) @binding(5) var<storage, read_write> partials: array<f32>; // [slices, outputs, steps + 1]

fn load_a(row: Row, step: Step) -> f32 {
    return f32(dy[step.row * params.outputs + row]);
}

fn load_b(step: Step, column: Column) -> f32 {
    let found = source_of(step.place, column.tap);
    let loaded = select(0.0, f32(x[found.index]), found.inside);
    return select(0.0, select(loaded, 1.0, column.is_bias), step.counts);
}
