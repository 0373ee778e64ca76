// y[r, u] = max over p of h[r, u, p] (Goodfellow et al. 2013), written from row `first_row` of y on. winner is the piece that gave
// it, the lowest where several do; a piece that is no number wins.
struct Params {
    rows: u32,
    units: u32,
    pieces: u32,
    first_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> h: array<stored>; // [rows, units, pieces]
@group(0) @binding(2) var<storage, read_write> y: array<stored>; // [first_row + rows, units]
@group(0) @binding(3) var<storage, read_write> winner: array<u32>; // [rows, units]

// By the bits of a float, and values are kept as bits, because compilers may take NaN for impossible (see relu.wgsl).
fn is_nan(bits: u32) -> bool {
    return (bits & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.units {
        let first = i * params.pieces;
        var best = bitcast<u32>(f32(h[first]));
        var piece = 0u;
        for (var p = 1u; p < params.pieces; p++) {
            let next = bitcast<u32>(f32(h[first + p]));
            if is_nan(next) || (!is_nan(best) && bitcast<f32>(next) > bitcast<f32>(best)) {
                best = next;
                piece = p;
            }
        }
        y[params.first_row * params.units + i] = stored(bitcast<f32>(best));
        winner[i] = piece;
    }
}
