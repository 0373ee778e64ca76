// y = H x W^T for every picture and channel: pictures enlarged or reduced, each output pixel a weighted sum of a few input pixels. The
// matrices H and W have few elements per row, which the host lists (src/ops/resample): so all filters, and their adjoints, are this kernel.
struct Params {
    images: u32,
    channels: u32,
    height: u32, // of x
    width: u32,
    out_height: u32,
    out_width: u32,
    rows: u32, // pixels of y: images * out_height * out_width
    high: u32, // elements listed per row of H
    wide: u32, // elements listed per row of W
    first_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> high_taps: array<u32>; // [out_height, high, 2]: which input row, and the bits of its weight
@group(0) @binding(2) var<storage, read> wide_taps: array<u32>; // [out_width, wide, 2]: the same of columns
@group(0) @binding(3) var<storage, read> x: array<source>; // [images, height, width, channels]
@group(0) @binding(4) var<storage, read_write> y: array<result>; // [first_row + rows, channels]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i >= params.rows * params.channels {
        return;
    }
    let pixel = i / params.channels;
    let line = pixel / params.out_width;
    let image = line / params.out_height;
    let row = line - image * params.out_height;
    let column = pixel - line * params.out_width;
    let channel = i - pixel * params.channels;
    var sum = 0.0;
    for (var u = 0u; u < params.high; u++) {
        let tap = 2u * (row * params.high + u);
        let start = (image * params.height + high_taps[tap]) * params.width;
        var along = 0.0;
        for (var v = 0u; v < params.wide; v++) {
            let next = 2u * (column * params.wide + v);
            along += bitcast<f32>(wide_taps[next + 1u]) * f32(x[(start + wide_taps[next]) * params.channels + channel]);
        }
        sum += bitcast<f32>(high_taps[tap + 1u]) * along;
    }
    y[params.first_row * params.channels + i] = result(sum);
}
