// Which of a dispatch's products a workgroup computes. Workgroups lie along x by tiles of columns, along y by tiles of rows, and along z
// by parts; more than 65,535 tiles of rows are folded into z by the host.

// Sets `part`; the number of the workgroup's tile of rows in it.
fn row_tile(group: vec3<u32>, groups: vec3<u32>) -> u32 {
    part = group.z % parts();
    return (group.z / parts()) * groups.y + group.y;
}
