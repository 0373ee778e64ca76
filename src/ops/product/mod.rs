//! Matrix products of linear layers, with bias, activation and slope in their loads and stores. Weights as PyTorch's `nn.Linear`:
//! w `[outputs, inputs]`, b `[outputs]`.

pub mod cases;
pub mod twin;

use crate::{
    ops::pointwise::{Activation, Slope},
    plan::{Element, Grid, Kernel, Plan, PlanError, Tensor, snippets},
};

/// y = activation(x w^T + b)
pub static FORWARD: Kernel = Kernel {
    name: "linear_forward",
    source: include_str!("../../../shaders/product/linear_forward.wgsl"),
    snippets: &[&snippets::INDICES, &snippets::RESULT_STORED],
};

/// As [`FORWARD`] with y in f32 whatever the storage: logits, which a critic may take beyond the range of f16.
pub static FORWARD_WIDE: Kernel = Kernel {
    name: "linear_forward_wide",
    source: include_str!("../../../shaders/product/linear_forward.wgsl"),
    snippets: &[&snippets::INDICES, &snippets::RESULT_F32],
};

/// y = x w^T of a tangent
pub static PLAIN: Kernel =
    Kernel { name: "product", source: include_str!("../../../shaders/product/product.wgsl"), snippets: &[&snippets::INDICES] };

/// dx = dy w
pub static PLAIN_BY_INPUT: Kernel = Kernel {
    name: "product_by_input",
    source: include_str!("../../../shaders/product/product_by_input.wgsl"),
    snippets: &[&snippets::INDICES],
};

/// dw = dy^T x
pub static PLAIN_BY_WEIGHT: Kernel = Kernel {
    name: "product_by_weight",
    source: include_str!("../../../shaders/product/product_by_weight.wgsl"),
    snippets: &[&snippets::INDICES],
};

/// dx = dy w, times the slope of the activation before
pub static BACKWARD_INPUT: Kernel = Kernel {
    name: "linear_backward_input",
    source: include_str!("../../../shaders/product/linear_backward_input.wgsl"),
    snippets: &[&snippets::INDICES],
};

/// dw = dy^T x, db = column sums of dy
pub static BACKWARD_PARAMS: Kernel = Kernel {
    name: "linear_backward_params",
    source: include_str!("../../../shaders/product/linear_backward_params.wgsl"),
    snippets: &[&snippets::INDICES],
};

/// As [`BACKWARD_PARAMS`], with the R1 penalty's term
pub static BACKWARD_PARAMS_R1: Kernel = Kernel {
    name: "linear_backward_params_r1",
    source: include_str!("../../../shaders/product/linear_backward_params_r1.wgsl"),
    snippets: &[&snippets::INDICES],
};

/// ty = slope(y) * (t w^T)
pub static TANGENT: Kernel = Kernel {
    name: "linear_tangent",
    source: include_str!("../../../shaders/product/linear_tangent.wgsl"),
    snippets: &[&snippets::INDICES],
};

/// Writes y = f(x w^T + b) from row `first_row` of y on. x `[rows, inputs]`, w `[outputs, inputs]`, b `[outputs]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(
    plan: &mut Plan,
    (x, w, b): (&Tensor, &Tensor, &Tensor),
    f: Activation,
    (y, first_row): (&Tensor, usize),
) -> Result<(), PlanError> {
    let (rows, [outputs, inputs]) = (x.shape[0], [w.shape[0], w.shape[1]]);
    let kernel = if y.element == Element::Stored { &FORWARD } else { &FORWARD_WIDE };
    plan.dispatch(
        kernel,
        &[&f.kind.snippet],
        &[
            ("rows", rows.into()),
            ("inputs", inputs.into()),
            ("outputs", outputs.into()),
            ("first_row", first_row.into()),
            ("alpha", f.alpha.into()),
        ],
        &[("x", x), ("w", w), ("b", b), ("y", y)],
        Grid::Product { rows, columns: outputs, inner: inputs, parts: 1 },
    )
}

/// Writes ty = t w^T, times a slope. t `[rows, inputs]`, w `[outputs, inputs]`.
///
/// # Errors
/// [`PlanError`].
pub fn tangent(plan: &mut Plan, (t, w): (&Tensor, &Tensor), slope: Option<&Slope>, ty: &Tensor) -> Result<(), PlanError> {
    let (rows, [outputs, inputs]) = (t.shape[0], [w.shape[0], w.shape[1]]);
    let sizes = [("rows", rows.into()), ("inputs", inputs.into()), ("outputs", outputs.into())];
    let grid = Grid::Product { rows, columns: outputs, inner: inputs, parts: 1 };
    match slope {
        None => plan.dispatch(&PLAIN, &[], &sizes, &[("x", t), ("w", w), ("y", ty)], grid),
        Some(slope) => plan.dispatch(
            &TANGENT,
            &[&slope.function.kind.snippet],
            &[&sizes[..], &[("alpha", slope.function.alpha.into())]].concat(),
            &[("t", t), ("w", w), ("y", &slope.of), ("ty", ty)],
            grid,
        ),
    }
}

/// Writes dx = scale * dy w, times a slope. dy `[rows, outputs]`, w `[outputs, inputs]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_input(plan: &mut Plan, (dy, w): (&Tensor, &Tensor), slope: Option<&Slope>, scale: f32, dx: &Tensor) -> Result<(), PlanError> {
    let (rows, [outputs, inputs]) = (dy.shape[0], [w.shape[0], w.shape[1]]);
    let sizes = [("rows", rows.into()), ("inputs", inputs.into()), ("outputs", outputs.into()), ("scale", scale.into())];
    let grid = Grid::Product { rows, columns: inputs, inner: outputs, parts: 1 };
    match slope {
        None => plan.dispatch(&PLAIN_BY_INPUT, &[], &sizes, &[("dy", dy), ("w", w), ("dx", dx)], grid),
        Some(slope) => plan.dispatch(
            &BACKWARD_INPUT,
            &[&slope.function.kind.snippet],
            &[&sizes[..], &[("alpha", slope.function.alpha.into())]].concat(),
            &[("dy", dy), ("w", w), ("x", &slope.of), ("dx", dx)],
            grid,
        ),
    }
}

/// Writes dw = dy^T x and db = column sums of dy. dy `[rows, outputs]`, x `[rows, inputs]` of a forward pass.
///
/// # Errors
/// [`PlanError`].
pub fn by_weight(plan: &mut Plan, (dy, x): (&Tensor, &Tensor), (dw, db): (&Tensor, &Tensor)) -> Result<(), PlanError> {
    let [rows, outputs, inputs] = [dy.shape[0], dy.shape[1], x.shape[1]];
    plan.dispatch(
        &BACKWARD_PARAMS,
        &[],
        &[("rows", rows.into()), ("inputs", inputs.into()), ("outputs", outputs.into())],
        &[("dy", dy), ("x", x), ("dw", dw), ("db", db)],
        Grid::Product { rows: outputs, columns: inputs + 1, inner: rows, parts: 1 },
    )
}

/// Writes dw = dy^T x. dy `[rows, outputs]`, x `[rows, inputs]` of a backward or tangent pass.
///
/// # Errors
/// [`PlanError`].
pub fn by_weight_alone(plan: &mut Plan, (dy, x): (&Tensor, &Tensor), dw: &Tensor) -> Result<(), PlanError> {
    let [rows, outputs, inputs] = [dy.shape[0], dy.shape[1], x.shape[1]];
    plan.dispatch(
        &PLAIN_BY_WEIGHT,
        &[],
        &[("rows", rows.into()), ("inputs", inputs.into()), ("outputs", outputs.into())],
        &[("dy", dy), ("x", x), ("dw", dw)],
        Grid::Product { rows: outputs, columns: inputs, inner: rows, parts: 1 },
    )
}

/// Writes dw = delta^T (c x + t) and db = sum of c delta, where t has the rows from `first` on. delta `[rows, outputs]`, c `[rows, 1]`,
/// x `[rows, inputs]`, t `[tangent_rows, inputs]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_weight_scaled(
    plan: &mut Plan,
    (delta, c): (&Tensor, &Tensor),
    (x, (t, first)): (&Tensor, (&Tensor, usize)),
    (dw, db): (&Tensor, &Tensor),
) -> Result<(), PlanError> {
    let [rows, outputs, inputs] = [delta.shape[0], delta.shape[1], x.shape[1]];
    plan.dispatch(
        &BACKWARD_PARAMS_R1,
        &[],
        &[
            ("rows", rows.into()),
            ("inputs", inputs.into()),
            ("outputs", outputs.into()),
            ("tangent_first", first.into()),
            ("tangent_rows", t.shape[0].into()),
        ],
        &[("delta", delta), ("c", c), ("x", x), ("t", t), ("dw", dw), ("db", db)],
        Grid::Product { rows: outputs, columns: inputs + 1, inner: rows, parts: 1 },
    )
}
