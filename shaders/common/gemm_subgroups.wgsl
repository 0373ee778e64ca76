// C = A B for software adapters with subgroups of eight threads. Contract: see gemm_plain.wgsl. Needs gemm_part.wgsl and gemm_quads.wgsl.
//
// As gemm_registers.wgsl, with a subgroup's threads sharing what they load of A: each loads one row of eight, and subgroupBroadcast
// hands it to the others. Such adapters load for one thread after another; 21 multiply-adds of a thread's 32x8 elements follow each
// load, instead of 4. They keep so many elements in memory, and go over them once for four steps of the sum. (64 rows are as fast,
// and take the driver three times as long to compile.)
//
// A thread's place is that in its subgroup, which broadcasts count by: no rule says that it is the place in the workgroup.
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
    @builtin(subgroup_invocation_id) lane: u32,
) {
    let row = TILE_ROWS * row_tile(group, groups);
    let size = extent();
    let column = group.x * TILE_COLUMNS + 8u * lane;
    if row >= size.x {
        return; // the whole subgroup
    }
    // No thread returns early: the others need its rows of A.
    var c0 = Band();
    var c1 = Band();
    var c2 = Band();
    var c3 = Band();
    let last_row = size.x - 1u;
    let row0 = row_at(min(row + lane, last_row));
    let row1 = row_at(min(row + 8u + lane, last_row));
    let row2 = row_at(min(row + 16u + lane, last_row));
    let row3 = row_at(min(row + 24u + lane, last_row));
    let columns0 = columns_at(column, size);
    let columns4 = columns_at(column + 4u, size);
    for (var k = 0u; k < size.z; k += 4u) {
        let steps = steps_at(k, size);
        let low = columns_of_b(steps, columns0);
        let high = columns_of_b(steps, columns4);
        c0 = added(c0, row_of_a(row0, steps), low, high);
        c1 = added(c1, row_of_a(row1, steps), low, high);
        c2 = added(c2, row_of_a(row2, steps), low, high);
        c3 = added(c3, row_of_a(row3, steps), low, high);
    }
    store_band(row, column, size, c0);
    store_band(row + 8u, column, size, c1);
    store_band(row + 16u, column, size, c2);
    store_band(row + 24u, column, size, c3);
}

// Four steps of the sum. Past its end it is the last one again, and counts for nothing.
struct Steps {
    x: Step,
    y: Step,
    z: Step,
    w: Step,
    count: vec4<bool>,
}

fn steps_at(k: u32, size: vec3<u32>) -> Steps {
    let last = size.z - 1u;
    return Steps(
        step_at(k),
        step_at(min(k + 1u, last)),
        step_at(min(k + 2u, last)),
        step_at(min(k + 3u, last)),
        vec4<u32>(k, k + 1u, k + 2u, k + 3u) <= vec4<u32>(last),
    );
}

// Four steps of a row of A.
fn row_of_a(row: Row, steps: Steps) -> vec4<f32> {
    let loaded = vec4<f32>(load_a(row, steps.x), load_a(row, steps.y), load_a(row, steps.z), load_a(row, steps.w));
    return select(vec4<f32>(), loaded, steps.count);
}

// The same steps of four columns of B.
fn columns_of_b(steps: Steps, columns: Columns) -> mat4x4<f32> {
    return mat4x4<f32>(
        quad_b(steps.x, columns),
        select(vec4<f32>(), quad_b(steps.y, columns), steps.count.y),
        select(vec4<f32>(), quad_b(steps.z, columns), steps.count.z),
        select(vec4<f32>(), quad_b(steps.w, columns), steps.count.w),
    );
}

// c plus the products of the rows of A that the eight threads hold with eight columns of B.
fn added(c: Band, mine: vec4<f32>, low: mat4x4<f32>, high: mat4x4<f32>) -> Band {
    let a = array<vec4<f32>, 8>(
        subgroupBroadcast(mine, 0u),
        subgroupBroadcast(mine, 1u),
        subgroupBroadcast(mine, 2u),
        subgroupBroadcast(mine, 3u),
        subgroupBroadcast(mine, 4u),
        subgroupBroadcast(mine, 5u),
        subgroupBroadcast(mine, 6u),
        subgroupBroadcast(mine, 7u),
    );
    return Band(plus_products(c.low, a, low), plus_products(c.high, a, high));
}

// Eight rows of four columns: c plus four steps of A times the same of B.
fn plus_products(c: array<vec4<f32>, 8>, a: array<vec4<f32>, 8>, b: mat4x4<f32>) -> array<vec4<f32>, 8> {
    return array<vec4<f32>, 8>(
        c[0] + b * a[0],
        c[1] + b * a[1],
        c[2] + b * a[2],
        c[3] + b * a[3],
        c[4] + b * a[4],
        c[5] + b * a[5],
        c[6] + b * a[6],
        c[7] + b * a[7],
    );
}

fn store_band(row: u32, column: u32, size: vec3<u32>, c: Band) {
    store_rows(row, column, size, c.low);
    store_rows(row, column + 4u, size, c.high);
}

fn store_rows(row: u32, column: u32, size: vec3<u32>, c: array<vec4<f32>, 8>) {
    store_quad(row, column, size, c[0]);
    store_quad(row + 1u, column, size, c[1]);
    store_quad(row + 2u, column, size, c[2]);
    store_quad(row + 3u, column, size, c[3]);
    store_quad(row + 4u, column, size, c[4]);
    store_quad(row + 5u, column, size, c[5]);
    store_quad(row + 6u, column, size, c[6]);
    store_quad(row + 7u, column, size, c[7]);
}
