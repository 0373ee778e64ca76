//! Batch normalisation in simple operations, for derivatives that have no kernel of their own: what is written out here is what
//! `shaders/batch_norm` computes, and its derivatives follow from those of sums and products.

use super::{BatchNorm, Var, grad::partials};

/// The mean of each column `[1, columns]`.
fn mean(x: Var) -> Var {
    x.column_sums() / x.rows() as f32
}

/// (x - mean) / std by the statistics of these rows, and 1 / std `[1, columns]`.
fn standardised<'g>(x: Var<'g>, norm: BatchNorm) -> [Var<'g>; 2] {
    let centred = x - mean(x);
    let inv_std = inverse_root(mean(centred.square()), norm);
    [centred * inv_std, inv_std]
}

fn inverse_root(variance: Var, norm: BatchNorm) -> Var {
    (variance + norm.epsilon).sqrt().reciprocal()
}

/// `of` for the rows of each group.
fn per_group<'g, const N: usize>(norm: BatchNorm, of_rows: [Var<'g>; N], f: impl Fn([Var<'g>; N]) -> Var<'g>) -> Vec<Var<'g>> {
    let rows = of_rows[0].rows() / norm.groups;
    (0..norm.groups).map(|group| f(of_rows.map(|x| x.part(group * rows, rows)))).collect()
}

/// The derivatives of the gradient by x along `seed`: by dy, x and w.
pub(super) fn by_input<'g>(norm: BatchNorm, operands: [Var<'g>; 3], seed: Var<'g>) -> Vec<Var<'g>> {
    let held @ [dy, x, w] = operands.map(Var::opaque);
    let groups = per_group(norm, [dy, x], |[dy, x]| {
        let [x, inv_std] = standardised(x, norm);
        (dy - mean(dy) - x * mean(dy * x)) * (w * inv_std)
    });
    let dx = groups.into_iter().reduce(Var::stack).unwrap_or(dy);
    partials(dx, seed, &held)
}

/// The derivatives of the gradient by w along `seed`: by dy and x.
pub(super) fn by_weight<'g>(norm: BatchNorm, operands: [Var<'g>; 2], seed: Var<'g>) -> Vec<Var<'g>> {
    let held @ [dy, x] = operands.map(Var::opaque);
    let groups = per_group(norm, [dy, x], |[dy, x]| (dy * standardised(x, norm)[0]).column_sums());
    let dw = groups.into_iter().reduce(|a, b| a + b).unwrap_or(dy);
    partials(dw, seed, &held)
}

/// The derivatives of a normalisation by running statistics along `seed`: by x and w. Operands are x, w, mean and variance.
pub(super) fn inference<'g>(norm: BatchNorm, operands: [Var<'g>; 4], seed: Var<'g>) -> Vec<Var<'g>> {
    let [x, w, mean, variance] = operands.map(Var::opaque);
    partials((x - mean) * (w * inverse_root(variance, norm)), seed, &[x, w])
}
