//! Sizes for arithmetic, with every way to repeat an operand.

use crate::{
    ops::case::{Case, case, matrices},
    plan::Grid,
};

/// Operands whole, with one row, with one column, and with one number, by turns.
fn combined() -> Vec<Case> {
    let mut turn = 0;
    let mut shapes = |rows: usize, columns: usize| {
        turn += 1;
        let operand = |which: usize| match which % 4 {
            0 => [columns, 1, rows * columns],
            1 => [0, 1, columns],
            2 => [1, 0, rows],
            _ => [0, 0, 1],
        };
        [operand(turn), operand(turn / 4 + turn)]
    };
    let shapes = std::cell::RefCell::new(&mut shapes);
    matrices(|rows, columns, _| {
        let [[a_row, a_column, a_len], [b_row, b_column, b_len]] = (shapes.borrow_mut())(rows, columns);
        let params = vec![
            ("rows", rows.into()),
            ("columns", columns.into()),
            ("a_row", a_row.into()),
            ("a_column", a_column.into()),
            ("a_len", a_len.into()),
            ("b_row", b_row.into()),
            ("b_column", b_column.into()),
            ("b_len", b_len.into()),
        ];
        case(params, Grid::Elements(rows * columns), 2)
    })
}

/// With two factors. Sums of about 1 may cancel.
pub fn add() -> Vec<Case> {
    combined().into_iter().map(|case| Case { floor: 1.0, ..case.param("ka", 0.7f32).param("kb", -1.3f32) }).collect()
}

/// With a factor.
pub fn multiply() -> Vec<Case> {
    combined().into_iter().map(|case| case.param("k", -0.7f32)).collect()
}

/// Flat. Sums of about 1 may cancel.
pub fn affine() -> Vec<Case> {
    matrices(|rows, columns, _| {
        let count = rows * columns;
        let params = vec![("count", count.into()), ("scale", 0.7f32.into()), ("shift", (-0.3f32).into())];
        Case { floor: 1.0, ..case(params, Grid::Elements(count), 2) }
    })
}
