//! What a plan refuses: whatever an engine could only run into trouble with.

use ganvas::{
    kernels,
    plan::{ALIGNMENT, BufferId, Element, Grid, Plan, PlanError, Tensor, Value},
};

/// Adds a dispatch of a kernel, the first with that name.
fn dispatch(plan: &mut Plan, name: &str, params: &[(&str, Value)], bindings: &[(&str, &Tensor)], grid: Grid) -> Result<(), PlanError> {
    let (kernel, with) = kernels::all().into_iter().find(|(kernel, _)| kernel.name == name).expect("a kernel");
    plan.dispatch(kernel, &with, params, bindings, grid)
}

/// A plan with the tensors of `ema` over 100 elements, in the order state, weights, averages.
fn averages() -> (Plan, [Tensor; 3]) {
    let mut plan = Plan::default();
    let state = plan.filled("state", Element::U32, &[1], 0.0).expect("state");
    let tensors = [state, plan.tensor("weights", &[100]).expect("weights"), plan.tensor("averages", &[100]).expect("averages")];
    plan.begin("ema");
    (plan, tensors)
}

fn average(plan: &mut Plan, [state, weights, ema]: [&Tensor; 3]) -> Result<(), PlanError> {
    let params = [("count", 100u32.into()), ("counter", 0u32.into()), ("decay", 0.5f32.into())];
    dispatch(plan, "ema", &params, &[("state", state), ("weights", weights), ("ema", ema)], Grid::Elements(100))
}

fn refused(result: Result<(), PlanError>, parts: &[&str]) {
    let error = result.expect_err(parts[0]).to_string();
    for part in parts {
        assert!(error.contains(part), "'{part}' in: {error}");
    }
}

/// The CPU engine makes slices of what these checks let through: two of the same memory, or one outside of it, must not come of them.
#[test]
fn tensors_made_by_hand_cannot_reach_other_memory() {
    let (mut plan, [state, weights, ema]) = averages();
    average(&mut plan, [&state, &weights, &ema]).expect("a dispatch");
    let elsewhere = [
        Tensor { buffer: BufferId(3), ..weights.clone() },
        Tensor { start: ALIGNMENT, ..weights.clone() },
        Tensor { start: usize::MAX - 3, ..weights.clone() },
        // Their lengths, multiplied without care, are 100 and 0.
        Tensor { shape: vec![usize::MAX / 4 + 1, 4, 100], ..weights.clone() },
        Tensor { start: usize::MAX / 2, shape: vec![usize::MAX / 2 + 2], ..weights.clone() },
    ];
    for tensor in &elsewhere {
        refused(average(&mut plan, [&state, tensor, &ema]), &["ema", "'weights'", "outside this plan's buffers"]);
        refused(average(&mut plan, [&state, &weights, tensor]), &["ema", "'ema'", "outside this plan's buffers"]);
    }
    refused(average(&mut plan, [&state, &weights, &weights]), &["'ema'", "shares memory with 'weights'"]);
    assert_eq!(plan.sequences()[0].dispatches.len(), 1);
}

#[test]
fn a_view_must_lie_in_its_buffer_and_start_where_devices_can_bind_it() {
    let mut plan = Plan::default();
    let buffer = plan.buffer("memory", Element::F32, 200, 0.0);
    assert_eq!(plan.view(buffer, 128, "v", &[8, 9]).expect("a view").end(), Some(200));
    let mut refused = |buffer, start, shape: &[usize], parts: &[&str]| {
        let error = plan.view(buffer, start, "v", shape).expect_err(parts[0]).to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{parts:?} in: {error}");
    };
    refused(buffer, 128, &[73], &["tensor v [73]", "buffer memory", "end at element 201 of 200"]);
    refused(buffer, 100, &[1], &["tensor v [1]", "buffer memory", "element 100", "multiple of 64"]);
    refused(BufferId(1), 0, &[1], &["buffer number 1", "the plan has only 1"]);
    refused(buffer, 128, &[usize::MAX, 2], &["more than 2^31 elements"]);
    refused(buffer, usize::MAX - 63, &[64], &["more than 2^31 elements"]);
    let halves = plan.buffer("halves", Element::Stored, 300, 0.0);
    let error = plan.view(halves, 64, "h", &[1]).expect_err("half of the alignment").to_string();
    assert!(error.contains("multiple of 128"), "{error}");
}

#[test]
fn a_transposed_weight_is_another_shape() {
    let mut plan = Plan::default();
    let [rows, inputs, outputs] = [4, 6, 10];
    let x = plan.stored("x", &[rows, inputs]).expect("x");
    let b = plan.tensor("b", &[outputs]).expect("b");
    let y = plan.stored("y", &[2 * rows, outputs]).expect("y");
    plan.begin("forward");
    let mut with = |name: &str, shape: &[usize]| {
        let w = plan.tensor(name, shape).expect("w");
        let sizes = [("rows", rows.into()), ("inputs", inputs.into()), ("outputs", outputs.into())];
        let params = [&sizes[..], &[("first_row", 0u32.into()), ("alpha", 0.0f32.into())]].concat();
        let grid = Grid::Product { rows, columns: outputs, inner: inputs, parts: 1 };
        dispatch(&mut plan, "linear_forward", &params, &[("x", &x), ("w", &w), ("b", &b), ("y", &y)], grid)
    };
    with("D.0.weight", &[outputs, inputs]).expect("as declared");
    with("flat", &[outputs * inputs]).expect("of other dimensions");
    with("taller", &[outputs + 1, inputs]).expect("more rows than needed");
    refused(with("D.0.weight", &[inputs, outputs]), &["linear_forward", "'w'", "D.0.weight [6, 10]", "[outputs, inputs] = [10, 6]"]);
    refused(with("wider", &[outputs, inputs + 1]), &["wider [10, 7] is of another shape than [outputs, inputs] = [10, 6]"]);
    refused(with("short", &[outputs - 1, inputs]), &["short [9, 6] is smaller than [outputs, inputs] = [10, 6]"]);
}

#[test]
fn a_constant_is_read_and_not_written() {
    let (mut plan, [_, weights, ema]) = averages();
    let constant = plan.constant_words("table", &[7, 8, 9]).expect("a constant");
    assert_eq!(constant.shape, [3]);
    average(&mut plan, [&constant, &weights, &ema]).expect("a dispatch that reads it");
    let params = [("batch", 3u32), ("count", 50), ("half_bits", 3), ("seed", 0), ("stream", 0)].map(|(name, value)| (name, value.into()));
    let state = plan.filled("counters", Element::U32, &[1], 0.0).expect("counters");
    let written = dispatch(&mut plan, "batch_indices", &params, &[("state", &state), ("indices", &constant)], Grid::Elements(3));
    refused(written, &["batch_indices", "'indices'", "table is constant"]);
}
