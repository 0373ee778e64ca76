//! Parts of matrices, matrices in frames of zeros, and matrices beside each other.

pub mod cases;
pub mod twin;

use crate::plan::{Element, Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets};

/// A part of x, or x in a frame of zeros
pub static WINDOW: Kernel =
    Kernel { name: "window", source: include_str!("../../../shaders/window/window.wgsl"), snippets: &[&snippets::ELEMENT] };

/// a and b side by side
pub static BESIDE: Kernel =
    Kernel { name: "beside", source: include_str!("../../../shaders/window/beside.wgsl"), snippets: &[&snippets::ELEMENT] };

/// How an operand rests.
pub(super) fn source(element: Element) -> &'static Snippet {
    if element == Element::Stored { &snippets::SOURCE_STORED } else { &snippets::SOURCE_F32 }
}

/// How a result rests.
pub(super) fn result(element: Element) -> &'static Snippet {
    if element == Element::Stored { &snippets::RESULT_STORED } else { &snippets::RESULT_F32 }
}

/// Types of elements of operands and result.
pub fn conversions() -> Vec<Vec<&'static Snippet>> {
    let types = [Element::F32, Element::Stored];
    types.into_iter().flat_map(|from| types.map(|to| vec![source(from), result(to)])).collect()
}

/// Types of elements of what lies side by side.
pub fn types() -> Vec<Vec<&'static Snippet>> {
    [Element::F32, Element::Stored].map(|element| vec![source(element)]).into()
}

/// Writes y[r, c] = x[r + row, c + column], 0 where x has no such element, from row `first_row` of y on; y `[first_row + rows, columns]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn dispatch(plan: &mut Plan, x: &Tensor, y: &Tensor, ([row, column], first_row): ([isize; 2], usize)) -> Result<(), PlanError> {
    let [rows, columns] = [y.shape[0] - first_row, y.shape[1]];
    plan.dispatch(
        &WINDOW,
        &[source(x.element), result(y.element)],
        &[
            ("rows", rows.into()),
            ("columns", columns.into()),
            ("x_rows", x.shape[0].into()),
            ("x_columns", x.shape[1].into()),
            ("row", (row as u32).into()),
            ("column", (column as u32).into()),
            ("first_row", first_row.into()),
        ],
        &[("x", x), ("y", y)],
        Grid::Elements(rows * columns),
    )
}

/// Writes y = [a | b]. a `[rows, a_columns]`, b `[rows, b_columns]` and y of one type of element.
///
/// # Errors
/// [`PlanError`].
pub fn beside(plan: &mut Plan, a: &Tensor, b: &Tensor, y: &Tensor) -> Result<(), PlanError> {
    plan.dispatch(
        &BESIDE,
        &[source(y.element)],
        &[("rows", a.shape[0].into()), ("a_columns", a.shape[1].into()), ("b_columns", b.shape[1].into()), ("len", y.len().into())],
        &[("a", a), ("b", b), ("y", y)],
        Grid::Elements(y.len()),
    )
}
