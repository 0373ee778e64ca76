//! Every WGSL kernel and its f32 twin against the f64 twin, over sizes that no tile divides.

mod random;
mod small;

use crate::support;
use ganvas::{
    engine::{
        Engine,
        cpu::CpuEngine,
        gpu::{GpuEngine, PRODUCT_LOOPS, ProductLoop, describe, product_loops},
    },
    kernels,
    ops::{
        self, KERNELS,
        case::{Case, Input, declared_len},
        pointwise::FUNCTIONS,
    },
    plan::{ALIGNMENT, Access, Binding, Dispatch, Element, Grid, Kernel, Plan, PlanError, SequenceId, Snippet, Storage, Tensor, interface},
    random::{random_bits, uniform01},
};
use half::f16;
use std::{collections::BTreeSet, path::Path};

/// Distance of two neighbours of 1 in f32.
const EPSILON: f64 = f32::EPSILON as f64;

/// Roundings beside those of sums that a kernel may make, in units of [`EPSILON`] of its largest output. The worst are chains of
/// `exp`, `log` and divisions: WGSL allows exp 3 + 2 |x| units in the last place, log 2^-21 around 1 and a division 2.5.
const ROUNDINGS: f64 = 32.0;

/// Elements of every tensor that the kernel's declaration does not cover, and that must stay as they were.
const BEYOND: usize = 5;

/// What outputs hold before: no kernel may read it, and what a kernel does not write keeps it.
const POISON: u32 = 0xdead_beef;

/// One case in a plan.
struct Placed {
    label: String,
    case: Case,
    sequence: SequenceId,
    dispatch: Dispatch,
    storage: Storage,
}

/// Values of one tensor, before or after.
#[derive(Clone, Debug)]
enum Values {
    Real(Vec<f64>),
    Words(Vec<u32>),
}

/// Which of the functions that a kernel can be composed with.
#[derive(Clone, Copy)]
enum Choices {
    Every,
    /// One, another for each kernel.
    One,
}

/// A plan with one sequence per case of each kernel that `wanted` picks.
fn plan_of(storage: Storage, choices: Choices, wanted: impl Fn(Grid) -> bool) -> (Plan, Vec<Placed>) {
    let mut plan = Plan::new(storage);
    let mut placed = Vec::new();
    for (number, row) in KERNELS.iter().enumerate() {
        let mut all = (row.choices)();
        if let Choices::One = choices {
            all = vec![all.swap_remove(number % all.len())];
        }
        for with in all {
            let choice = with.first().map_or("", |snippet| snippet.name);
            let cases = (row.cases)();
            assert!(!cases.is_empty(), "kernel {} has no cases", row.kernel.name);
            for case in cases.into_iter().filter(|case| wanted(case.grid)) {
                let label = format!("{} {choice} in {} {:?}", row.kernel.name, storage.name(), case.params);
                placed.push(place(&mut plan, row.kernel, &with, case, label).unwrap_or_else(|error| panic!("{error}")));
            }
        }
    }
    (plan, placed)
}

fn place(plan: &mut Plan, kernel: &'static Kernel, with: &[&'static Snippet], case: Case, label: String) -> Result<Placed, PlanError> {
    let interface = interface(kernel, with)?;
    let mut tensors = Vec::new();
    for binding in &interface.bindings {
        let len = declared_len(binding, &case.params) + BEYOND;
        // Away from the start of its buffer, as parameters are.
        let start = 2 * ALIGNMENT;
        let buffer = plan.buffer(&binding.name, binding.element, start + len, 0.0);
        tensors.push(plan.view(buffer, start, &binding.name, &[len])?);
    }
    let named: Vec<(&str, &Tensor)> = interface.bindings.iter().map(|b| b.name.as_str()).zip(&tensors).collect();
    let sequence = plan.begin(kernel.name);
    plan.dispatch(kernel, with, &case.params, &named, case.grid)?;
    let dispatch = plan.sequence(sequence).dispatches[0].clone();
    Ok(Placed { label, case, sequence, dispatch, storage: plan.storage })
}

impl Placed {
    /// What each tensor holds before: inputs are random, outputs poisoned, and so is everything beyond the declared extent.
    fn before(&self) -> Vec<Values> {
        let fill = |(index, binding): (usize, &Binding)| {
            let len = declared_len(binding, &self.case.params);
            let input = self.case.inputs.iter().find(|(name, _)| *name == binding.name).map(|(_, input)| input);
            let is_input = binding.access == Access::Read || input.is_some();
            let random = |low: f32, high: f32, n: usize| {
                // Every seventh is zero, where activations have their kinks.
                let u = uniform01(random_bits(1, index as u32, self.sequence.0 as u32, n as u32));
                if n % 7 == 3 && low <= 0.0 { 0.0 } else { low + (high - low) * u }
            };
            let real = |low, high| (0..len).map(|n| f64::from(random(low, high, n))).collect();
            let mut values = match (input, binding.element) {
                (Some(Input::Words(words)), Element::U32) => Values::Words(words.clone()),
                (Some(Input::Values(values)), Element::F32 | Element::Stored) => {
                    Values::Real(values.iter().map(|v| f64::from(*v)).collect())
                }
                (Some(Input::Between(low, high)), Element::F32 | Element::Stored) => Values::Real(real(*low, *high)),
                (None, Element::F32 | Element::Stored) if is_input => Values::Real(real(-1.0, 1.0)),
                (None, Element::F32 | Element::Stored) => Values::Real(vec![f64::NAN; len]),
                (None, Element::U32) if !is_input => Values::Words(vec![POISON; len]),
                _ => panic!("{}: '{}' needs an input in its cases", self.label, binding.name),
            };
            match &mut values {
                Values::Real(values) => {
                    if self.in_halves(binding) {
                        values.iter_mut().for_each(|v| *v = f16::from_f64(*v).to_f64());
                    }
                    values.resize(len + BEYOND, f64::NAN);
                }
                Values::Words(words) => words.resize(len + BEYOND, POISON),
            }
            values
        };
        self.dispatch.interface.bindings.iter().enumerate().map(fill).collect()
    }

    fn in_halves(&self, binding: &Binding) -> bool {
        binding.element == Element::Stored && self.storage == Storage::F16
    }

    /// Loads, runs, and returns what each tensor holds after.
    fn run(&self, engine: &mut dyn Engine, before: &[Values]) -> Vec<Values> {
        for (tensor, values) in self.dispatch.bindings.iter().zip(before) {
            match values {
                Values::Real(values) => {
                    let values: Vec<f32> = values.iter().map(|v| *v as f32).collect();
                    engine.upload(tensor, &values)
                }
                Values::Words(words) => engine.upload_words(tensor, words),
            }
            .unwrap_or_else(|error| panic!("{}: {error}", self.label));
        }
        engine.run_dispatch(self.sequence, 0).unwrap_or_else(|error| panic!("{}: {error}", self.label));
        let after = |(tensor, values): (&Tensor, &Values)| match values {
            Values::Real(_) => engine.download(tensor).map(|v| Values::Real(v.into_iter().map(f64::from).collect())),
            Values::Words(_) => engine.download_words(tensor).map(Values::Words),
        };
        let after: Result<Vec<Values>, _> = self.dispatch.bindings.iter().zip(before).map(after).collect();
        after.unwrap_or_else(|error| panic!("{}: {error}", self.label))
    }

    /// The oracle's results in full precision, after checking that it writes what the case says and nothing else.
    fn oracle(&self, oracle: &mut CpuEngine<f64>, before: &[Values], wrong: &mut Vec<String>) -> Vec<Values> {
        let mut after = self.run(oracle, before);
        for ((binding, tensor), (before, after)) in
            self.dispatch.interface.bindings.iter().zip(&self.dispatch.bindings).zip(before.iter().zip(&mut after))
        {
            let len = declared_len(binding, &self.case.params);
            let written = self.case.written.iter().find(|(name, _)| *name == binding.name).map_or(0..len, |(_, range)| range.clone());
            let written = if binding.access == Access::Write { written } else { 0..0 };
            let stray = match (before, &mut *after) {
                (Values::Real(before), Values::Real(after)) => {
                    after.copy_from_slice(oracle.values(tensor));
                    let same = |n: usize| before[n].to_bits() == after[n].to_bits() || (before[n].is_nan() && after[n].is_nan());
                    (0..after.len()).find(|n| if written.contains(n) { !after[*n].is_finite() } else { !same(*n) })
                }
                (Values::Words(before), Values::Words(after)) => {
                    (0..after.len()).find(|n| if written.contains(n) { after[*n] == POISON } else { before[*n] != after[*n] })
                }
                _ => unreachable!("an element type does not change"),
            };
            if let Some(n) = stray {
                wrong
                    .push(format!("{}: the f64 twin leaves '{}' element {n} wrong; it should write {written:?}", self.label, binding.name));
            }
        }
        after
    }

    /// Compares an engine with the oracle.
    ///
    /// A sum of n terms in f32 is off by at most n / 2 epsilon times the sum of their magnitudes, so each output may differ by
    /// (n + [`ROUNDINGS`]) epsilon times the largest output, or times the case's `floor` where terms of that size may cancel.
    /// A lost or doubled term, or a neighbour's value, is off by thousands of times that. What rests in f16 may be rounded or cut, and
    /// zero where it is below the normal numbers.
    fn check(&self, engine: &str, after: &[Values], oracle: &[Values], wrong: &mut Vec<String>) {
        for (binding, (after, oracle)) in self.dispatch.interface.bindings.iter().zip(after.iter().zip(oracle)) {
            let found = match (after, oracle) {
                (Values::Real(after), Values::Real(oracle)) => {
                    let largest = oracle.iter().filter(|v| v.is_finite()).fold(self.case.floor, |max, v| v.abs().max(max));
                    let allowed = (self.case.terms as f64 + ROUNDINGS) * EPSILON * largest;
                    let [unit, least] = if self.in_halves(binding) { [f16::EPSILON, f16::MIN_POSITIVE].map(f64::from) } else { [0.0; 2] };
                    let close = |v: f64, e: f64| (v - e).abs() <= allowed + unit * e.abs() + least || (v.is_nan() && e.is_nan());
                    let n = (0..oracle.len()).find(|n| !close(after[*n], oracle[*n]));
                    n.map(|n| format!("element {n} is {}, not {} (off by at most {allowed:.1e})", after[n], oracle[n]))
                }
                (Values::Words(after), Values::Words(oracle)) => {
                    let n = (0..oracle.len()).find(|n| after[*n] != oracle[*n]);
                    n.map(|n| format!("element {n} is {}, not {}", after[n], oracle[n]))
                }
                _ => unreachable!("an element type does not change"),
            };
            wrong.extend(found.map(|what| format!("{} on {engine}: '{}' {what}", self.label, binding.name)));
        }
    }
}

/// Runs every case of the plan on the oracle, and compares the f32 twins and the WGSL under each of `loops` with it.
fn compare_all((plan, placed): (Plan, Vec<Placed>), loops: &'static [ProductLoop], what: &str) {
    assert!(!placed.is_empty());
    let mut oracle = CpuEngine::<f64>::open(plan.clone());
    let mut engines: Vec<(String, Box<dyn Engine>)> = vec![("the f32 twin".into(), Box::new(CpuEngine::<f32>::open(plan.clone())))];
    if let Some(adapter) = support::adapter(what).filter(|adapter| support::stores(adapter, plan.storage, what)) {
        for product in loops.iter().filter(|product| product.runs_on(&describe(&adapter))) {
            let engine = GpuEngine::open_with(&adapter, plan.clone(), product).expect("an engine");
            engines.push((format!("{} with {}", engine.info().name, product.snippet.name), Box::new(engine)));
        }
    }
    let mut wrong = Vec::new();
    for case in &placed {
        let before = case.before();
        let expected = case.oracle(&mut oracle, &before, &mut wrong);
        for (name, engine) in &mut engines {
            case.check(name, &case.run(engine.as_mut(), &before), &expected, &mut wrong);
        }
    }
    // Where one thing is wrong, most cases are.
    let count = wrong.len();
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{count} wrong, the first of them:\n{}", wrong.join("\n"));
}

#[test]
fn every_matrix_product_agrees_with_its_twin() {
    let product = |grid| matches!(grid, Grid::Product { .. });
    for storage in Storage::ALL {
        // A function is computed behind the sum, whichever main loop has made it: every one under the first, and one under each other.
        compare_all(plan_of(storage, Choices::Every, product), &PRODUCT_LOOPS[..1], "matrix products against their twins");
        compare_all(plan_of(storage, Choices::One, product), &PRODUCT_LOOPS[1..], "main loops against their twins");
    }
}

#[test]
fn every_other_kernel_agrees_with_its_twin() {
    for storage in Storage::ALL {
        let others = plan_of(storage, Choices::Every, |grid| !matches!(grid, Grid::Product { .. }));
        compare_all(others, &PRODUCT_LOOPS[..1], "kernels against their twins");
    }
}

#[test]
fn every_shader_is_a_kernel_or_part_of_one() {
    let all = kernels::all();
    let chosen = all.iter().flat_map(|(kernel, with)| kernel.snippets.iter().chain(with).copied());
    let loops = PRODUCT_LOOPS.iter().flat_map(|product| product.snippets());
    // `apply` is made of the files of functions.
    let parts = chosen.chain(loops).flat_map(|snippet| snippet.needs.iter().copied().chain([snippet])).filter(|part| part.name != "apply");
    let known: BTreeSet<String> =
        all.iter().map(|(kernel, _)| kernel.source).chain(parts.map(|part| part.source)).map(str::to_owned).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeSet::new();
    texts(&root.join("shaders"), &mut files);
    assert_eq!(files, known, "files of shaders, and what the table of kernels is composed of");
    // An op is two folders of one name.
    let mut shaders = folders(&root.join("shaders"));
    assert!(shaders.remove("common"));
    assert_eq!(shaders, folders(&root.join("src/ops")), "folders of shaders, and of src/ops");
}

#[test]
fn a_kernel_is_in_the_table_once() {
    let names: BTreeSet<&str> = KERNELS.iter().map(|row| row.kernel.name).collect();
    assert_eq!(names.len(), KERNELS.len());
}

fn folders(of: &Path) -> BTreeSet<String> {
    let entries = of.read_dir().expect("a folder").map(|entry| entry.expect("an entry"));
    entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().expect("UTF-8")).collect()
}

/// Stems of the WGSL files below `folder`; a file that is no WGSL keeps its whole name.
fn texts(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in folder.read_dir().expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_dir() {
            texts(&entry.path(), found);
        } else {
            let text = std::fs::read_to_string(entry.path()).expect("UTF-8");
            assert!(found.insert(text), "two shaders are the same: {}", entry.path().display());
        }
    }
}

/// Above 65,535 workgroups a dispatch folds into a second dimension; every element must be computed all the same, once.
#[test]
fn more_workgroups_than_one_dimension_holds() {
    let Some(adapter) = support::adapter("more than 65,535 workgroups") else { return };
    let mut plan = Plan::default();
    let count = 65_535 * 256 + 300;
    // With a decay of 0 the average becomes the weights.
    let fill = |plan: &mut Plan, name: &str, element, len: usize, fill: f32| plan.filled(name, element, &[len], fill).expect("a tensor");
    let state = fill(&mut plan, "state", Element::U32, 1, 0.0);
    let (weights, ema) = (fill(&mut plan, "weights", Element::F32, count, 3.0), fill(&mut plan, "ema", Element::F32, count, 1.0));
    let sequence = plan.begin("ema");
    let (kernel, with) = kernels::all().into_iter().find(|(kernel, _)| kernel.name == "ema").expect("ema");
    let params = [("count", count.into()), ("counter", 0u32.into()), ("decay", 0.0f32.into())];
    let bindings = [("state", &state), ("weights", &weights), ("ema", &ema)];
    plan.dispatch(kernel, &with, &params, &bindings, Grid::Elements(count)).expect("a dispatch");

    // The same for rows of a product, which fold into z: y = x w + b with one input and one output.
    let mut folds = Vec::new();
    for product in product_loops(&describe(&adapter)) {
        let rows = 65_535 * product.tile().expect("a tile").rows as usize + 77;
        folds.push((product, rows));
    }
    let (kernel, with) = kernels::all()
        .into_iter()
        .find(|(kernel, with)| kernel.name == "linear_forward" && with[0].name == "identity")
        .expect("linear_forward");
    let mut engine = GpuEngine::open(&adapter, plan).expect("an engine");
    engine.run_dispatch(sequence, 0).expect("a run");
    assert_eq!(engine.download(&ema).expect("averages").iter().position(|w| *w != 3.0), None, "an element was not averaged once");
    drop(engine);

    for (product, rows) in folds {
        let mut plan = Plan::default();
        let x = plan.stored("x", &[rows, 1]).expect("x");
        let (w, b) = (plan.filled("w", Element::F32, &[1, 1], 2.0).expect("w"), plan.filled("b", Element::F32, &[1], 1.0).expect("b"));
        let y = plan.filled("y", Element::Stored, &[rows, 1], f32::NAN).expect("y");
        let sequence = plan.begin("linear_forward");
        let params = [
            ("rows", rows.into()),
            ("inputs", 1u32.into()),
            ("outputs", 1u32.into()),
            ("first_row", 0u32.into()),
            ("alpha", 0.0f32.into()),
        ];
        let grid = Grid::Product { rows, columns: 1, inner: 1, parts: 1 };
        plan.dispatch(kernel, &with, &params, &[("x", &x), ("w", &w), ("b", &b), ("y", &y)], grid).expect("a dispatch");
        let mut engine = GpuEngine::open_with(&adapter, plan, product).expect("an engine");
        let values: Vec<f32> = (0..rows).map(|row| row as f32).collect();
        engine.upload(&x, &values).expect("x");
        engine.run_dispatch(sequence, 0).expect("a run");
        let wrong = engine.download(&y).expect("y").iter().zip(&values).position(|(y, x)| *y != 2.0 * x + 1.0);
        assert_eq!(wrong, None, "a row under {}", product.snippet.name);
    }
}

/// A value that is no number must reach whoever looks for one, on every engine: activations and losses hand it on, and the norms
/// see it. Drivers may compute `max` and `clamp` so that they swallow it.
#[test]
fn what_is_no_number_stays_no_number() {
    let mut checks: Vec<Passage> = Vec::new();
    for activation in FUNCTIONS.iter().filter(|function| function.layer || function.name == "identity") {
        checks.push(("activation_forward", activation.name, "x", 4, "y", 4));
        checks.push(("linear_forward", activation.name, "b", 0, "y", 0));
        checks.push(("batch_norm_forward", activation.name, "x", 0, "y", 0));
        checks.push(("batch_norm_inference", activation.name, "x", 0, "y", 0));
    }
    // What losses are made of: multiples, sums, and every function; the program's instructions have 63 values each.
    let value_of = |function: usize| (6 + 3 * function) * 63;
    for at in (0..FUNCTIONS.len()).map(value_of).chain([0, 63, 3 * 63]) {
        checks.push(("row_program", "apply", "in0", 0, "values", at));
    }
    checks.push(("row_dots", "", "a", 1, "y", 0));
    checks.push(("gather_rows", "result_f32", "w", 5, "y", 3 * 63 + 5));
    checks.push(("scatter_rows", "", "dy", 5, "dw", 5));
    for optimizer in ["adam", "sgd", "rmsprop"] {
        checks.push((optimizer, "", "gradients", 5, "partials", 0));
        checks.push((optimizer, "", "gradients", 5, "weights", 5));
        checks.push((optimizer, "", "weights", 5, "partials", 1));
    }
    checks.push(("statistics", "", "partials", 0, "ring", 4));
    checks.push(("statistics", "", "partials", 1, "ring", 5));
    checks.push(("statistics", "", "numbers", 0, "ring", 0));
    checks.push(("dropout_forward", "", "x", 0, "y", 0));
    checks.push(("batch_norm_forward", "relu", "x", 0, "running_mean", 0));
    checks.push(("batch_norm_forward", "relu", "x", 0, "running_var", 0));
    for piece in [0, 1, 4] {
        checks.push(("maxout_forward", "", "h", piece, "y", 0));
    }

    for storage in Storage::ALL {
        no_number_stays_none(storage, &checks);
    }
}

/// Kernel and its choice, the binding that gets the NaN with its element, and where it must arrive.
type Passage = (&'static str, &'static str, &'static str, usize, &'static str, usize);

fn no_number_stays_none(storage: Storage, checks: &[Passage]) {
    let mut plan = Plan::new(storage);
    let mut placed = Vec::new();
    for (kernel, choice, ..) in checks {
        let named = |(k, with): &(&Kernel, Vec<&Snippet>)| k.name == *kernel && with.first().map_or("", |s| s.name) == *choice;
        let (kernel, with) = kernels::all().into_iter().find(named).expect("a kernel");
        let case = small::small(kernel.name);
        placed.push(place(&mut plan, kernel, &with, case, format!("{} {choice}", kernel.name)).expect("a dispatch"));
    }
    let mut engines: Vec<Box<dyn Engine>> =
        vec![Box::new(CpuEngine::<f64>::open(plan.clone())), Box::new(CpuEngine::<f32>::open(plan.clone()))];
    let what = "NaN through kernels";
    if let Some(adapter) = support::adapter(what).filter(|adapter| support::stores(adapter, storage, what)) {
        for product in product_loops(&describe(&adapter)) {
            engines.push(Box::new(GpuEngine::open_with(&adapter, plan.clone(), product).expect("an engine")));
        }
    }
    let mut wrong = Vec::new();
    for (case, (_, _, from, at, to, arrives)) in placed.iter().zip(checks) {
        let index = |name: &str| case.dispatch.interface.bindings.iter().position(|b| b.name == name).expect("a binding");
        let clean = case.before();
        let mut tainted = clean.clone();
        let Values::Real(values) = &mut tainted[index(from)] else { panic!("{from} is not real") };
        values[*at] = f64::NAN;
        for engine in &mut engines {
            let read = |after: &[Values]| match &after[index(to)] {
                Values::Real(values) => values[*arrives],
                Values::Words(_) => panic!("{to} is not real"),
            };
            let without = read(&case.run(engine.as_mut(), &clean));
            let with = read(&case.run(engine.as_mut(), &tainted));
            let name = format!("{} ({})", engine.info().name, engine.variant());
            if without.is_nan() || !with.is_nan() {
                wrong.push(format!("{} on {name}: {from}[{at}] = NaN gives {to}[{arrives}] = {with}, without it {without}", case.label));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Compilers that take NaN for impossible (Metal's) may turn a comparison round: `x > 0` into not `x <= 0`, which is the same for numbers.
/// Every function must hand NaN on either way.
#[test]
fn no_function_relies_on_how_nan_compares() {
    const NUMBERS: [f32; 7] = [-3.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0];
    let Some(adapter) = support::adapter("NaN that compares the other way") else { return };
    let map = ops::row("map").expect("a kernel").kernel;
    let mut plan = Plan::default();
    let mut placed = Vec::new();
    for function in &FUNCTIONS {
        let turned = Snippet {
            name: Box::leak(format!("{} turned round", function.name).into_boxed_str()),
            source: Box::leak(turned_round(function.snippet.source).into_boxed_str()),
            needs: function.snippet.needs,
        };
        for snippet in [&function.snippet, &*Box::leak(Box::new(turned))] {
            let x = plan.tensor("x", &[NUMBERS.len() + 1]).expect("x");
            let y = plan.tensor("y", &[NUMBERS.len() + 1]).expect("y");
            let sequence = plan.begin("map");
            let params = [("count", x.len().into()), ("alpha", function.alpha.unwrap_or(0.0).into())];
            plan.dispatch(map, &[snippet], &params, &[("x", &x), ("y", &y)], Grid::Elements(x.len())).expect("a dispatch");
            placed.push((function.name, x, y, sequence));
        }
    }
    let mut engine = GpuEngine::open(&adapter, plan).expect("an engine");
    let mut results = Vec::new();
    for (name, x, y, sequence) in &placed {
        engine.upload(x, &[&NUMBERS[..], &[f32::NAN]].concat()).expect("numbers");
        engine.run_dispatch(*sequence, 0).expect("a run");
        let y = engine.download(y).expect("results");
        assert!(y[NUMBERS.len()].is_nan(), "{name} makes {} of NaN", y[NUMBERS.len()]);
        results.push(y.into_iter().map(f32::to_bits).collect::<Vec<u32>>());
    }
    for (pair, (name, ..)) in results.chunks_exact(2).zip(placed.iter().step_by(2)) {
        assert_eq!(pair[0][..NUMBERS.len()], pair[1][..NUMBERS.len()], "{name} is the same for numbers");
    }
    let others = FUNCTIONS.iter().filter(|function| turned_round(function.snippet.source) != function.snippet.source).count();
    assert!(others >= 5, "only {others} functions compare at all");
}

/// WGSL with its comparisons of a name and a real number turned round.
fn turned_round(source: &str) -> String {
    let mut out = String::new();
    for line in source.lines() {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        for i in 1..words.len().saturating_sub(1) {
            let opposite = match words[i].as_str() {
                ">" => "<=",
                ">=" => "<",
                "<" => ">=",
                "<=" => ">",
                _ => continue,
            };
            let number = words[i + 1].trim_end_matches([')', ';', ',']);
            if line.trim_start().starts_with("//") || !number.contains('.') || number.parse::<f32>().is_err() {
                continue;
            }
            let rest = words[i + 1][number.len()..].to_owned();
            let open = words[i - 1].rfind('(').map_or(0, |at| at + 1);
            let (before, name) = (words[i - 1][..open].to_owned(), words[i - 1][open..].to_owned());
            words[i + 1] = format!("{number}){rest}");
            words[i - 1] = format!("{before}!({name}");
            words[i] = opposite.to_owned();
        }
        out += &words.join(" ");
        out += "\n";
    }
    out
}
