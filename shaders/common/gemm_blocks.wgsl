// C = A B for GPUs, large products. Contract: see gemm_plain.wgsl. Needs gemm_part.wgsl and gemm_quads.wgsl.
//
// As gemm_workgroup.wgsl with tiles of 64x64 and 8x8 elements per thread: 64 multiply-adds follow four reads of a vec4 instead of 16
// that follow two, for fewer and larger workgroups, which small products do not fill a GPU with.
const TILE_ROWS: u32 = 64u;
const TILE_COLUMNS: u32 = 64u;
const STEP: u32 = 16u;
const QUADS: u32 = 16u; // vec4s along an edge of the tile
const STRIDE: u32 = 17u; // QUADS + 1: neighbours along k lie in different banks
const THREADS: u32 = 64u;
const HALF: u32 = 8u; // a thread's eight rows are a quad of each half of the tile, and so its columns

var<workgroup> tile_a: array<vec4<f32>, STEP * STRIDE>; // [STEP, STRIDE] of 4 rows
var<workgroup> tile_b: array<vec4<f32>, STEP * STRIDE>; // [STEP, STRIDE] of 4 columns

@compute @workgroup_size(THREADS)
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
    // For computing, 8 neighbouring threads lie along a row of C.
    let quad_row = thread / HALF;
    let quad_column = thread % HALF;

    // cRl and cRh: row R of the thread's eight, its low and its high four columns.
    var c0l = vec4<f32>();
    var c0h = vec4<f32>();
    var c1l = vec4<f32>();
    var c1h = vec4<f32>();
    var c2l = vec4<f32>();
    var c2h = vec4<f32>();
    var c3l = vec4<f32>();
    var c3h = vec4<f32>();
    var c4l = vec4<f32>();
    var c4h = vec4<f32>();
    var c5l = vec4<f32>();
    var c5h = vec4<f32>();
    var c6l = vec4<f32>();
    var c6h = vec4<f32>();
    var c7l = vec4<f32>();
    var c7h = vec4<f32>();
    for (var start = 0u; start < size.z; start += STEP) {
        workgroupBarrier(); // the step before has been read by all
        if start + k < size.z {
            let step = step_at(start + k);
            // Rows and columns are looked up again in every step: 16 of each would leave no registers for sums.
            for (var q = quad; q < QUADS; q += THREADS / STEP) {
                tile_a[k * STRIDE + q] = quad_a(rows_at(first_row + 4u * q, size), step);
                tile_b[k * STRIDE + q] = quad_b(step, columns_at(first_column + 4u * q, size));
            }
        } else {
            for (var q = quad; q < QUADS; q += THREADS / STEP) {
                tile_a[k * STRIDE + q] = vec4<f32>();
                tile_b[k * STRIDE + q] = vec4<f32>();
            }
        }
        workgroupBarrier();
        for (var i = 0u; i < STEP; i++) {
            let low = tile_b[i * STRIDE + quad_column];
            let high = tile_b[i * STRIDE + quad_column + HALF];
            var a = tile_a[i * STRIDE + quad_row];
            c0l += a.x * low;
            c0h += a.x * high;
            c1l += a.y * low;
            c1h += a.y * high;
            c2l += a.z * low;
            c2h += a.z * high;
            c3l += a.w * low;
            c3h += a.w * high;
            a = tile_a[i * STRIDE + quad_row + HALF];
            c4l += a.x * low;
            c4h += a.x * high;
            c5l += a.y * low;
            c5h += a.y * high;
            c6l += a.z * low;
            c6h += a.z * high;
            c7l += a.w * low;
            c7h += a.w * high;
        }
    }

    let column = first_column + 4u * quad_column;
    var row = first_row + 4u * quad_row;
    store_quad(row, column, size, c0l);
    store_quad(row, column + 4u * HALF, size, c0h);
    store_quad(row + 1u, column, size, c1l);
    store_quad(row + 1u, column + 4u * HALF, size, c1h);
    store_quad(row + 2u, column, size, c2l);
    store_quad(row + 2u, column + 4u * HALF, size, c2h);
    store_quad(row + 3u, column, size, c3l);
    store_quad(row + 3u, column + 4u * HALF, size, c3h);
    row += 4u * HALF;
    store_quad(row, column, size, c4l);
    store_quad(row, column + 4u * HALF, size, c4h);
    store_quad(row + 1u, column, size, c5l);
    store_quad(row + 1u, column + 4u * HALF, size, c5h);
    store_quad(row + 2u, column, size, c6l);
    store_quad(row + 2u, column + 4u * HALF, size, c6h);
    store_quad(row + 3u, column, size, c7l);
    store_quad(row + 3u, column + 4u * HALF, size, c7h);
}
