//! Programs: numbers per row, and numbers for all rows, computed together by one workgroup.

use super::{LowerError, Sequence};
use crate::{
    graph::{Id, Op, Order},
    ops::{
        pointwise::Saves,
        row_program::{self, Instruction, Operand, Operation},
    },
    plan::{ALIGNMENT, Element, Plan, Tensor},
};

/// Tensors that a program reads besides its own values.
const INPUTS: usize = 4;

/// Instructions and what they read.
#[derive(Default)]
struct Program {
    instructions: Vec<Instruction>,
    inputs: Vec<Tensor>,
    len: usize,
    /// Values so far: expression, where it starts, how many numbers.
    values: Vec<(Id, usize, [usize; 2])>,
}

impl Program {
    fn place(&mut self, id: Id, shape: [usize; 2]) -> usize {
        let at = self.len;
        self.len = (at + shape[0]).next_multiple_of(2 * ALIGNMENT);
        self.values.push((id, at, shape));
        at
    }

    /// The number of an input, if there is room for it, which is bound from its buffer's start on: what lies in one buffer is one input.
    fn input(&mut self, tensor: &Tensor) -> Option<usize> {
        let end = tensor.start + tensor.len();
        match self.inputs.iter().position(|input| input.buffer == tensor.buffer) {
            Some(i) => {
                let shape = vec![end.max(self.inputs[i].len())];
                self.inputs[i].shape = shape;
                Some(i)
            }
            None if self.inputs.len() < INPUTS => {
                self.inputs.push(Tensor { start: 0, shape: vec![end], ..tensor.clone() });
                Some(self.inputs.len() - 1)
            }
            None => None,
        }
    }
}

impl Sequence<'_, '_> {
    /// Computes all of `small`, which are in order and whose other operands are there.
    pub(super) fn emit_program(&mut self, plan: &mut Plan, small: &[Id]) -> Result<(), LowerError> {
        let mut program = Program::default();
        for &id in small {
            if !self.add(plan, &mut program, id)? {
                // Too many inputs: go on in a second program, of which the values so far are one input.
                self.finish(plan, std::mem::take(&mut program))?;
                if !self.add(plan, &mut program, id)? {
                    return Err(LowerError::NoKernel {
                        what: self.graph.describe(id),
                        shape: self.node(id).shape,
                        why: "it reads more tensors than a program can",
                    });
                }
            }
        }
        self.finish(plan, program)
    }

    /// Adds the instructions of one expression; false where its inputs do not fit any more.
    fn add(&mut self, plan: &mut Plan, program: &mut Program, id: Id) -> Result<bool, LowerError> {
        let node = self.node(id);
        let reads = super::reads(self.graph, id);
        let mut operands = Vec::new();
        let inputs_before = program.inputs.len();
        for read in reads {
            // Under another shape a value of the program lies where it does.
            let view = self.view(read);
            let value = program.values.iter().find(|(value, ..)| *value == view.root);
            let (source, at) = match value {
                Some((_, at, _)) => (0, at + view.start),
                None => {
                    let tensor = self.tensor(plan, read, Some(Element::F32))?;
                    match program.input(&tensor) {
                        Some(i) => (i + 1, tensor.start),
                        None => {
                            program.inputs.truncate(inputs_before);
                            return Ok(false);
                        }
                    }
                }
            };
            operands.push((Operand { source: source as u32, at: at as u32, step: 1 }, self.node(read).shape));
        }
        let rows = node.shape[0];
        let at = program.place(id, node.shape);
        let to = |operation, count: usize, at: usize, a: Operand, b: Operand, [k, l, alpha]: [f32; 3]| Instruction {
            operation,
            to: at as u32,
            count: count as u32,
            a,
            b,
            k,
            l,
            alpha,
        };
        let nothing = Operand { source: 0, at: 0, step: 0 };
        let operand = |i: usize| operands[i].0;
        let stepped = |i: usize| Operand { step: u32::from(operands[i].1[0] > 1), ..operands[i].0 };
        let from = |i: usize, row: usize| Operand { at: operand(i).at + row as u32, ..operand(i) };
        let instruction = match node.op {
            Op::Affine { scale, shift } => to(Operation::Affine, rows, at, operand(0), nothing, [scale, shift, 0.0]),
            Op::Expand => to(Operation::Affine, rows, at, stepped(0), nothing, [1.0, 0.0, 0.0]),
            Op::Add => to(Operation::Add, rows, at, operand(0), operand(1), [1.0, 1.0, 0.0]),
            Op::Mul => to(Operation::Multiply, rows, at, operand(0), operand(1), [1.0, 0.0, 0.0]),
            Op::Sum => to(Operation::Sum, operands[0].1[0], at, operand(0), nothing, [1.0, 0.0, 0.0]),
            Op::Pointwise(f) => to(Operation::function(f.kind, None), rows, at, operand(0), nothing, [1.0, 0.0, f.alpha]),
            Op::Slope(f, order) => {
                debug_assert!(matches!(f.kind.saves, Saves::Input | Saves::Output));
                let order = if order == Order::First { 1 } else { 2 };
                to(Operation::function(f.kind, Some(order)), rows, at, operand(0), nothing, [1.0, 0.0, f.alpha])
            }
            Op::Stack => {
                let above = operands[0].1[0];
                program.instructions.push(to(Operation::Affine, above, at, operand(0), nothing, [1.0, 0.0, 0.0]));
                to(Operation::Affine, operands[1].1[0], at + above, operand(1), nothing, [1.0, 0.0, 0.0])
            }
            Op::Window { row, .. } if row >= 0 => {
                let first = row.unsigned_abs();
                let count = rows.min(operands[0].1[0].saturating_sub(first));
                if count < rows {
                    program.instructions.push(to(Operation::Affine, rows - count, at + count, nothing, nothing, [0.0, 0.0, 0.0]));
                }
                to(Operation::Affine, count, at, from(0, first), nothing, [1.0, 0.0, 0.0])
            }
            Op::Window { row, .. } => {
                let above = row.unsigned_abs().min(rows);
                let count = operands[0].1[0].min(rows - above);
                let below = above + count;
                program.instructions.push(to(Operation::Affine, above, at, nothing, nothing, [0.0, 0.0, 0.0]));
                if below < rows {
                    program.instructions.push(to(Operation::Affine, rows - below, at + below, nothing, nothing, [0.0, 0.0, 0.0]));
                }
                to(Operation::Affine, count, at + above, operand(0), nothing, [1.0, 0.0, 0.0])
            }
            _ => {
                return Err(LowerError::NoKernel {
                    what: self.graph.describe(id),
                    shape: node.shape,
                    why: "it is no operation of a program",
                });
            }
        };
        program.instructions.push(instruction);
        Ok(true)
    }

    /// Writes the dispatch.
    fn finish(&mut self, plan: &mut Plan, program: Program) -> Result<(), LowerError> {
        if program.instructions.is_empty() {
            return Ok(());
        }
        let values = self.lowering.pool.take(plan, "values", Element::F32, &[program.len])?;
        row_program::dispatch(plan, &program.instructions, &program.inputs, &values)?;
        for (id, at, shape) in program.values {
            let name = self.graph.describe(id);
            let tensor = plan.view(values.buffer, at, &name, &shape)?;
            self.tensors.insert(id, tensor);
        }
        Ok(())
    }
}
