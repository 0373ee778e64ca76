// Sum over the 256 threads of a workgroup by a fixed tree, so that it has the same bits every time.
// Every thread must call it; every thread gets the sum.
var<workgroup> reduce_scratch: array<f32, 256>;

fn workgroup_sum(thread: u32, mine: f32) -> f32 {
    reduce_scratch[thread] = mine;
    workgroupBarrier();
    for (var width = 128u; width > 0u; width >>= 1u) {
        if thread < width {
            reduce_scratch[thread] += reduce_scratch[thread + width];
        }
        workgroupBarrier();
    }
    let sum = reduce_scratch[0];
    workgroupBarrier(); // nobody overwrites the scratch before all have read it
    return sum;
}
