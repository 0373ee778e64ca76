// For kernels whose product is one of whole matrices: rows, columns and steps are plain numbers. See gemm_plain.wgsl.
var<private> part: u32; // always the first

alias Row = u32;
alias Column = u32;
alias Step = u32;

fn parts() -> u32 {
    return 1u;
}

fn row_at(row: u32) -> Row {
    return row;
}

fn column_at(column: u32) -> Column {
    return column;
}

fn step_at(k: u32) -> Step {
    return k;
}
