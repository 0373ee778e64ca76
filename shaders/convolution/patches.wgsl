// The part of a convolution's product that forward, tangent and backward passes have in common: A = patches of a picture, B = w^T.
alias Row = Place;
alias Column = u32;
alias Step = Tap;

fn parts() -> u32 {
    return params.classes * params.groups;
}

// Rows of C, columns of C, length of the sum.
fn extent() -> vec3<u32> {
    return vec3<u32>(params.rows, params.columns, params.steps);
}

fn row_at(row: u32) -> Row {
    var place = place_at(class_of_part() * params.rows + row);
    place.base += i32(group_of_part() * params.group_inputs);
    return place;
}

fn step_at(k: u32) -> Step {
    return tap_at(class_of_part() * params.steps + k);
}

fn column_at(column: u32) -> Column {
    return group_of_part() * params.group_weights + column * params.column_weights;
}

fn load_b(step: Step, column: Column) -> f32 {
    return w[step.w + column];
}

// The pixel that a row of C is, or NOWHERE.
fn pixel_of(row: u32) -> u32 {
    return places[3u * (class_of_part() * params.rows + row) + 2u];
}

// Classes have as many rows as the largest of them.
const NOWHERE: u32 = 0xffffffffu;

// The channel that a column of C is.
fn channel_of(column: u32) -> u32 {
    return group_of_part() * params.columns + column;
}
