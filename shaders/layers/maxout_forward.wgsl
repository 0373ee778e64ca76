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

// By its bits, because drivers may assume that there is none.
fn is_nan(value: f32) -> bool {
    return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.units {
        let first = i * params.pieces;
        var best = f32(h[first]);
        var piece = 0u;
        for (var p = 1u; p < params.pieces; p++) {
            let value = f32(h[first + p]);
            if value > best || is_nan(value) {
                best = value;
                piece = p;
            }
        }
        y[params.first_row * params.units + i] = stored(best);
        winner[i] = piece;
    }
}
