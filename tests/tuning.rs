//! A main loop for products that computes wrongly on a device is never chosen, however fast it is.

use crate::support;
use ganvas::{
    engine::{
        gpu::{PRODUCT_LOOPS, ProductLoop, describe},
        tune::{choose, try_out},
    },
    kernels,
    plan::{Grid, Plan, Snippet},
};

/// `gemm_plain` without the last term of each sum: faster, and wrong.
static SHORT: ProductLoop = ProductLoop {
    snippet: Snippet {
        needs: &[],
        name: "gemm_short",
        source: "
const TILE_ROWS: u32 = 8u;
const TILE_COLUMNS: u32 = 8u;
@compute @workgroup_size(TILE_COLUMNS, TILE_ROWS)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = extent();
    if id.y >= size.x || id.x >= size.y { return; }
    var sum = 0.0;
    for (var k = 0u; k + 1u < size.z; k++) { sum += load_a(row_at(id.y), step_at(k)) * load_b(step_at(k), column_at(id.x)); }
    store_c(id.y, id.x, sum);
}",
    },
    parts: &[],
    devices: &[],
    subgroup: None,
};

#[test]
fn a_loop_that_computes_wrongly_is_never_chosen() {
    let Some(adapter) = support::adapter("a main loop that computes wrongly") else { return };
    let (kernel, with) = kernels::all().into_iter().find(|(kernel, _)| kernel.name == "squared_distances").expect("a kernel");
    let mut plan = Plan::default();
    let [references, queries, values] = [30, 40, 200];
    let a = plan.tensor("a", &[references, values]).expect("a");
    let b = plan.tensor("b", &[queries, values]).expect("b");
    let a_squares = plan.tensor("a_squares", &[references]).expect("a_squares");
    let b_squares = plan.tensor("b_squares", &[queries]).expect("b_squares");
    let distances = plan.tensor("distances", &[references, queries]).expect("distances");
    let sequence = plan.begin("distances");
    let sizes = [("references", references.into()), ("queries", queries.into()), ("values", values.into())];
    let bindings = [("a", &a), ("a_squares", &a_squares), ("b", &b), ("b_squares", &b_squares), ("distances", &distances)];
    plan.dispatch(kernel, &with, &sizes, &bindings, Grid::Product { rows: references, columns: queries, inner: values, parts: 1 })
        .expect("a dispatch");

    let tried = try_out(&adapter, &plan.largest_products(&[sequence], 1), &[&SHORT, &PRODUCT_LOOPS[0]]).expect("a trial");
    let wrong = tried[0].seconds.as_ref().expect_err("it leaves a term out");
    assert_eq!((wrong.kernel, wrong.output.as_str()), ("squared_distances", "distances = distances"));
    assert!(tried[1].seconds.as_ref().is_ok_and(|seconds| seconds.is_finite()), "{tried:?}");
    let info = describe(&adapter);
    assert!(std::ptr::eq(choose(&tried, &SHORT, &info).expect("one is right"), &PRODUCT_LOOPS[0]));
    let none = choose(&tried[..1], &SHORT, &info).expect_err("none is right").to_string();
    assert!(none.contains(&info.name) && none.contains("gemm_short 8x8") && none.contains("device = \"cpu\""), "{none}");
}
