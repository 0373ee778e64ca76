// C = A B for software adapters with subgroups of eight threads. Contract: see gemm_plain.wgsl. Needs gemm_quads.wgsl.
//
// As gemm_registers.wgsl, with a subgroup's threads sharing what they load of A: each loads one row of eight, and subgroupBroadcast
// hands it to the others. Such adapters load for one thread after another; 21 multiply-adds of a thread's 32x8 elements follow each
// load, instead of 4. They keep so many elements in memory, and go over them once for four steps of the sum. (64 rows are as fast,
// and take the driver three times as long to compile.)
const THREADS: u32 = 8u; // one subgroup; the host sees to it
const TILE_ROWS: u32 = 32u;
const TILE_COLUMNS: u32 = 8u * THREADS;

// Eight rows of eight columns of C.
struct Band {
    low: array<vec4<f32>, 8>,
    high: array<vec4<f32>, 8>,
}

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
    // No thread returns early: the others need its rows of A.
    var c0 = Band();
    var c1 = Band();
    var c2 = Band();
    var c3 = Band();
    for (var k = 0u; k < size.z; k += 4u) {
        let low = columns_of_b(k, column, size);
        let high = columns_of_b(k, column + 4u, size);
        c0 = added(c0, row_of_a(row + thread, k, size), low, high);
        c1 = added(c1, row_of_a(row + 8u + thread, k, size), low, high);
        c2 = added(c2, row_of_a(row + 16u + thread, k, size), low, high);
        c3 = added(c3, row_of_a(row + 24u + thread, k, size), low, high);
    }
    store_band(row, column, size, c0);
    store_band(row + 8u, column, size, c1);
    store_band(row + 16u, column, size, c2);
    store_band(row + 24u, column, size, c3);
}

// Four steps of a row of A. What lies past the sum's end is zero; past the last row that is loaded again, and what comes of it is
// not stored.
fn row_of_a(row: u32, k: u32, size: vec3<u32>) -> vec4<f32> {
    let r = min(row, size.x - 1u);
    let last = size.z - 1u;
    let loaded = vec4<f32>(load_a(r, k), load_a(r, min(k + 1u, last)), load_a(r, min(k + 2u, last)), load_a(r, min(k + 3u, last)));
    return select(vec4<f32>(), loaded, vec4<u32>(k, k + 1u, k + 2u, k + 3u) <= vec4<u32>(last));
}

// The same steps of four columns of B.
fn columns_of_b(k: u32, column: u32, size: vec3<u32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        row_of_b(k, column, size),
        row_of_b(k + 1u, column, size),
        row_of_b(k + 2u, column, size),
        row_of_b(k + 3u, column, size),
    );
}

fn row_of_b(k: u32, column: u32, size: vec3<u32>) -> vec4<f32> {
    let step = min(k, size.z - 1u);
    let last = size.y - 1u;
    let loaded = vec4<f32>(
        load_b(step, min(column, last)),
        load_b(step, min(column + 1u, last)),
        load_b(step, min(column + 2u, last)),
        load_b(step, min(column + 3u, last)),
    );
    return select(vec4<f32>(), loaded, k < size.z);
}

// c plus the products of the rows of A that the eight threads hold with eight columns of B.
fn added(c: Band, mine: vec4<f32>, low: mat4x4<f32>, high: mat4x4<f32>) -> Band {
    let a0 = subgroupBroadcast(mine, 0u);
    let a1 = subgroupBroadcast(mine, 1u);
    let a2 = subgroupBroadcast(mine, 2u);
    let a3 = subgroupBroadcast(mine, 3u);
    let a4 = subgroupBroadcast(mine, 4u);
    let a5 = subgroupBroadcast(mine, 5u);
    let a6 = subgroupBroadcast(mine, 6u);
    let a7 = subgroupBroadcast(mine, 7u);
    return Band(
        array<vec4<f32>, 8>(
            c.low[0] + low * a0,
            c.low[1] + low * a1,
            c.low[2] + low * a2,
            c.low[3] + low * a3,
            c.low[4] + low * a4,
            c.low[5] + low * a5,
            c.low[6] + low * a6,
            c.low[7] + low * a7,
        ),
        array<vec4<f32>, 8>(
            c.high[0] + high * a0,
            c.high[1] + high * a1,
            c.high[2] + high * a2,
            c.high[3] + high * a3,
            c.high[4] + high * a4,
            c.high[5] + high * a5,
            c.high[6] + high * a6,
            c.high[7] + high * a7,
        ),
    );
}

fn store_band(row: u32, column: u32, size: vec3<u32>, c: Band) {
    store_quad(row, column, size, c.low[0]);
    store_quad(row, column + 4u, size, c.high[0]);
    store_quad(row + 1u, column, size, c.low[1]);
    store_quad(row + 1u, column + 4u, size, c.high[1]);
    store_quad(row + 2u, column, size, c.low[2]);
    store_quad(row + 2u, column + 4u, size, c.high[2]);
    store_quad(row + 3u, column, size, c.low[3]);
    store_quad(row + 3u, column + 4u, size, c.high[3]);
    store_quad(row + 4u, column, size, c.low[4]);
    store_quad(row + 4u, column + 4u, size, c.high[4]);
    store_quad(row + 5u, column, size, c.low[5]);
    store_quad(row + 5u, column + 4u, size, c.high[5]);
    store_quad(row + 6u, column, size, c.low[6]);
    store_quad(row + 6u, column + 4u, size, c.high[6]);
    store_quad(row + 7u, column, size, c.low[7]);
    store_quad(row + 7u, column + 4u, size, c.high[7]);
}
