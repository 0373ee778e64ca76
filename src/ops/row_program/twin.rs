//! Programs over numbers per row.

use super::{FIRST_FUNCTION, WORDS};
use crate::{
    ops::pointwise::twin_of,
    twin::{Args, Real},
};

/// Twin of `shaders/row_program/row_program.wgsl`.
pub fn row_program<R: Real>(args: &mut Args<R>) {
    let program = &args.words("program")[..args.size("words")];
    let inputs = ["in0", "in1", "in2", "in3"].map(|name| args.read(name));
    let values = args.write("values");
    // Operands are copied first, because they may lie in the values that are written.
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for instruction in program.chunks_exact(WORDS) {
        let [operation, to, count] = [0, 1, 2].map(|i| instruction[i]);
        let (to, count) = (to as usize, count as usize);
        let [k, l, alpha] = [9, 10, 11].map(|i| R::of(f32::from_bits(instruction[i])));
        gather(&mut a, &instruction[3..6], count, values, inputs);
        match operation {
            0 => a.iter_mut().for_each(|a| *a = k * *a + l),
            1 | 2 => {
                gather(&mut b, &instruction[6..9], count, values, inputs);
                for (a, b) in a.iter_mut().zip(&b) {
                    *a = if operation == 1 { k * *a + l * *b } else { k * *a * *b };
                }
            }
            3 => {
                let sum = a.iter().copied().sum::<R>();
                a.clear();
                a.push(k * sum);
            }
            code => {
                let code = code - FIRST_FUNCTION;
                let twin = twin_of::<R>((code / 4) as usize);
                a.iter_mut().for_each(|a| *a = k * *a + l);
                if code.is_multiple_of(4) {
                    (twin.value)(&mut a, alpha);
                } else {
                    b.clear();
                    b.resize(count, R::one());
                    let derivative = if code % 4 == 1 { twin.times_slope } else { twin.times_second };
                    derivative(&mut b, &a, alpha);
                    std::mem::swap(&mut a, &mut b);
                }
            }
        }
        values[to..to + a.len()].copy_from_slice(&a);
    }
}

/// An operand's elements: the tensor that it lies in, its first element and its step.
fn gather<R: Real>(into: &mut Vec<R>, operand: &[u32], count: usize, values: &[R], inputs: [&[R]; 4]) {
    let from = match operand[0] {
        0 => values,
        input => inputs[input as usize - 1],
    };
    let (at, step) = (operand[1] as usize, operand[2] as usize);
    into.clear();
    match step {
        1 => into.extend_from_slice(&from[at..at + count]),
        _ => into.extend((0..count).map(|i| from[at + i * step])),
    }
}
