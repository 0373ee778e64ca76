//! Small expressions over numbers per row, run as a list of instructions: whatever the loss, one dispatch.

pub mod cases;
pub mod twin;

use crate::{
    ops::pointwise::{FUNCTIONS, Function},
    plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets},
};
use std::sync::LazyLock;

/// Runs instructions.
pub static ROW_PROGRAM: Kernel =
    Kernel { name: "row_program", source: include_str!("../../../shaders/row_program/row_program.wgsl"), snippets: &[&snippets::REDUCE] };

/// What functions call.
static NEEDS: [&Snippet; 2] = [&snippets::LOGISTIC, &snippets::NORMAL];

/// `apply(code, v, alpha)`: every function of the table and its derivatives, by number.
static APPLY: LazyLock<Snippet> = LazyLock::new(|| {
    let mut text = String::new();
    let mut cases = String::new();
    for (i, function) in FUNCTIONS.iter().enumerate() {
        let name = function.name;
        let mut renamed = function.snippet.source.to_owned();
        for (order, what) in ["value", "slope", "second"].into_iter().enumerate() {
            renamed = renamed.replace(&format!("fn {what}("), &format!("fn {what}_of_{name}("));
            cases += &format!("        case {}u: {{ return {what}_of_{name}(v, alpha); }}\n", 4 * i + order);
        }
        text += &renamed;
        text += "\n";
    }
    text += &format!(
        "fn apply(code: u32, v: f32, alpha: f32) -> f32 {{\n    switch code {{\n{cases}        default: {{ return v; }}\n    }}\n}}\n"
    );
    // Once per process: kernels and what they are composed with live as long as it does.
    Snippet { name: "apply", source: Box::leak(text.into_boxed_str()), needs: &NEEDS }
});

/// The one choice of snippets.
pub fn snippets() -> Vec<Vec<&'static Snippet>> {
    vec![vec![&APPLY]]
}

/// Where an operand lies.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Operand {
    /// 0 for the program's own values, else the number of an input, counted from 1.
    pub source: u32,
    /// First element.
    pub at: u32,
    /// From one element to the next; 0 repeats the first.
    pub step: u32,
}

/// What an instruction computes, from operands a and b and the numbers k and l.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Operation {
    /// k a + l.
    Affine,
    /// k a + l b.
    Add,
    /// k a b.
    Multiply,
    /// k times the sum of all a, one number.
    Sum,
    /// A function, or a derivative of it, of k a + l: the number of the function in [`FUNCTIONS`], and of the derivative.
    Function(u32, u32),
}

impl Operation {
    /// A function's value, or its first or second derivative.
    pub fn function(function: &'static Function, order: Option<u32>) -> Operation {
        let index = FUNCTIONS.iter().position(|row| std::ptr::eq(row, function)).unwrap_or(0);
        Operation::Function(index as u32, order.unwrap_or(0))
    }

    fn code(self) -> u32 {
        match self {
            Operation::Affine => 0,
            Operation::Add => 1,
            Operation::Multiply => 2,
            Operation::Sum => 3,
            Operation::Function(index, order) => FIRST_FUNCTION + 4 * index + order,
        }
    }
}

/// Number of the first function among the operations.
const FIRST_FUNCTION: u32 = 16;

/// Words of an instruction.
const WORDS: usize = 12;

/// One instruction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Instruction {
    /// What it computes.
    pub operation: Operation,
    /// First element of the values that it writes.
    pub to: u32,
    /// How many it writes, or, for a sum, reads.
    pub count: u32,
    /// First operand.
    pub a: Operand,
    /// Second operand, for those that have one.
    pub b: Operand,
    /// A factor.
    pub k: f32,
    /// A summand or another factor.
    pub l: f32,
    /// Parameter of a function.
    pub alpha: f32,
}

impl Instruction {
    fn encode(&self) -> [u32; WORDS] {
        let Instruction { operation, to, count, a, b, k, l, alpha } = *self;
        let bits = [k, l, alpha].map(f32::to_bits);
        [operation.code(), to, count, a.source, a.at, a.step, b.source, b.at, b.step, bits[0], bits[1], bits[2]]
    }
}

/// Writes a program over up to four inputs, whose results go to `values`.
///
/// # Errors
/// [`PlanError`].
pub fn dispatch(plan: &mut Plan, instructions: &[Instruction], inputs: &[Tensor], values: &Tensor) -> Result<(), PlanError> {
    let words: Vec<u32> = instructions.iter().flat_map(Instruction::encode).collect();
    let program = plan.constant_words("program", &words)?;
    // A program of constants reads nothing; an input that is not there is another's, which nothing reads.
    let any = match inputs.first() {
        Some(input) => input.clone(),
        None => plan.tensor("none", &[1])?,
    };
    let input = |i: usize| inputs.get(i).unwrap_or(&any);
    plan.dispatch(
        &ROW_PROGRAM,
        &[&APPLY],
        &[
            ("words", words.len().into()),
            ("len", values.len().into()),
            ("len0", input(0).len().into()),
            ("len1", input(1).len().into()),
            ("len2", input(2).len().into()),
            ("len3", input(3).len().into()),
        ],
        &[("program", &program), ("in0", input(0)), ("in1", input(1)), ("in2", input(2)), ("in3", input(3)), ("values", values)],
        Grid::One,
    )
}
