// A workgroup's sums of squares of gradients and of new weights, into `partials`. Every thread must call it.
fn write_partials(thread: u32, group: u32, mine: vec2<f32>) {
    let squares = workgroup_sums(thread, mine);
    if thread == 0u && group < params.groups {
        partials[2u * group] = squares.x;
        partials[2u * group + 1u] = squares.y;
    }
}
