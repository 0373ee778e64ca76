// Draws what is done to each picture, for the update that state[counter] counts: changes as in DiffAugment (Zhao et al. 2020), each with a
// coin of its own that falls for it with probability p[0] (Karras et al. 2020, section 3).
struct Params {
    rows: u32,
    height: u32,
    width: u32,
    chosen: u32, // bits: 1 flip, 2 colour, 4 translation, 8 cutout
    seed: u32,
    stream: u32,
    counter: u32,
    brightness: f32, // the most that is added or taken
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>; // [counter + 1]
@group(0) @binding(2) var<storage, read> p: array<f32>; // [1]
@group(0) @binding(3) var<storage, read_write> knobs: array<f32>; // [rows, 8]

// Random numbers that a picture has.
const NUMBERS: u32 = 16u;

fn bits(row: u32, number: u32) -> u32 {
    return random_bits(params.seed, state[params.counter], params.stream, row * NUMBERS + number);
}

// Whether the coin falls for a change of this kind.
fn falls(row: u32, number: u32, kind: u32) -> bool {
    return (params.chosen & kind) != 0u && uniform01(bits(row, number)) < p[0];
}

// A whole number below `count`, at most 2^16; in integers, so that all devices agree.
fn below(row: u32, number: u32, count: u32) -> i32 {
    return i32(((bits(row, number) >> 16u) * count) >> 16u);
}

// An eighth of an extent, to the nearest whole number.
fn eighth(extent: u32) -> u32 {
    return (extent + 4u) / 8u;
}

// Where a cut of half of `extent`, rounded up, starts, whose middle is anywhere.
fn cut(row: u32, number: u32, extent: u32) -> f32 {
    let size = (extent + 1u) / 2u;
    return f32(below(row, number, extent + 1u - size % 2u) - i32(size / 2u));
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = element(id, groups);
    if row < params.rows {
        let first = row * KNOBS;
        knobs[first + FLIP] = select(0.0, f32(bits(row, 1u) >> 31u), falls(row, 0u, 1u));
        knobs[first + BRIGHTNESS] = select(0.0, params.brightness * (2.0 * uniform01(bits(row, 3u)) - 1.0), falls(row, 2u, 2u));
        knobs[first + SATURATION] = select(1.0, 2.0 * uniform01(bits(row, 5u)), falls(row, 4u, 2u));
        knobs[first + CONTRAST] = select(1.0, 0.5 + uniform01(bits(row, 7u)), falls(row, 6u, 2u));
        let moves = falls(row, 8u, 4u);
        let most = vec2<u32>(eighth(params.height), eighth(params.width));
        knobs[first + DOWN] = select(0.0, f32(below(row, 9u, 2u * most.x + 1u) - i32(most.x)), moves);
        knobs[first + RIGHT] = select(0.0, f32(below(row, 10u, 2u * most.y + 1u) - i32(most.y)), moves);
        let cuts = falls(row, 11u, 8u);
        knobs[first + CUT_TOP] = select(f32(params.height), cut(row, 12u, params.height), cuts);
        knobs[first + CUT_LEFT] = select(f32(params.width), cut(row, 13u, params.width), cuts);
    }
}
