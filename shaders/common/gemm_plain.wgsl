// C = A B, one thread per element of C: the main loop to read first. The faster ones compute the same sums in the same order.
//
// A main loop calls what the kernel's text defines, and calls it only inside the extent:
//   parts()                        how many products C = A B of one size there are; `part` is the one at hand
//   extent()                       rows of C, columns of C, length of the sum
//   row_at(row), column_at(column), step_at(k)
//                                  what loads need to know of a row of A, of a column of B and of a step of the sum: found once, so that
//                                  nothing but an addition is left to a load (in gemm_indices.wgsl it is the number itself)
//   load_a(row, step), load_b(step, column), store_c(row, column, sum)
// The host reads the tile from the two constants and launches one workgroup per tile of C.
const TILE_ROWS: u32 = 8u;
const TILE_COLUMNS: u32 = 8u;

@compute @workgroup_size(TILE_COLUMNS, TILE_ROWS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) thread: vec3<u32>,
) {
    let row = TILE_ROWS * row_tile(group, groups) + thread.y;
    let column = group.x * TILE_COLUMNS + thread.x;
    let size = extent();
    if row >= size.x || column >= size.y {
        return;
    }
    let a = row_at(row);
    let b = column_at(column);
    var sum = 0.0;
    for (var k = 0u; k < size.z; k++) {
        let step = step_at(k);
        sum += load_a(a, step) * load_b(step, b);
    }
    store_c(row, column, sum);
}
