// y = activation(w * x + b), written from pixel `first_pixel` of y on: a convolution, or with other tables a transposed one. `result` is
// how y rests. A product C = A B per part; see patches.wgsl.
struct Params {
    rows: u32, // places of a class
    columns: u32, // channels of y in a group
    steps: u32, // elements of a patch
    classes: u32,
    groups: u32,
    height: u32, // of the pictures in x
    width: u32,
    group_inputs: u32, // channels of x from one group to the next
    group_weights: u32, // elements of w from one group to the next
    column_weights: u32, // and from one column to the next
    pixels: u32, // of x, all pictures
    inputs: u32, // channels of x
    filters: u32,
    window: u32, // weights of a filter
    out_pixels: u32, // of y
    outputs: u32, // channels of y
    first_pixel: u32,
    images: u32,
    alpha: f32, // parameter of the activation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<stored>; // [pixels, inputs]
@group(0) @binding(2) var<storage, read> w: array<f32>; // [filters, window]
@group(0) @binding(3) var<storage, read> b: array<f32>; // [outputs]
@group(0) @binding(4) var<storage, read> places: array<u32>; // [classes, rows, 3]
@group(0) @binding(5) var<storage, read> taps: array<u32>; // [classes, steps, 3]
@group(0) @binding(6) var<storage, read_write> y: array<result>; // [first_pixel + out_pixels, outputs]

fn load_a(row: Row, step: Step) -> f32 {
    let found = source_of(row, step);
    return select(0.0, f32(x[found.index]), found.inside);
}

fn store_c(row: u32, column: u32, sum: f32) {
    let pixel = pixel_of(row);
    if pixel != NOWHERE {
        let channel = channel_of(column);
        y[(params.first_pixel + pixel) * params.outputs + channel] = result(value(sum + b[channel], params.alpha));
    }
}
