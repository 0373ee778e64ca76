// C = A B for software adapters. Contract: see gemm_plain.wgsl. Needs gemm_part.wgsl and gemm_quads.wgsl.
//
// Each thread computes 8x8 elements of C in registers. There is no workgroup memory: on a processor it is ordinary memory behind
// a barrier, and what counts is how many multiply-adds follow a load: here 64 follow 16. The threads of a workgroup lie along a
// row, one for each lane of the processor, and share their loads of A in its cache.
const THREADS: u32 = 8u;
const TILE_ROWS: u32 = 8u;
const TILE_COLUMNS: u32 = 8u * THREADS;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let row = TILE_ROWS * row_tile(group, groups);
    let column = group.x * TILE_COLUMNS + 8u * thread;
    let size = extent();
    if row >= size.x || column >= size.y {
        return;
    }
    let rows0 = rows_at(row, size);
    let rows4 = rows_at(row + 4u, size);
    let columns0 = columns_at(column, size);
    let columns4 = columns_at(column + 4u, size);

    // cRl and cRh: row R, the low and the high four columns.
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
    for (var k = 0u; k < size.z; k++) {
        let step = step_at(k);
        let low = quad_b(step, columns0);
        let high = quad_b(step, columns4);
        let a0 = load_a(rows0.x, step);
        c0l += a0 * low;
        c0h += a0 * high;
        let a1 = load_a(rows0.y, step);
        c1l += a1 * low;
        c1h += a1 * high;
        let a2 = load_a(rows0.z, step);
        c2l += a2 * low;
        c2h += a2 * high;
        let a3 = load_a(rows0.w, step);
        c3l += a3 * low;
        c3h += a3 * high;
        let a4 = load_a(rows4.x, step);
        c4l += a4 * low;
        c4h += a4 * high;
        let a5 = load_a(rows4.y, step);
        c5l += a5 * low;
        c5h += a5 * high;
        let a6 = load_a(rows4.z, step);
        c6l += a6 * low;
        c6h += a6 * high;
        let a7 = load_a(rows4.w, step);
        c7l += a7 * low;
        c7h += a7 * high;
    }

    store_quad(row, column, size, c0l);
    store_quad(row, column + 4u, size, c0h);
    store_quad(row + 1u, column, size, c1l);
    store_quad(row + 1u, column + 4u, size, c1h);
    store_quad(row + 2u, column, size, c2l);
    store_quad(row + 2u, column + 4u, size, c2h);
    store_quad(row + 3u, column, size, c3l);
    store_quad(row + 3u, column + 4u, size, c3h);
    store_quad(row + 4u, column, size, c4l);
    store_quad(row + 4u, column + 4u, size, c4h);
    store_quad(row + 5u, column, size, c5l);
    store_quad(row + 5u, column + 4u, size, c5h);
    store_quad(row + 6u, column, size, c6l);
    store_quad(row + 6u, column + 4u, size, c6h);
    store_quad(row + 7u, column, size, c7l);
    store_quad(row + 7u, column + 4u, size, c7h);
}
