//! Sums, products and multiples of whole matrices, of any type of element: both operands are of one.

pub mod cases;
pub mod twin;

use super::window::{result, source};
use crate::plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, Value, snippets};

/// Where repeated operands lie.
static REPEATED: Snippet = Snippet { name: "repeated", source: include_str!("../../../shaders/arithmetic/repeated.wgsl"), needs: &[] };

/// y = ka a + kb b
pub static ADD: Kernel =
    Kernel { name: "add", source: include_str!("../../../shaders/arithmetic/add.wgsl"), snippets: &[&snippets::ELEMENT, &REPEATED] };

/// y = k a b
pub static MULTIPLY: Kernel = Kernel {
    name: "multiply",
    source: include_str!("../../../shaders/arithmetic/multiply.wgsl"),
    snippets: &[&snippets::ELEMENT, &REPEATED],
};

/// y = scale * x + shift
pub static AFFINE: Kernel =
    Kernel { name: "affine", source: include_str!("../../../shaders/arithmetic/affine.wgsl"), snippets: &[&snippets::ELEMENT] };

/// From one row, and from one column, to the next in an operand `[rows or 1, columns or 1]`.
fn steps(shape: &[usize]) -> [usize; 2] {
    let [rows, columns] = [shape[0], shape[1]];
    [if rows == 1 { 0 } else { columns }, usize::from(columns > 1)]
}

fn sizes(a: &Tensor, b: &Tensor, y: &Tensor) -> [(&'static str, Value); 8] {
    let [[a_row, a_column], [b_row, b_column]] = [steps(&a.shape), steps(&b.shape)];
    [
        ("rows", y.shape[0].into()),
        ("columns", y.shape[1].into()),
        ("a_row", a_row.into()),
        ("a_column", a_column.into()),
        ("a_len", a.len().into()),
        ("b_row", b_row.into()),
        ("b_column", b_column.into()),
        ("b_len", b.len().into()),
    ]
}

/// Writes y = ka a + kb b; operands that have one row or one column repeat it. y `[rows, columns]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn add(plan: &mut Plan, (a, ka): (&Tensor, f32), (b, kb): (&Tensor, f32), y: &Tensor) -> Result<(), PlanError> {
    let params = [&sizes(a, b, y)[..], &[("ka", ka.into()), ("kb", kb.into())]].concat();
    plan.dispatch(&ADD, &[source(a.element), result(y.element)], &params, &[("a", a), ("b", b), ("y", y)], Grid::Elements(y.len()))
}

/// Writes y = k a b, element by element, as [`add`].
///
/// # Errors
/// [`PlanError`].
pub fn multiply(plan: &mut Plan, a: &Tensor, b: &Tensor, k: f32, y: &Tensor) -> Result<(), PlanError> {
    let params = [&sizes(a, b, y)[..], &[("k", k.into())]].concat();
    plan.dispatch(&MULTIPLY, &[source(a.element), result(y.element)], &params, &[("a", a), ("b", b), ("y", y)], Grid::Elements(y.len()))
}

/// Writes y = scale * x + shift.
///
/// # Errors
/// [`PlanError`].
pub fn affine(plan: &mut Plan, x: &Tensor, (scale, shift): (f32, f32), y: &Tensor) -> Result<(), PlanError> {
    let params = [("count", y.len().into()), ("scale", scale.into()), ("shift", shift.into())];
    plan.dispatch(&AFFINE, &[source(x.element), result(y.element)], &params, &[("x", x), ("y", y)], Grid::Elements(y.len()))
}
