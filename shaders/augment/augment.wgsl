// y = cut(move(colour(x))) + BRIGHTNESS where it shows x, a picture per row, its channels side by side: linear in x but for the
// brightness, which is added `shift` times, once or never. Colours are mixed with the means of pixel and picture; what moves in from
// outside, and what is cut out, is 0. A workgroup per picture.
struct Params {
    rows: u32,
    height: u32,
    width: u32,
    channels: u32,
    columns: u32, // height * width * channels
    shift: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<source>; // [rows, columns]
@group(0) @binding(2) var<storage, read> knobs: array<f32>; // [rows, 8]
@group(0) @binding(3) var<storage, read_write> y: array<result>; // [rows, columns]

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
    // Without a change of contrast nobody reads the mean.
    if contrast != 1.0 {
        for (var i = thread; i < params.columns; i += THREADS) {
            sum += f32(x[first + i]);
        }
    }
    let mean = workgroup_sum(thread, sum) / f32(params.columns);
    if picture > last {
        return;
    }
    let saturation = knobs[knob + SATURATION];
    let constant = (1.0 - contrast) * mean + params.shift * knobs[knob + BRIGHTNESS];
    let top = i32(knobs[knob + CUT_TOP]);
    let left = i32(knobs[knob + CUT_LEFT]);
    for (var pixel = thread; pixel < params.height * params.width; pixel += THREADS) {
        let row = i32(pixel / params.width);
        let column = i32(pixel % params.width);
        var shown = column + i32(knobs[knob + RIGHT]);
        shown = select(shown, i32(params.width) - 1 - shown, knobs[knob + FLIP] > 0.5);
        let at = pixel_at(row + i32(knobs[knob + DOWN]), shown, params.height, params.width);
        let visible = at != NOWHERE && !is_cut(row, column, params.height, params.width, top, left);
        let start = first + select(0u, at, visible) * params.channels;
        var grey = 0.0;
        for (var c = 0u; c < params.channels; c++) {
            grey += f32(x[start + c]);
        }
        grey /= f32(params.channels);
        for (var c = 0u; c < params.channels; c++) {
            let colour = saturation * f32(x[start + c]) + (1.0 - saturation) * grey;
            y[first + pixel * params.channels + c] = result(select(0.0, contrast * colour + constant, visible));
        }
    }
}
