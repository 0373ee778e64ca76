// Where an operand has the value for element i of [rows, columns]: at row * row_step + column * column_step, so that a step of 0 repeats
// its rows or columns. The kernel's Params have `columns`.
fn repeated(i: u32, row_step: u32, column_step: u32) -> u32 {
    let row = i / params.columns;
    return row * row_step + (i - row * params.columns) * column_step;
}
