// C = A B for software adapters with subgroups of eight threads. Contract: see gemm_plain.wgsl. Needs gemm_quads.wgsl.
//
// As gemm_registers.wgsl, with a subgroup's threads sharing what they load of A: each loads one row of eight, and subgroupBroadcast
// hands it to the others. The 32x8 elements of a thread follow 12 loads, 21 multiply-adds per load instead of 4.
const THREADS: u32 = 8u; // one subgroup; the host sees to it
const TILE_ROWS: u32 = 32u;
const TILE_COLUMNS: u32 = 8u * THREADS;

@compute @workgroup_size(THREADS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let size = extent();
    let row = (group.z * groups.y + group.y) * TILE_ROWS;
    let column = group.x * TILE_COLUMNS + 8u * thread;
    if row >= size.x {
        return; // the whole subgroup
    }
    // Past the end the last row or column is loaded again; what comes of it is not stored. No thread returns early: the others
    // need its rows of A.
    let last_row = size.x - 1u;
    let last_column = size.y - 1u;
    let row0 = min(row + thread, last_row);
    let row1 = min(row + 8u + thread, last_row);
    let row2 = min(row + 16u + thread, last_row);
    let row3 = min(row + 24u + thread, last_row);
    let column0 = min(column, last_column);
    let column1 = min(column + 1u, last_column);
    let column2 = min(column + 2u, last_column);
    let column3 = min(column + 3u, last_column);
    let column4 = min(column + 4u, last_column);
    let column5 = min(column + 5u, last_column);
    let column6 = min(column + 6u, last_column);
    let column7 = min(column + 7u, last_column);

    // cQl and cQh: the Qth four rows, the low and the high four columns.
    var c0l = mat4x4<f32>();
    var c0h = mat4x4<f32>();
    var c1l = mat4x4<f32>();
    var c1h = mat4x4<f32>();
    var c2l = mat4x4<f32>();
    var c2h = mat4x4<f32>();
    var c3l = mat4x4<f32>();
    var c3h = mat4x4<f32>();
    var c4l = mat4x4<f32>();
    var c4h = mat4x4<f32>();
    var c5l = mat4x4<f32>();
    var c5h = mat4x4<f32>();
    var c6l = mat4x4<f32>();
    var c6h = mat4x4<f32>();
    var c7l = mat4x4<f32>();
    var c7h = mat4x4<f32>();
    for (var k = 0u; k < size.z; k++) {
        let low = vec4<f32>(load_b(k, column0), load_b(k, column1), load_b(k, column2), load_b(k, column3));
        let high = vec4<f32>(load_b(k, column4), load_b(k, column5), load_b(k, column6), load_b(k, column7));
        let a0 = load_a(row0, k);
        let q0 = first_four(a0);
        c0l += outer(q0, low);
        c0h += outer(q0, high);
        let q1 = last_four(a0);
        c1l += outer(q1, low);
        c1h += outer(q1, high);
        let a1 = load_a(row1, k);
        let q2 = first_four(a1);
        c2l += outer(q2, low);
        c2h += outer(q2, high);
        let q3 = last_four(a1);
        c3l += outer(q3, low);
        c3h += outer(q3, high);
        let a2 = load_a(row2, k);
        let q4 = first_four(a2);
        c4l += outer(q4, low);
        c4h += outer(q4, high);
        let q5 = last_four(a2);
        c5l += outer(q5, low);
        c5h += outer(q5, high);
        let a3 = load_a(row3, k);
        let q6 = first_four(a3);
        c6l += outer(q6, low);
        c6h += outer(q6, high);
        let q7 = last_four(a3);
        c7l += outer(q7, low);
        c7h += outer(q7, high);
    }

    store_rows(row, column, size, c0l, c0h);
    store_rows(row + 4u, column, size, c1l, c1h);
    store_rows(row + 8u, column, size, c2l, c2h);
    store_rows(row + 12u, column, size, c3l, c3h);
    store_rows(row + 16u, column, size, c4l, c4h);
    store_rows(row + 20u, column, size, c5l, c5h);
    store_rows(row + 24u, column, size, c6l, c6h);
    store_rows(row + 28u, column, size, c7l, c7h);
}

// What the first four threads of the subgroup hold.
fn first_four(mine: f32) -> vec4<f32> {
    return vec4<f32>(
        subgroupBroadcast(mine, 0u),
        subgroupBroadcast(mine, 1u),
        subgroupBroadcast(mine, 2u),
        subgroupBroadcast(mine, 3u),
    );
}

// What the last four threads of the subgroup hold.
fn last_four(mine: f32) -> vec4<f32> {
    return vec4<f32>(
        subgroupBroadcast(mine, 4u),
        subgroupBroadcast(mine, 5u),
        subgroupBroadcast(mine, 6u),
        subgroupBroadcast(mine, 7u),
    );
}

// Every element of a times every one of b: four rows of four columns.
fn outer(a: vec4<f32>, b: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(a.x * b, a.y * b, a.z * b, a.w * b);
}

// Four rows of eight columns.
fn store_rows(row: u32, column: u32, size: vec3<u32>, low: mat4x4<f32>, high: mat4x4<f32>) {
    store_quad(row, column, size, low[0]);
    store_quad(row, column + 4u, size, high[0]);
    store_quad(row + 1u, column, size, low[1]);
    store_quad(row + 1u, column + 4u, size, high[1]);
    store_quad(row + 2u, column, size, low[2]);
    store_quad(row + 2u, column + 4u, size, high[2]);
    store_quad(row + 3u, column, size, low[3]);
    store_quad(row + 3u, column + 4u, size, high[3]);
}
