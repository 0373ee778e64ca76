// dh[r, u, p] = dy[r, u] for the piece that won, 0 for the others.
struct Params {
    rows: u32,
    units: u32,
    pieces: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, units]
@group(0) @binding(2) var<storage, read> winner: array<u32>; // [rows, units]
@group(0) @binding(3) var<storage, read_write> dh: array<f32>; // [rows, units, pieces]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.units * params.pieces {
        let unit = i / params.pieces;
        dh[i] = select(0.0, dy[unit], winner[unit] == i - unit * params.pieces);
    }
}
