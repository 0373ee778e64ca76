//! Blocks of distances.

use crate::{
    ops::case::{Case, Input, MATRICES, case, products},
    plan::Grid,
};

/// Each size once.
pub fn squared_distances() -> Vec<Case> {
    products(|[references, values, queries], _| {
        let params = vec![("references", references.into()), ("queries", queries.into()), ("values", values.into())];
        // Squares that fit no point: about as many differences are below zero as above it.
        case(params, Grid::Product { rows: references, columns: queries, inner: values, parts: 1 }, values)
    })
}

/// Each block once.
pub fn nearest() -> Vec<Case> {
    distances(|references, queries, block| {
        elements_of([("references", references), ("queries", queries)], queries)
            .with("distances", Input::Between(0.0, 4.0))
            .with("block", Input::Words(block))
    })
}

/// One to three scales.
pub fn window_sums() -> Vec<Case> {
    distances(|references, queries, block| {
        let scales = 1 + queries % 3;
        Case { terms: references, ..elements_of([("references", references), ("queries", queries)], scales * queries) }
            .param("scales", scales)
            .with("distances", Input::Between(0.0, 4.0))
            .with("nearest", Input::Between(0.0, 0.5))
            .with("block", Input::Words(block))
            .with("scale", Input::Between(0.5, 5.0))
    })
}

/// Each block once.
pub fn distance_sums() -> Vec<Case> {
    distances(|references, queries, block| {
        Case { terms: references, ..elements_of([("references", references), ("queries", queries)], queries) }
            .with("distances", Input::Between(0.0, 4.0))
            .with("block", Input::Words(block))
    })
}

/// References, queries, and what counts of a block of them: all or a part of the references, each query one of them or none.
fn distances(case: impl Fn(usize, usize, Vec<u32>) -> Case) -> Vec<Case> {
    let one = |(n, [references, queries]): (usize, &[usize; 2])| {
        let count = if n % 2 == 0 { *references } else { references.div_ceil(2) };
        // None; query i is reference i; query i is reference i - 2, as where the block begins further on in the same set.
        let own = [1 << 31, 0, 2u32.wrapping_neg()][n % 3];
        case(*references, *queries, vec![count as u32, own])
    };
    MATRICES.iter().enumerate().map(one).collect()
}

fn elements_of(sizes: [(&'static str, usize); 2], threads: usize) -> Case {
    case(sizes.map(|(name, size)| (name, size.into())).to_vec(), Grid::Elements(threads), 0)
}
