// C = A B, one thread per element of C: the main loop to read first. The faster ones compute the same sums in the same order.
//
// A main loop calls what the kernel's text defines: extent(), load_a(row, k), load_b(k, column) and store_c(row, column, sum),
// and calls them only inside the extent. The host reads the tile from the two constants and launches one workgroup per tile of C.
const TILE_ROWS: u32 = 8u;
const TILE_COLUMNS: u32 = 8u;

@compute @workgroup_size(TILE_COLUMNS, TILE_ROWS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_id) thread: vec3<u32>,
) {
    let size = extent();
    // More than 65,535 tiles of rows are folded into z by the host.
    let row = (group.z * groups.y + group.y) * TILE_ROWS + thread.y;
    let column = group.x * TILE_COLUMNS + thread.x;
    if row >= size.x || column >= size.y {
        return;
    }
    var sum = 0.0;
    for (var k = 0u; k < size.z; k++) {
        sum += load_a(row, k) * load_b(k, column);
    }
    store_c(row, column, sum);
}
