// C = A B for GPUs, products of any size. Contract: see gemm_plain.wgsl. Needs gemm_part.wgsl and gemm_quads.wgsl.
//
// A workgroup of 64 threads computes a tile of 32x32 elements of C, each thread 4x4 of them. A and B pass through workgroup memory
// in steps of 16 along the sum, so a tile loads each element once, and 16 multiply-adds follow two reads of a vec4.
const TILE_ROWS: u32 = 32u;
const TILE_COLUMNS: u32 = 32u;
const STEP: u32 = 16u;
const QUADS: u32 = 8u; // vec4s along an edge of the tile
const STRIDE: u32 = 9u; // QUADS + 1: neighbours along k lie in different banks

var<workgroup> tile_a: array<vec4<f32>, STEP * STRIDE>; // [STEP, STRIDE] of 4 rows
var<workgroup> tile_b: array<vec4<f32>, STEP * STRIDE>; // [STEP, STRIDE] of 4 columns

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let first_row = TILE_ROWS * row_tile(group, groups);
    let size = extent();
    let first_column = group.x * TILE_COLUMNS;

    // For loading, 16 neighbouring threads lie along k, where most operands are contiguous.
    let k = thread % STEP;
    let quad = thread / STEP;
    let half = QUADS / 2u; // each thread loads two quads of A and two of B
    let rows0 = rows_at(first_row + 4u * quad, size);
    let rows1 = rows_at(first_row + 4u * (quad + half), size);
    let columns0 = columns_at(first_column + 4u * quad, size);
    let columns1 = columns_at(first_column + 4u * (quad + half), size);
    // For computing, 8 neighbouring threads lie along a row of C.
    let quad_row = thread / QUADS;
    let quad_column = thread % QUADS;

    var c0 = vec4<f32>();
    var c1 = vec4<f32>();
    var c2 = vec4<f32>();
    var c3 = vec4<f32>();
    for (var start = 0u; start < size.z; start += STEP) {
        var a0 = vec4<f32>();
        var a1 = vec4<f32>();
        var b0 = vec4<f32>();
        var b1 = vec4<f32>();
        if start + k < size.z {
            let step = step_at(start + k);
            a0 = quad_a(rows0, step);
            a1 = quad_a(rows1, step);
            b0 = quad_b(step, columns0);
            b1 = quad_b(step, columns1);
        }
        workgroupBarrier(); // the step before has been read by all
        tile_a[k * STRIDE + quad] = a0;
        tile_a[k * STRIDE + quad + half] = a1;
        tile_b[k * STRIDE + quad] = b0;
        tile_b[k * STRIDE + quad + half] = b1;
        workgroupBarrier();
        for (var i = 0u; i < STEP; i += 2u) {
            var a = tile_a[i * STRIDE + quad_row];
            var b = tile_b[i * STRIDE + quad_column];
            c0 += a.x * b;
            c1 += a.y * b;
            c2 += a.z * b;
            c3 += a.w * b;
            a = tile_a[(i + 1u) * STRIDE + quad_row];
            b = tile_b[(i + 1u) * STRIDE + quad_column];
            c0 += a.x * b;
            c1 += a.y * b;
            c2 += a.z * b;
            c3 += a.w * b;
        }
    }

    let row = first_row + 4u * quad_row;
    let column = first_column + 4u * quad_column;
    store_quad(row, column, size, c0);
    store_quad(row + 1u, column, size, c1);
    store_quad(row + 2u, column, size, c2);
    store_quad(row + 3u, column, size, c3);
}
