// Gradient of augment by its input: dx = colour(move back(cut(dy))). Mixing with means is its own adjoint. A workgroup per picture.
struct Params {
    rows: u32,
    height: u32,
    width: u32,
    channels: u32,
    columns: u32, // height * width * channels
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read> knobs: array<f32>; // [rows, 8]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [rows, columns]

// The pixel of y that shows a pixel of x, if one does.
fn shows(pixel: u32, knob: u32) -> u32 {
    let row = i32(pixel / params.width) - i32(knobs[knob + DOWN]);
    var column = i32(pixel % params.width);
    column = select(column, i32(params.width) - 1 - column, knobs[knob + FLIP] > 0.5) - i32(knobs[knob + RIGHT]);
    let at = pixel_at(row, column, params.height, params.width);
    let cut = is_cut(row, column, params.height, params.width, i32(knobs[knob + CUT_TOP]), i32(knobs[knob + CUT_LEFT]));
    return select(at, NOWHERE, cut);
}

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let picture = element(id, groups) / THREADS;
    let last = params.rows - 1u;
    let knob = min(picture, last) * KNOBS;
    let first = min(picture, last) * params.columns;
    let contrast = knobs[knob + CONTRAST];
    var sum = 0.0;
    if contrast != 1.0 {
        for (var pixel = thread; pixel < params.height * params.width; pixel += THREADS) {
            let at = shows(pixel, knob);
            if at != NOWHERE {
                for (var c = 0u; c < params.channels; c++) {
                    sum += dy[first + at * params.channels + c];
                }
            }
        }
    }
    let mean = workgroup_sum(thread, sum) / f32(params.columns);
    if picture > last {
        return;
    }
    let saturation = knobs[knob + SATURATION];
    let constant = (1.0 - contrast) * mean;
    for (var pixel = thread; pixel < params.height * params.width; pixel += THREADS) {
        let at = shows(pixel, knob);
        // What nobody sees has a gradient of 0 before colours are mixed.
        let seen = at != NOWHERE;
        let start = first + select(0u, at, seen) * params.channels;
        var grey = 0.0;
        for (var c = 0u; c < params.channels; c++) {
            grey += dy[start + c];
        }
        grey /= f32(params.channels);
        for (var c = 0u; c < params.channels; c++) {
            let colour = saturation * dy[start + c] + (1.0 - saturation) * grey;
            dx[first + pixel * params.channels + c] = select(0.0, contrast * colour, seen) + constant;
        }
    }
}
