//! Programs with every operation, every function and every kind of operand.

use super::{Instruction, Operand, Operation};
use crate::{
    ops::{
        case::{Case, Input, case},
        pointwise::FUNCTIONS,
    },
    plan::Grid,
};

/// Rows of the inputs: one, around a workgroup, more than two.
const ROWS: [usize; 6] = [1, 63, 255, 256, 257, 601];

/// Each program uses values of its own from earlier instructions.
pub fn row_program() -> Vec<Case> {
    ROWS.iter().map(|rows| program(*rows)).collect()
}

fn program(rows: usize) -> Case {
    let n = rows as u32;
    let input = |source| Operand { source, at: 0, step: 1 };
    let value = |place: u32| Operand { source: 0, at: place * n, step: 1 };
    let one = |place: u32| Operand { source: 0, at: place * n, step: 0 };
    let nothing = Operand { source: 0, at: 0, step: 0 };
    let mut instructions: Vec<Instruction> = Vec::new();
    let mut add = |operation, a, b, [k, l, alpha]: [f32; 3]| {
        let to = instructions.len() as u32 * n;
        instructions.push(Instruction { operation, to, count: n, a, b, k, l, alpha });
    };
    add(Operation::Affine, input(1), nothing, [0.5, -1.5, 0.0]);
    add(Operation::Add, input(2), value(0), [0.7, -0.3, 0.0]);
    add(Operation::Multiply, input(3), input(4), [1.3, 0.0, 0.0]);
    add(Operation::Sum, value(1), nothing, [1.0 / rows as f32, 0.0, 0.0]);
    add(Operation::Add, value(2), one(3), [1.0, 1.0, 0.0]);
    add(Operation::Affine, Operand { source: 2, at: n - 1, step: 0 }, nothing, [2.0, 0.0, 0.0]);
    for function in &FUNCTIONS {
        let alpha = function.alpha.unwrap_or(0.0);
        for order in [None, Some(1), Some(2)] {
            // Between 0.5 and 1.5: inside the domain of every function, and away from where some have no slope.
            add(Operation::function(function, order), input(1), nothing, [0.5, 1.0, alpha]);
        }
    }
    let len = instructions.len() * rows;
    let words: Vec<u32> = instructions.iter().flat_map(Instruction::encode).collect();
    let params = vec![
        ("words", words.len().into()),
        ("len", len.into()),
        ("len0", rows.into()),
        ("len1", rows.into()),
        ("len2", rows.into()),
        ("len3", rows.into()),
    ];
    let case = case(params, Grid::One, rows).with("program", Input::Words(words));
    // The sum is one number; what follows it in its place is never written.
    Case { floor: 1.0, ..case.with("values", Input::Between(0.0, 0.0)) }
}
