// Sums per channel over [rows, channels, positions]; features have one position, images as many as pixels. The kernel's Params have
// `channels` and `positions`.
// A workgroup of 256 threads takes `across` channels, neighbouring threads on neighbouring ones: a power of two, so that threads
// read memory in order, whether channels (one position: many across) or positions (one channel across) lie side by side.
var<workgroup> channel_scratch: array<f32, 256>;

// First of the channels of this workgroup.
fn first_channel(id: vec3<u32>, groups: vec3<u32>, across: u32) -> u32 {
    return element(id, groups) / 256u * across;
}

// Where value k of channel c lies, counted over positions and rows from row `first` on.
fn channel_index(first: u32, k: u32, c: u32) -> u32 {
    return ((first + k / params.positions) * params.channels + c) * params.positions + k % params.positions;
}

// Sum over the threads of the same channel by a fixed tree. Every thread must call it; every thread gets its channel's sum.
fn channel_sum(thread: u32, across: u32, mine: f32) -> f32 {
    channel_scratch[thread] = mine;
    workgroupBarrier();
    for (var width = 128u; width >= across; width >>= 1u) {
        if thread < width {
            channel_scratch[thread] += channel_scratch[thread + width];
        }
        workgroupBarrier();
    }
    let sum = channel_scratch[thread % across];
    workgroupBarrier(); // nobody overwrites the scratch before all have read it
    return sum;
}
