//! Every operation of the graph: its gradient, and the gradient of its gradient, against central differences in f64; and the same values in
//! f32 on every engine.

use crate::support;
use ganvas::{
    engine::{Engine, Work, cpu::CpuEngine, gpu::GpuEngine},
    graph::{
        BatchNorm, Graph, Op, Order, Patches, Var, grad,
        lower::{Lowering, Target},
    },
    ops::{
        augment::Picture,
        convolution::Conv,
        group_norm::Blocks,
        pointwise::{Activation, FUNCTIONS},
        resample::{Filter, Resample},
    },
    plan::{Plan, SequenceId, Tensor},
    random::{random_bits, uniform01},
};
use std::cell::RefCell;

/// Nudge of an element; see `gradients`.
const NUDGE: f64 = 1e-5;

/// Allowed error of a derivative in f64, relative to the largest of its tensor or to 1.
const TOLERANCE: f64 = 1e-6;

/// The same of a derivative in f32.
const SINGLE: f64 = 1e-4;

/// Rows, columns, and a third extent: no tile and no alignment divides most of them.
const SIZES: [[usize; 3]; 5] = [[1, 1, 1], [3, 5, 7], [4, 1, 3], [1, 67, 2], [66, 3, 65]];

/// Elements of a leaf that are nudged, evenly spread.
const ELEMENTS: usize = 30;

/// An operation with an expression that has it.
struct Row {
    name: &'static str,
    is: fn(&Op) -> bool,
    /// How often it can be differentiated, of the two times that are tried.
    orders: usize,
    make: for<'g> fn(&Inputs<'g>) -> Var<'g>,
}

macro_rules! operations {
    ($($pattern:pat, $orders:literal => $make:expr;)*) => {
        /// Every operation.
        static ROWS: &[Row] = &[$(Row { name: stringify!($pattern), is: |op| matches!(op, $pattern), orders: $orders, make: $make }),*];

        // The compiler says here which operation has no row.
        const _: fn(Op) = |op| match op {
            $($pattern => {})*
        };
    };
}

operations! {
    Op::Leaf, 2 => |i| i.matrix();
    Op::Constant(_), 2 => |i| i.matrix().stack(i.graph.constant(0.7, [2, i.columns]));
    Op::Product(Patches::Rows), 2 => |i| i.matrix().product(i.leaf([i.other, i.columns]));
    Op::ByInput(Patches::Rows), 2 => |i| i.matrix().by_input(i.leaf([i.columns, i.other]));
    Op::ByWeight(Patches::Rows), 2 => |i| i.matrix().by_weight(i.leaf([i.rows, i.other]));
    Op::Product(Patches::Conv(_)), 2 => |i| each_conv(i, |x, _, w, conv| x.conv(w, conv));
    Op::ByInput(Patches::Conv(_)), 2 => |i| each_conv(i, |_, y, w, conv| y.conv_transpose(w, conv));
    Op::ByWeight(Patches::Conv(_)), 2 => |i| each_conv(i, |x, y, w, conv| grad((x.conv(w, conv) * y).sum(), &[w])[0]);
    Op::Add, 2 => |i| i.matrix() + i.row() + i.column() + i.matrix();
    Op::Mul, 2 => |i| i.matrix() * i.row() * i.column() * i.matrix();
    Op::Affine { .. }, 2 => |i| -0.7 * i.matrix() + 0.3;
    Op::Pointwise(_), 2 => |i| each_function(i, |x, f| x.apply(f));
    // Twice differentiated it would have a third derivative.
    Op::Slope(_, Order::First), 1 => |i| each_function(i, |x, f| grad(x.apply(f).sum(), &[x])[0]);
    Op::Slope(_, Order::Second), 0 => |i| each_function(i, |x, f| {
        let slope = grad(x.apply(f).sum(), &[x])[0];
        grad(slope.sum(), &[x])[0]
    });
    Op::Sum, 2 => |i| i.matrix().row_sums() + i.matrix().column_sums() + i.matrix().sum();
    Op::Expand, 2 => |i| i.row().expand([i.rows, i.columns]) * i.column().expand([i.rows, i.columns]) + i.leaf([1, 1]);
    Op::Window { .. }, 2 => |i| {
        let part = i.leaf([i.rows + 4, i.columns + 3]).part(3, i.rows).columns_part(2, i.columns);
        (part * i.matrix()).pad_rows(2, i.rows + 5)
    };
    Op::Stack, 2 => |i| i.matrix().stack(i.leaf([i.other, i.columns])).stack(i.matrix());
    Op::Beside, 2 => |i| i.matrix().beside(i.leaf([i.rows, i.other])).beside(i.matrix());
    Op::Reshape, 2 => |i| i.matrix().reshape([i.columns, i.rows]) * i.leaf([i.columns, i.rows]);
    // Of what is detached the difference quotient knows nothing: it is held.
    Op::Detach, 2 => |i| i.held([i.rows, i.columns], -1.0).detach() * i.matrix();
    Op::Resample(_), 2 => |i| {
        let filters = [
            Resample::up(Filter::Nearest, [2, 3], 2),
            Resample::up(Filter::Bilinear, [3, 1], 2),
            Resample::up(Filter::Blur, [2, 2], 2),
            Resample::down(Filter::Blur, [4, 2], [2, 1]),
            Resample::down(Filter::Mean, [4, 6], [2, 3]),
            Resample::down(Filter::Sum, [3, 3], [1, 1]),
        ];
        let images = i.rows.min(3);
        let of = |resample: Resample| {
            let y = i.leaf([images * resample.input_pixels(), i.columns]).resample(resample);
            (y * i.leaf(y.shape())).sum()
        };
        filters.map(of).into_iter().reduce(|a, b| a + b).expect("filters")
    };
    Op::Gather, 2 => |i| i.leaf([i.other, i.columns]).gather(i.index());
    Op::Scatter, 2 => |i| {
        let w = i.leaf([i.other, i.columns]);
        grad((w.gather(i.index()) * i.matrix()).sum(), &[w])[0]
    };
    // Squared, so that its second derivative is not 0.
    Op::Augment { .. }, 2 => |i| {
        let (x, picture, knobs) = i.pictures();
        x.augment(picture, knobs).square()
    };
    Op::AugmentByInput(_), 2 => |i| {
        let (x, picture, knobs) = i.pictures();
        grad((x.augment(picture, knobs) * i.leaf(x.shape())).sum(), &[x])[0].square()
    };
    Op::Max { .. }, 2 => |i| i.pieces().max_of(3);
    Op::Unmax { .. }, 2 => |i| {
        let h = i.pieces();
        grad((h.max_of(3) * i.matrix()).sum(), &[h])[0]
    };
    Op::Pick { .. }, 2 => |i| {
        let (h, dy) = (i.pieces(), i.matrix());
        let unmax = grad((h.max_of(3) * dy).sum(), &[h])[0];
        grad((unmax * i.pieces()).sum(), &[dy])[0]
    };
    Op::BatchNorm(_), 2 => |i| i.norm(false).0;
    Op::BatchNormInference(_), 2 => |i| i.norm(true).0;
    Op::BatchNormByInput(_), 2 => |i| {
        let (y, [x, _]) = i.norm(false);
        grad((y * i.leaf(y.shape())).sum(), &[x])[0]
    };
    Op::BatchNormByWeight(_), 2 => |i| {
        let (y, [_, w]) = i.norm(false);
        grad((y * i.leaf(y.shape())).sum(), &[w])[0]
    };
    Op::GroupNorm(_), 2 => |i| each_block(i, |y, _| y);
    Op::GroupNormByInput(_), 2 => |i| each_block(i, |y, [x, _]| grad((y * i.leaf(y.shape())).sum(), &[x])[0]);
    Op::GroupNormByWeight(_), 2 => |i| each_block(i, |y, [_, w]| grad((y * i.leaf(y.shape())).sum(), &[w])[0]);
}

/// The sums of what `of` gives for normalised pictures, x and w: by groups of channels, and by pixels whose mean stays.
fn each_block<'g>(i: &Inputs<'g>, of: impl Fn(Var<'g>, [Var<'g>; 2]) -> Var<'g>) -> Var<'g> {
    let sum = |pixels: usize, groups: usize, centred: bool| {
        let blocks = Blocks { pixels, groups, centred, epsilon: 0.1 };
        let channels = groups * i.columns.min(4);
        let [x, w, b] = [i.rows.min(3) * pixels, 1, 1].map(|rows| i.leaf([rows, channels]));
        let of = of(x.group_norm(blocks, [w, b]), [x, w]);
        (of * i.leaf(of.shape())).sum()
    };
    sum(4, 2, true) + sum(1, 1, false) + sum(3, 1, true)
}

/// `of` for every function at values where all have finite derivatives, and at negative ones for those that have a value there.
fn each_function<'g>(i: &Inputs<'g>, of: fn(Var<'g>, Activation) -> Var<'g>) -> Var<'g> {
    let mut all: Option<Var<'g>> = None;
    for f in FUNCTIONS.iter().map(Activation::plain).filter(|f| !f.is_identity()) {
        let positive = of(i.values([i.rows, i.columns], 0.25, true), f);
        let mut y = positive;
        if f.kind.everywhere {
            y = y * i.leaf([1, 1]) + of(i.matrix(), f);
        }
        all = Some(all.map_or(y, |all| all + y));
    }
    all.expect("functions")
}

/// The sums of what `of` gives for pictures x, pictures of the shape of w * x, and w: over strides, borders and groups.
fn each_conv<'g>(i: &Inputs<'g>, of: fn(Var<'g>, Var<'g>, Var<'g>, Conv) -> Var<'g>) -> Var<'g> {
    let images = i.rows.min(3);
    let mut all: Option<Var<'g>> = None;
    for (input, kernel, stride, pad, groups) in
        [([1, 1], [1, 1], 1, 0, 1), ([4, 5], [3, 3], 1, 1, 2), ([5, 4], [4, 4], 2, 1, 1), ([4, 4], [2, 3], 3, 2, 1)]
    {
        let conv = Conv::over(input, kernel, stride, pad, groups).expect("a convolution");
        let (channels, filters) = (groups * i.columns.min(2), groups * i.other.min(3));
        let x = i.leaf([images * conv.input_pixels(), channels]);
        let y = i.leaf([images * conv.output_pixels(), filters]);
        let w = i.leaf([filters, conv.kernel_len() * channels / groups]);
        let sum = of(x, y, w, conv).square().sum();
        all = Some(all.map_or(sum, |all| all + sum));
    }
    all.expect("convolutions")
}

/// Makes leaves of one size, with their values.
struct Inputs<'g> {
    graph: &'g Graph,
    rows: usize,
    columns: usize,
    other: usize,
    leaves: RefCell<Vec<Leaf<'g>>>,
}

#[derive(Clone)]
struct Leaf<'g> {
    var: Var<'g>,
    values: Vec<f32>,
    /// Whether its derivatives are checked.
    moves: bool,
}

impl<'g> Inputs<'g> {
    fn new(graph: &'g Graph, [rows, columns, other]: [usize; 3]) -> Inputs<'g> {
        Inputs { graph, rows, columns, other, leaves: RefCell::default() }
    }

    fn push(&self, shape: [usize; 2], moves: bool, value: impl Fn(usize) -> f32) -> Var<'g> {
        let mut leaves = self.leaves.borrow_mut();
        let var = self.graph.leaf(&format!("leaf {}", leaves.len()), shape);
        leaves.push(Leaf { var, values: (0..shape[0] * shape[1]).map(value).collect(), moves });
        var
    }

    /// Random numbers between a quarter and 1.25, away from the kinks at 0; of both signs where `low` is negative.
    fn values(&self, shape: [usize; 2], low: f32, moves: bool) -> Var<'g> {
        let number = self.leaves.borrow().len() as u32;
        self.push(shape, moves, |n| {
            let bits = random_bits(1, 2, number, n as u32);
            let size = 0.25 + uniform01(bits);
            if low < 0.0 && bits.is_multiple_of(2) { -size } else { size }
        })
    }

    fn leaf(&self, shape: [usize; 2]) -> Var<'g> {
        self.values(shape, -1.0, true)
    }

    /// A leaf that no derivative is taken by.
    fn held(&self, shape: [usize; 2], low: f32) -> Var<'g> {
        self.values(shape, low, false)
    }

    fn matrix(&self) -> Var<'g> {
        self.leaf([self.rows, self.columns])
    }

    fn row(&self) -> Var<'g> {
        self.leaf([1, self.columns])
    }

    fn column(&self) -> Var<'g> {
        self.leaf([self.rows, 1])
    }

    fn pieces(&self) -> Var<'g> {
        self.leaf([self.rows, self.columns * 3])
    }

    /// Indices into a table of `other` rows, some of them twice and some never.
    fn index(&self) -> Var<'g> {
        let entries = self.other;
        self.push([self.rows, 1], false, |n| (n * n % entries) as f32)
    }

    /// Pictures as high as there are rows, with something of everything done to each.
    fn pictures(&self) -> (Var<'g>, Picture, Var<'g>) {
        let picture = Picture { height: self.rows, width: self.columns.min(5), channels: self.other.min(3) };
        let (h, w) = (picture.height as f32, picture.width as f32);
        let kinds: [[f32; 8]; 3] = [
            [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, h, w],
            [0.3, 0.4, 1.4, 1.0, 0.0, 1.0, (h - 1.0).max(1.0), 0.0],
            [-0.5, 1.9, 0.6, 0.0, -1.0, 0.0, 0.0, (w - 1.0).max(1.0)],
        ];
        let knobs = self.push([kinds.len(), 8], false, |n| kinds[n / 8][n % 8]);
        (self.leaf([kinds.len(), picture.columns()]), picture, knobs)
    }

    /// A normalisation of two groups of rows, with its x and w.
    fn norm(&self, inference: bool) -> (Var<'g>, [Var<'g>; 2]) {
        let norm = BatchNorm { epsilon: 0.1, momentum: 0.0, groups: 2 };
        let (x, w, b) = (self.leaf([2 * (self.rows + 1), self.columns]), self.row(), self.row());
        let running = [-1.0, 1.0].map(|low| self.held([1, self.columns], low));
        let apply = if inference { Var::batch_norm_inference } else { Var::batch_norm };
        (apply(x, norm, [w, b], running), [x, w])
    }
}

/// A scalar and its derivatives, in a plan.
struct Placed {
    label: String,
    /// Scalars, of which the second is made of the derivatives of the first.
    scalars: (SequenceId, Vec<Tensor>),
    /// Derivatives of each scalar by each leaf that moves.
    derivatives: Vec<(SequenceId, Vec<Tensor>)>,
    /// Leaves with their values, and which of them move.
    leaves: Vec<(Tensor, Vec<f32>, bool)>,
}

fn sequence<'g>(
    lowering: &mut Lowering<'g>,
    plan: &mut Plan,
    (label, name): (&str, &'static str),
    values: &[Var<'g>],
) -> (SequenceId, Vec<Tensor>) {
    let targets: Vec<Target> = values.iter().map(|value| Target::of(*value)).collect();
    lowering.sequence(plan, name, &targets).unwrap_or_else(|error| panic!("{label}, {name}: {error}"))
}

fn place(plan: &mut Plan, row: &Row, sizes: [usize; 3]) -> Placed {
    let label = format!("{} of {sizes:?}", row.name);
    let graph = Graph::new();
    let inputs = Inputs::new(&graph, sizes);
    let y = (row.make)(&inputs);
    let by: Vec<Var> = inputs.leaves.borrow().iter().filter(|leaf| leaf.moves).map(|leaf| leaf.var).collect();
    // Any scalar that every element of y has a part in.
    let first = (y * inputs.held(y.shape(), -1.0)).sum();
    let mut scalars = vec![first];
    if row.orders > 1 {
        let of_derivatives = grad(first, &by).into_iter().map(|d| (d * inputs.held(d.shape(), -1.0)).sum());
        scalars.extend(of_derivatives.reduce(|a, b| a + b));
    }
    graph.check().unwrap_or_else(|error| panic!("{label}: {error}"));
    // A matrix of one row or column may need less.
    let there = sizes.contains(&1) || graph.ids().any(|id| (row.is)(&graph.get(id).op));
    assert!(there, "{label}: there is no such operation");

    let mut lowering = Lowering::new(&graph);
    let mut leaves = Vec::new();
    for leaf in inputs.leaves.borrow().iter() {
        let tensor = plan.tensor("leaf", &leaf.var.shape()).expect("a leaf");
        lowering.place(leaf.var, &tensor, 0);
        leaves.push((tensor, leaf.values.clone(), leaf.moves));
    }
    let derivatives: Vec<_> = scalars
        .iter()
        .take(row.orders)
        .map(|scalar| grad(*scalar, &by))
        .zip(["first", "second"])
        .map(|(d, name)| sequence(&mut lowering, plan, (&label, name), &d))
        .collect();
    let scalars = sequence(&mut lowering, plan, (&label, "scalars"), &scalars);
    Placed { label, scalars, derivatives, leaves }
}

#[test]
fn derivatives_of_every_operation_are_difference_quotients() {
    let mut plan = Plan::default();
    let placed: Vec<Placed> =
        ROWS.iter().flat_map(|row| SIZES.map(|sizes| (row, sizes))).map(|(row, sizes)| place(&mut plan, row, sizes)).collect();
    let mut oracle = CpuEngine::<f64>::open(plan.clone());
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(CpuEngine::<f32>::open(plan.clone()))];
    if let Some(adapter) = support::adapter("derivatives of every operation") {
        engines.push(Box::new(GpuEngine::open(&adapter, plan).expect("an engine")));
    }
    let mut wrong = Vec::new();
    for placed in &placed {
        check(placed, &mut oracle, &mut engines, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn check(placed: &Placed, oracle: &mut CpuEngine<f64>, engines: &mut [Box<dyn Engine>], wrong: &mut Vec<String>) {
    let upload = |engine: &mut dyn Engine| {
        placed.leaves.iter().for_each(|(tensor, values, _)| engine.upload(tensor, values).expect("an upload"));
    };
    upload(oracle);
    for (order, (sequence, tensors)) in placed.derivatives.iter().enumerate() {
        let label = format!("{}, order {}", placed.label, order + 1);
        oracle.run(*sequence);
        let analytic: Vec<Vec<f64>> = tensors.iter().map(|tensor| oracle.values(tensor).to_vec()).collect();
        let largest = |values: &[f64]| values.iter().fold(1.0f64, |max, v| max.max(v.abs()));
        assert!(
            order > 0 || analytic.iter().flatten().any(|v| v.abs() > 1e-3),
            "{label}: nothing moves: {analytic:?}, {:?}",
            placed.leaves
        );
        let moving = placed.leaves.iter().filter(|(.., moves)| *moves).map(|(tensor, ..)| tensor);
        for (number, (leaf, analytic)) in moving.zip(&analytic).enumerate() {
            let allowed = TOLERANCE * largest(analytic);
            for (n, analytic) in analytic.iter().enumerate().step_by(analytic.len().div_ceil(ELEMENTS)) {
                let at = oracle.values(leaf)[n];
                let mut nudged = |by: f64| {
                    oracle.values_mut(leaf)[n] = at + by;
                    oracle.run(placed.scalars.0);
                    oracle.values(&placed.scalars.1[order])[0]
                };
                let numeric = (nudged(NUDGE) - nudged(-NUDGE)) / (2.0 * NUDGE);
                oracle.values_mut(leaf)[n] = at;
                if (numeric - analytic).abs().total_cmp(&allowed).is_gt() {
                    wrong.push(format!("{label}: by leaf {number}[{n}] it is {analytic}, the quotient says {numeric}"));
                    break;
                }
            }
        }
        for engine in &mut *engines {
            upload(engine.as_mut());
            engine.submit(&Work { runs: vec![*sequence], times: 1, reads: tensors.clone(), ..Work::default() }).expect("a submission");
            let reads = engine.collect(true).expect("a result").expect("one").reads;
            for (number, (read, analytic)) in reads.iter().zip(&analytic).enumerate() {
                let allowed = SINGLE * largest(analytic);
                if let Some(n) = (0..read.len()).find(|n| (f64::from(read[*n]) - analytic[*n]).abs().total_cmp(&allowed).is_gt()) {
                    wrong.push(format!("{label} on {}: by leaf {number}[{n}] it is {}, not {}", engine.info().name, read[n], analytic[n]));
                }
            }
        }
    }
}

#[test]
fn a_derivative_that_is_not_there_is_refused_by_name() {
    for row in ROWS.iter().filter(|row| row.orders < 2) {
        let graph = Graph::new();
        let inputs = Inputs::new(&graph, SIZES[1]);
        let mut y = (row.make)(&inputs);
        let by: Vec<Var> = inputs.leaves.borrow().iter().map(|leaf| leaf.var).collect();
        graph.check().expect("as far as it can be differentiated");
        for order in 0..=row.orders {
            assert!(order == 0 || graph.check().is_ok(), "{}: order {order}", row.name);
            y = grad((y * inputs.held(y.shape(), -1.0)).sum(), &by)
                .into_iter()
                .map(|d| (d * d).sum())
                .reduce(|a, b| a + b)
                .expect("a leaf");
        }
        let error = graph.check().expect_err(row.name).to_string();
        assert!(error.contains("slope") && error.contains("third derivative"), "{error}");
    }
}
