// Sums over the 256 threads of a workgroup in a fixed order, so that they have the same bits every time: 16 sums of 16, then their
// sum. On software adapters a barrier costs far more than additions do, and here there are two. Every thread must call these; every
// thread gets the sum.
var<workgroup> reduce_scratch: array<vec2<f32>, 256>;
var<workgroup> reduce_parts: array<vec2<f32>, 16>;

// Two sums at once.
fn workgroup_sums(thread: u32, mine: vec2<f32>) -> vec2<f32> {
    reduce_scratch[thread] = mine;
    workgroupBarrier(); // also, all have read the parts of the call before
    if thread < 16u {
        var part = vec2<f32>();
        for (var i = thread; i < 256u; i += 16u) {
            part += reduce_scratch[i];
        }
        reduce_parts[thread] = part;
    }
    workgroupBarrier(); // also, the scratch has been read and may be overwritten
    var sum = vec2<f32>();
    for (var i = 0u; i < 16u; i++) {
        sum += reduce_parts[i];
    }
    return sum;
}

fn workgroup_sum(thread: u32, mine: f32) -> f32 {
    return workgroup_sums(thread, vec2<f32>(mine, 0.0)).x;
}
