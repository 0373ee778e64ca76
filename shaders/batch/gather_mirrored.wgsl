// As gather_batch, with left and right of each image of the batch that state[0] counts changing places with probability 1/2.
struct Params {
    batch: u32,
    pixels: u32, // values per image: channels * height * width
    channels: u32,
    width: u32,
    words: u32, // length of data
    first_row: u32,
    seed: u32,
    stream: u32,
    scale: f32,
    shift: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>; // [1]
@group(0) @binding(2) var<storage, read> data: array<u32>; // [words]
@group(0) @binding(3) var<storage, read> indices: array<u32>; // [batch]
@group(0) @binding(4) var<storage, read_write> images: array<stored>; // [first_row + batch, pixels]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.batch * params.pixels {
        let row = i / params.pixels;
        let place = i - row * params.pixels;
        let shown = place / params.channels;
        let channel = place - shown * params.channels;
        let column = shown % params.width;
        let mirrored = random_bits(params.seed, state[0], params.stream, row) >> 31u == 1u;
        let pixel = select(shown, shown - column + (params.width - 1u - column), mirrored);
        let byte = indices[row] * params.pixels + channel * (params.pixels / params.channels) + pixel;
        let value = (data[byte >> 2u] >> (8u * (byte & 3u))) & 255u;
        images[params.first_row * params.pixels + i] = stored(f32(value) * params.scale + params.shift);
    }
}
