//! Windows inside, around and beside their operands.

use crate::{
    ops::case::{Case, case, matrices},
    plan::Grid,
};

/// By turns: the same size, a part, a frame of zeros, and what overlaps only in part.
pub fn window() -> Vec<Case> {
    matrices(|rows, columns, first_row| {
        let [x_rows, x_columns, row, column]: [i64; 4] = match (rows + columns) % 4 {
            0 => [rows as i64, columns as i64, 0, 0],
            1 => [rows as i64 + 5, columns as i64 + 3, 2, 1],
            2 => [1, columns.div_ceil(2) as i64, -(rows as i64 / 2), -1],
            _ => [rows as i64, columns as i64, 1, -2],
        };
        let params = vec![
            ("rows", rows.into()),
            ("columns", columns.into()),
            ("x_rows", (x_rows as usize).into()),
            ("x_columns", (x_columns as usize).into()),
            ("row", (row as u32).into()),
            ("column", (column as u32).into()),
            ("first_row", first_row.into()),
        ];
        case(params, Grid::Elements(rows * columns), 0).writes("y", first_row * columns..(first_row + rows) * columns)
    })
}

/// Wide and narrow neighbours.
pub fn beside() -> Vec<Case> {
    matrices(|rows, columns, first_row| {
        let other = first_row + 1;
        let len = rows * (columns + other);
        let params = vec![("rows", rows.into()), ("a_columns", columns.into()), ("b_columns", other.into()), ("len", len.into())];
        case(params, Grid::Elements(len), 0)
    })
}
