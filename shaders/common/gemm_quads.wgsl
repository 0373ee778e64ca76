// Loads and stores of four neighbours at once, for main loops that compute in vec4s.

struct Rows {
    x: Row,
    y: Row,
    z: Row,
    w: Row,
}

struct Columns {
    x: Column,
    y: Column,
    z: Column,
    w: Column,
}

// Four rows from `row` on. Past the end it is the last one again: what comes of it is not stored.
fn rows_at(row: u32, size: vec3<u32>) -> Rows {
    let last = size.x - 1u;
    return Rows(row_at(min(row, last)), row_at(min(row + 1u, last)), row_at(min(row + 2u, last)), row_at(min(row + 3u, last)));
}

// As rows_at.
fn columns_at(column: u32, size: vec3<u32>) -> Columns {
    let last = size.y - 1u;
    return Columns(
        column_at(min(column, last)),
        column_at(min(column + 1u, last)),
        column_at(min(column + 2u, last)),
        column_at(min(column + 3u, last)),
    );
}

// A step of four rows of A.
fn quad_a(rows: Rows, step: Step) -> vec4<f32> {
    return vec4<f32>(load_a(rows.x, step), load_a(rows.y, step), load_a(rows.z, step), load_a(rows.w, step));
}

// A step of four columns of B.
fn quad_b(step: Step, columns: Columns) -> vec4<f32> {
    return vec4<f32>(load_b(step, columns.x), load_b(step, columns.y), load_b(step, columns.z), load_b(step, columns.w));
}

fn store_quad(row: u32, column: u32, size: vec3<u32>, sums: vec4<f32>) {
    if row < size.x {
        if column < size.y { store_c(row, column, sums.x); }
        if column + 1u < size.y { store_c(row, column + 1u, sums.y); }
        if column + 2u < size.y { store_c(row, column + 2u, sums.z); }
        if column + 3u < size.y { store_c(row, column + 3u, sums.w); }
    }
}
