// Sum over the 256 threads of a workgroup in a fixed order, so that it has the same bits every time: 16 sums of 16, then their sum.
// On software adapters a barrier costs far more than additions do, and here there are two. Every thread must call it; every thread
// gets the sum.
var<workgroup> reduce_scratch: array<f32, 256>;
var<workgroup> reduce_sums: array<f32, 16>;

fn workgroup_sum(thread: u32, mine: f32) -> f32 {
    reduce_scratch[thread] = mine;
    workgroupBarrier(); // also, all have read the sums of the call before
    if thread < 16u {
        var part = 0.0;
        for (var i = thread; i < 256u; i += 16u) {
            part += reduce_scratch[i];
        }
        reduce_sums[thread] = part;
    }
    workgroupBarrier(); // also, the scratch has been read and may be overwritten
    var sum = 0.0;
    for (var i = 0u; i < 16u; i++) {
        sum += reduce_sums[i];
    }
    return sum;
}
