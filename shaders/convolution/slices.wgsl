// What the gradients by weights have in common: C = [dw | db] = A B with A = dy^T, B = [patches of x | 1], a part per slice of the sum and
// group of channels: part = slice * groups + group. sum_slices.wgsl adds the slices up: so enough workgroups have something to do where
// there are few weights and many places, and the order of the sum is fixed.
alias Row = u32;

// An element under the kernel, or the column behind the last one, which is for the bias.
struct Column {
    tap: Tap,
    is_bias: bool,
}

// A place by its row of the table; what lies behind the last one does not count.
struct Step {
    place: Place,
    row: u32,
    counts: bool,
}

fn parts() -> u32 {
    return params.slices * params.groups;
}

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.rows, params.steps + 1u, params.length);
}

fn row_at(row: u32) -> Row {
    return group_of_part() * params.rows + row;
}

fn column_at(column: u32) -> Column {
    var tap = tap_at(min(column, params.steps - 1u));
    tap.offset += i32(group_of_part() * params.group_inputs);
    return Column(tap, column == params.steps);
}

fn step_at(k: u32) -> Step {
    let row = class_of_part() * params.length + k;
    let inside = min(row, params.count - 1u);
    return Step(place_at(inside), inside, row < params.count);
}

fn store_c(row: u32, column: u32, sum: f32) {
    let output = class_of_part() * params.outputs + group_of_part() * params.rows + row;
    partials[output * (params.steps + 1u) + column] = sum;
}
