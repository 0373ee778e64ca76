// ty[r, u] = th[r, u, winner]: the maximum moves as the piece that gave it.
struct Params {
    rows: u32,
    units: u32,
    pieces: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> th: array<f32>; // [rows, units, pieces]
@group(0) @binding(2) var<storage, read> winner: array<u32>; // [rows, units]
@group(0) @binding(3) var<storage, read_write> ty: array<f32>; // [rows, units]

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = element(id, groups);
    if i < params.rows * params.units {
        ty[i] = th[i * params.pieces + winner[i]];
    }
}
