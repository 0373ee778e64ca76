//! Cases: sizes, parameters and inputs at which a kernel is compared with its twin. Sizes that no tile and no workgroup divides.

use crate::plan::{Binding, Grid, Value};
use std::ops::Range;

/// One dispatch of a kernel.
#[derive(Debug)]
pub struct Case {
    /// Every parameter.
    pub params: Vec<(&'static str, Value)>,
    /// The work.
    pub grid: Grid,
    /// Terms of the longest sum.
    pub terms: usize,
    /// Tolerances are relative to the largest output or to this.
    pub floor: f64,
    /// Bindings that hold something else than random numbers in (-1, 1), and all state that is both read and written.
    pub inputs: Vec<(&'static str, Input)>,
    /// Elements that an output gets, where that is not all of it.
    pub written: Vec<(&'static str, Range<usize>)>,
}

/// What a binding holds before.
#[derive(Debug)]
pub enum Input {
    /// Random numbers of this range.
    Between(f32, f32),
    /// These real numbers.
    Values(Vec<f32>),
    /// These integers.
    Words(Vec<u32>),
}

/// Elements that a kernel declares of a binding, from the comment behind it: sums of parameters and integers.
pub fn declared_len(binding: &Binding, params: &[(&'static str, Value)]) -> usize {
    let term = |term: &str| match params.iter().find(|(name, _)| *name == term) {
        Some((_, Value::U32(value))) => *value as usize,
        _ => term.parse().unwrap_or_else(|_| panic!("'{term}' in the shape of '{}'", binding.name)),
    };
    binding.shape.iter().map(|extent| extent.split('+').map(|t| term(t.trim())).sum::<usize>()).product()
}

/// Rows and columns of what has one thread per element: one element, one less and one more than a workgroup, primes.
pub const MATRICES: [[usize; 2]; 8] = [[1, 1], [1, 63], [3, 64], [5, 65], [1, 255], [257, 1], [7, 131], [2, 601]];

/// Rows, inputs and outputs of products. Tiles are 8x8, 32x32 (in steps of 16), 8x64 and 64x64 (in steps of 4 or 8).
pub const PRODUCTS: [[usize; 3]; 10] =
    [[1, 1, 1], [1, 63, 65], [64, 65, 63], [65, 1, 64], [63, 64, 1], [33, 31, 97], [17, 129, 2], [3, 64, 130], [127, 67, 33], [129, 66, 9]];

/// A case without inputs of its own, whose outputs are written whole.
pub fn case(params: Vec<(&'static str, Value)>, grid: Grid, terms: usize) -> Case {
    Case { params, grid, terms, floor: 0.0, inputs: Vec::new(), written: Vec::new() }
}

impl Case {
    /// What a binding holds before.
    pub fn with(mut self, name: &'static str, input: Input) -> Self {
        self.inputs.push((name, input));
        self
    }

    /// The elements that an output gets.
    pub fn writes(mut self, name: &'static str, range: Range<usize>) -> Self {
        self.written.push((name, range));
        self
    }

    /// One more parameter.
    pub fn param(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.params.push((name, value.into()));
        self
    }
}

/// A case per size of [`MATRICES`], with the first row that is written.
pub fn matrices(case: impl Fn(usize, usize, usize) -> Case) -> Vec<Case> {
    // By turns from the first row and from row 3.
    MATRICES.iter().enumerate().map(|(n, [rows, columns])| case(*rows, *columns, if n % 2 == 0 { 0 } else { 3 })).collect()
}

/// One thread per element of `[rows, inputs]`.
pub fn elements(rows: usize, inputs: usize) -> Case {
    case(vec![("rows", rows.into()), ("inputs", inputs.into())], Grid::Elements(rows * inputs), 0)
}

/// A case per size of [`PRODUCTS`], with the first row that is written.
pub fn products(case: impl Fn([usize; 3], usize) -> Case) -> Vec<Case> {
    let all = PRODUCTS.iter().enumerate();
    all.map(|(n, sizes)| Case { floor: 1.0, ..case(*sizes, if n % 2 == 0 { 0 } else { 5 }) }).collect()
}
