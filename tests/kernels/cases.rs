//! The table of sizes, parameters and inputs at which each kernel is compared. A new kernel needs a row in [`cases`].

use ganvas::{
    ops::optimizer::BLOCK,
    plan::{Binding, Grid, Value},
};
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
const MATRICES: [[usize; 2]; 8] = [[1, 1], [1, 63], [3, 64], [5, 65], [1, 255], [257, 1], [7, 131], [2, 601]];

/// Rows, inputs and outputs of products. Tiles are 8x8, 32x32 (in steps of 16), 8x64 and 64x64 (in steps of 4 or 8).
const PRODUCTS: [[usize; 3]; 10] =
    [[1, 1, 1], [1, 63, 65], [64, 65, 63], [65, 1, 64], [63, 64, 1], [33, 31, 97], [17, 129, 2], [3, 64, 130], [127, 67, 33], [129, 66, 9]];

/// Lengths of what is flat: optimizers work in blocks of 1024, four to a thread, their twins in tasks of 16 blocks.
const LENGTHS: [usize; 8] = [1, 63, 256, 257, 1021, 1024, 1025, 16 * 1024 + 19];

/// Rows of logits; the losses and the statistics are one workgroup of 256 threads.
const BATCHES: [usize; 8] = [1, 2, 63, 64, 65, 256, 257, 601];

/// Rows, channels, positions and groups of batch normalisation: features, then pixels; one row more or less than its threads share.
const NORMS: [[usize; 4]; 9] = [
    [2, 1, 1, 1],
    [6, 63, 1, 2],
    [15, 16, 1, 1],
    [17, 17, 1, 1],
    [514, 3, 1, 2],
    [130, 131, 1, 1],
    [3, 5, 7, 1],
    [4, 2, 257, 2],
    [1, 3, 601, 1],
];

fn case(params: Vec<(&'static str, Value)>, grid: Grid, terms: usize) -> Case {
    Case { params, grid, terms, floor: 0.0, inputs: Vec::new(), written: Vec::new() }
}

impl Case {
    fn with(mut self, name: &'static str, input: Input) -> Self {
        self.inputs.push((name, input));
        self
    }

    fn writes(mut self, name: &'static str, range: Range<usize>) -> Self {
        self.written.push((name, range));
        self
    }

    fn param(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.params.push((name, value.into()));
        self
    }
}

/// The smallest case with some neighbours, for tests that look at single elements.
pub fn small(kernel: &str) -> Case {
    let rows = Value::from(3usize);
    let sized = |case: &Case| case.params.iter().any(|(name, value)| *name == "rows" && *value == rows);
    let mut all = cases(kernel);
    match kernel {
        "loss_d" | "loss_g" => loss(kernel, 3),
        "batch_norm_forward" | "batch_norm_inference" => {
            let position = all.iter().position(|case| case.params.contains(&("first_row", 0u32.into())));
            all.swap_remove(position.expect("a case from the first row"))
        }
        "maxout_forward" => {
            let position = all.iter().position(|case| case.params.contains(&("pieces", 5u32.into())));
            all.swap_remove(position.expect("a case of five pieces"))
        }
        "activation_forward" | "dropout_forward" => {
            let position = all.iter().position(|case| sized(case) && case.params.contains(&("first_row", 0u32.into())));
            all.swap_remove(position.expect("a case of three rows"))
        }
        "linear_forward" => {
            let position = all.iter().position(|case| case.params.contains(&("first_row", 0u32.into())));
            all.swap_remove(position.expect("a case from the first row"))
        }
        _ => {
            // More than one element, and for the statistics the first row and column of the ring.
            all.swap_remove(if kernel == "statistics" { 0 } else { 1 })
        }
    }
}

/// The cases of a kernel, the same for all its snippets. Empty where the table has no row for it.
pub fn cases(kernel: &str) -> Vec<Case> {
    let alpha = 0.2f32;
    match kernel {
        "activation_forward" => matrices(|rows, inputs, first_row| {
            // Far enough to overflow an exponential that is not guarded.
            let reach = if inputs == 65 { 200.0 } else { 3.0 };
            elements(rows, inputs)
                .param("first_row", first_row)
                .param("alpha", alpha)
                .with("x", Input::Between(-reach, reach))
                .writes("y", first_row * inputs..(first_row + rows) * inputs)
        }),
        "slope_product" => matrices(|rows, inputs, _| elements(rows, inputs).param("scale", 0.37f32).param("alpha", alpha)),
        "dropout_forward" => matrices(|rows, inputs, first_row| {
            elements(rows, inputs).param("first_row", first_row).writes("y", first_row * inputs..(first_row + rows) * inputs)
        }),
        "dropout_backward" => matrices(|rows, inputs, _| elements(rows, inputs).param("scale", -1.5f32).param("alpha", alpha)),
        "batch_norm_forward" => norms(|[rows, channels, positions, groups], n| {
            let row = channels * positions;
            let first_row = if n % 2 == 0 { 0 } else { 3 };
            norm([rows, channels, positions, groups], n)
                .param("first_row", first_row)
                .param("momentum", if n % 3 == 1 { 0.0f32 } else { 0.1 })
                // The variance of few values may be small, and the rounding of their mean large beside it.
                .param("epsilon", if rows * positions / groups < 16 { 0.1f32 } else { 1e-5 })
                .param("alpha", alpha)
                .with("running_mean", Input::Between(-1.0, 1.0))
                .with("running_var", Input::Between(0.5, 2.0))
                .writes("y", first_row * row..(first_row + rows) * row)
        }),
        "batch_norm_inference" => norms(|[rows, channels, positions, _], n| {
            let row = channels * positions;
            let first_row = if n % 2 == 0 { 0 } else { 3 };
            let params = vec![("rows", rows.into()), ("channels", channels.into()), ("positions", positions.into())];
            case(params, Grid::Elements(rows * row), 0)
                .param("first_row", first_row)
                .param("epsilon", 1e-5f32)
                .param("alpha", alpha)
                .with("running_var", Input::Between(0.5, 2.0))
                .writes("y", first_row * row..(first_row + rows) * row)
        }),
        "batch_norm_backward_input" => {
            norms(|sizes, n| norm(sizes, n).param("scale", if n % 2 == 0 { 1.0f32 } else { -0.37 }).param("alpha", alpha))
        }
        "batch_norm_backward_params" => norms(norm),
        "maxout_forward" => maxouts(|[rows, units, pieces], n| {
            let first_row = if n % 2 == 0 { 0 } else { 3 };
            // By turns different values, and ones that are all alike.
            let high = if n % 3 == 2 { 0.5 } else { 2.0 };
            maxout([rows, units, pieces])
                .param("first_row", first_row)
                .with("h", Input::Between(0.5, high))
                .writes("y", first_row * units..(first_row + rows) * units)
        }),
        "maxout_backward" | "maxout_tangent" => maxouts(|sizes, _| {
            let [rows, units, pieces] = sizes;
            let winner = (0..rows * units).map(|n| (n * 7 % pieces) as u32).collect();
            maxout(sizes).with("winner", Input::Words(winner))
        }),
        "linear_forward" => products(|[rows, inputs, outputs], first_row| {
            product([rows, inputs, outputs], [rows, outputs, inputs])
                .param("first_row", first_row)
                .param("alpha", alpha)
                .writes("y", first_row * outputs..(first_row + rows) * outputs)
        }),
        "linear_tangent" => {
            products(|[rows, inputs, outputs], _| product([rows, inputs, outputs], [rows, outputs, inputs]).param("alpha", alpha))
        }
        "linear_backward_input" => products(|[rows, inputs, outputs], first_row| {
            let scale = if first_row == 0 { 1.0f32 } else { 0.37 };
            product([rows, inputs, outputs], [rows, inputs, outputs]).param("scale", scale).param("alpha", alpha)
        }),
        "linear_backward_params" => products(|[rows, inputs, outputs], _| product([rows, inputs, outputs], [outputs, inputs + 1, rows])),
        "linear_backward_params_r1" => products(|[rows, inputs, outputs], first_row| {
            // None, half or all of the rows have a tangent.
            let tangent_rows = [rows, rows / 2, rows.min(2)][(first_row + rows) % 3].max(1);
            product([rows, inputs, outputs], [outputs, inputs + 1, rows]).param("tangent_rows", tangent_rows)
        }),
        "loss_d" | "loss_g" => BATCHES.iter().map(|rows| loss(kernel, *rows)).collect(),
        "adam" => optimizers(|count, groups| {
            let first = count % 2 == 1;
            let params = vec![
                ("count", count.into()),
                ("groups", groups.into()),
                ("dial", 1u32.into()),
                ("beta1", if first { 0.0f32 } else { 0.5 }.into()),
                ("beta2", 0.999f32.into()),
                ("epsilon", 1e-8f32.into()),
                ("lr_floor", if first { 0.0f32 } else { 0.002 }.into()),
            ];
            // At the first update 1 - beta2 is what remains of 1, and the rounding of beta2 counts a thousandfold: small rates
            // keep that below the rounding of the weights.
            case(params, Grid::Elements(256 * groups), BLOCK)
                .with("dials", Input::Values(vec![f32::NAN, 0.003]))
                .with("powers", Input::Values(if first { vec![1.0, 1.0, 0.9, 1.0] } else { vec![0.25, 0.7, 0.1, 1.0] }))
                .with("weights", Input::Between(-1.0, 1.0))
                .with("m", Input::Between(-0.1, 0.1))
                .with("v", Input::Between(0.01, 1.0))
        }),
        "sgd" => optimizers(|count, groups| {
            // A floor below and one above the rate at the start.
            let params = vec![
                ("count", count.into()),
                ("groups", groups.into()),
                ("dial", 0u32.into()),
                ("momentum", 0.9f32.into()),
                ("momentum_final", 0.4f32.into()),
                ("lr_floor", if count % 2 == 0 { 0.01f32 } else { 1.0 }.into()),
            ];
            case(params, Grid::Elements(256 * groups), BLOCK)
                .with("powers", Input::Values(vec![f32::NAN, f32::NAN, 0.5, 0.25]))
                .with("dials", Input::Values(vec![0.1]))
                .with("weights", Input::Between(-1.0, 1.0))
                .with("velocity", Input::Between(-1.0, 1.0))
        }),
        "ema" => LENGTHS
            .iter()
            .zip([0, 1, 30, 1000, 100_000, 7, 16_777_215, 12_345].iter().cycle())
            .map(|(count, updates)| {
                let params = vec![("count", (*count).into()), ("counter", 1u32.into()), ("decay", 0.999f32.into())];
                case(params, Grid::Elements(*count), 0)
                    .with("state", Input::Words(vec![u32::MAX, *updates]))
                    .with("ema", Input::Between(-1.0, 1.0))
            })
            .collect(),
        "statistics" => statistics(),
        "noise" => matrices(|rows, latent, first_row| {
            let params = vec![
                ("rows", rows.into()),
                ("latent", latent.into()),
                ("seed", 42u32.into()),
                ("stream", first_row.into()),
                ("counter", 1u32.into()),
            ];
            case(params, Grid::Elements(rows * latent), 0).with("state", Input::Words(vec![7, 4_000_000_000]))
        }),
        "dropout_mask" => matrices(|rows, inputs, first_row| {
            elements(rows, inputs)
                .param("seed", u32::MAX)
                .param("stream", first_row)
                .param("counter", 0u32)
                .param("keep", if first_row == 0 { 0.7f32 } else { 1.0 })
                .with("state", Input::Words(vec![123_456]))
        }),
        "batch_indices" => [[1usize, 1], [1, 7], [7, 7], [64, 65], [63, 1021], [257, 60_000], [3, 4], [65, 1 << 20]]
            .iter()
            .zip([0, 1, 5, 77, 100_000, 999, u32::MAX - 1, 31])
            .map(|([batch, count], updates)| {
                let params = vec![
                    ("batch", (*batch as u32).into()),
                    ("count", (*count as u32).into()),
                    ("half_bits", ganvas::ops::batch::half_bits(*count).into()),
                    ("seed", 9u32.into()),
                    ("stream", 8u32.into()),
                ];
                case(params, Grid::Elements(*batch), 0).with("state", Input::Words(vec![updates]))
            })
            .collect(),
        "gather_points" => [[1usize, 1, 1], [1, 2, 5], [3, 1, 9], [65, 2, 7], [131, 3, 257], [257, 2, 1021]]
            .iter()
            .map(|[batch, dimensions, count]| {
                let params = vec![
                    ("batch", (*batch).into()),
                    ("dimensions", (*dimensions).into()),
                    ("count", (*count).into()),
                    ("first_row", (batch % 2).into()),
                ];
                // The last point and others in no order, some twice.
                let indices = (0..*batch).map(|row| ((row * 7 + count - 1) % count) as u32).collect();
                case(params, Grid::Elements(batch * dimensions), 0)
                    .with("indices", Input::Words(indices))
                    .writes("points", batch % 2 * dimensions..(batch % 2 + batch) * dimensions)
            })
            .collect(),
        "gather_batch" => [[1usize, 1, 1], [1, 63, 5], [3, 64, 9], [5, 65, 7], [131, 7, 257], [2, 784, 3]]
            .iter()
            .map(|[batch, pixels, count]| {
                let words = (pixels * count).div_ceil(4);
                let params = vec![
                    ("batch", (*batch).into()),
                    ("pixels", (*pixels).into()),
                    ("words", words.into()),
                    ("first_row", (batch % 2).into()),
                    ("scale", (2.0f32 / 255.0).into()),
                    ("shift", (-1.0f32).into()),
                ];
                let word = |n: usize| ganvas::random::random_bits(3, 0, 0, n as u32);
                // The last image and others in no order, some twice.
                let indices = (0..*batch).map(|row| ((row * 7 + count - 1) % count) as u32).collect();
                case(params, Grid::Elements(batch * pixels), 0)
                    .with("data", Input::Words((0..words).map(word).collect()))
                    .with("indices", Input::Words(indices))
                    .writes("images", batch % 2 * pixels..(batch % 2 + batch) * pixels)
            })
            .collect(),
        "squared_distances" => products(|[references, values, queries], _| {
            let params = vec![("references", references.into()), ("queries", queries.into()), ("values", values.into())];
            // Squares that fit no point: about as many differences are below zero as above it.
            case(params, Grid::Product { rows: references, columns: queries, inner: values }, values)
        }),
        "nearest" => distances(|references, queries, block| {
            elements_of([("references", references), ("queries", queries)], queries)
                .with("distances", Input::Between(0.0, 4.0))
                .with("block", Input::Words(block))
        }),
        "window_sums" => distances(|references, queries, block| {
            let scales = 1 + queries % 3;
            Case { terms: references, ..elements_of([("references", references), ("queries", queries)], scales * queries) }
                .param("scales", scales)
                .with("distances", Input::Between(0.0, 4.0))
                .with("nearest", Input::Between(0.0, 0.5))
                .with("block", Input::Words(block))
                .with("scale", Input::Between(0.5, 5.0))
        }),
        "distance_sums" => distances(|references, queries, block| {
            Case { terms: references, ..elements_of([("references", references), ("queries", queries)], queries) }
                .with("distances", Input::Between(0.0, 4.0))
                .with("block", Input::Words(block))
        }),
        _ => Vec::new(),
    }
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

fn matrices(case: impl Fn(usize, usize, usize) -> Case) -> Vec<Case> {
    // 64 columns from the first row, then by turns from there and from row 3.
    MATRICES.iter().enumerate().map(|(n, [rows, columns])| case(*rows, *columns, if n % 2 == 0 { 0 } else { 3 })).collect()
}

fn elements(rows: usize, inputs: usize) -> Case {
    case(vec![("rows", rows.into()), ("inputs", inputs.into())], Grid::Elements(rows * inputs), 0)
}

fn norms(case: impl Fn([usize; 4], usize) -> Case) -> Vec<Case> {
    NORMS.iter().enumerate().map(|(n, sizes)| Case { floor: 1.0, ..case(*sizes, n) }).collect()
}

fn norm([rows, channels, positions, groups]: [usize; 4], n: usize) -> Case {
    // As the layer does, and now and then otherwise: every power of two is right.
    let across = if positions > 1 { 1 << (n % 3) } else { channels.next_power_of_two().min(16 << (n % 3)) };
    let params = vec![
        ("rows", rows.into()),
        ("channels", channels.into()),
        ("positions", positions.into()),
        ("groups", groups.into()),
        ("across", across.into()),
    ];
    case(params, Grid::Elements(channels.div_ceil(across) * 256), rows * positions)
}

fn products(case: impl Fn([usize; 3], usize) -> Case) -> Vec<Case> {
    let all = PRODUCTS.iter().enumerate();
    all.map(|(n, sizes)| Case { floor: 1.0, ..case(*sizes, if n % 2 == 0 { 0 } else { 5 }) }).collect()
}

fn product([rows, inputs, outputs]: [usize; 3], [c_rows, columns, inner]: [usize; 3]) -> Case {
    let params = vec![("rows", rows.into()), ("inputs", inputs.into()), ("outputs", outputs.into())];
    case(params, Grid::Product { rows: c_rows, columns, inner }, inner)
}

fn maxouts(case: impl Fn([usize; 3], usize) -> Case) -> Vec<Case> {
    let sizes = [[1, 1, 1], [1, 63, 2], [3, 64, 3], [5, 65, 1], [257, 1, 5], [7, 131, 4], [2, 601, 2], [33, 240, 5], [65, 3, 17]];
    sizes.into_iter().enumerate().map(|(n, sizes)| case(sizes, n)).collect()
}

fn maxout([rows, units, pieces]: [usize; 3]) -> Case {
    let params = vec![("rows", rows.into()), ("units", units.into()), ("pieces", pieces.into())];
    case(params, Grid::Elements(rows * units * pieces), 0)
}

fn optimizers(case: impl Fn(usize, usize) -> Case) -> Vec<Case> {
    LENGTHS.iter().map(|count| case(*count, count.div_ceil(BLOCK))).collect()
}

fn loss(kernel: &str, rows: usize) -> Case {
    // Logits of 100 are beyond what e^a can be in f32.
    let reach = if rows == 65 { 100.0 } else { 4.0 };
    let sized = case(vec![("rows", rows.into())], Grid::One, rows).with("logits", Input::Between(-reach, reach));
    if kernel == "loss_g" {
        return sized;
    }
    // As with R1, of which 1 of the sizes has none; a penalty is not negative. Real images come first or last.
    let sized = sized.param("real", rows % 2 * rows).param("fake", (rows + 1) % 2 * rows).param("scale", 0.5f32);
    sized.param("tangent_rows", if rows == 64 { 0 } else { rows }).with("tangent", Input::Between(0.0, 0.01))
}

fn statistics() -> Vec<Case> {
    let groups = [1, 63, 64, 65, 257, 1021];
    let counters = [[0, 0], [5, 6], [512, 511], [513, 512], [100_000, 99_999], [u32::MAX, u32::MAX]];
    let one = |(n, (groups, state)): (usize, (&usize, [u32; 2]))| {
        let counter = n % 2;
        let (ring_rows, columns, column) = (512usize, 12, 6 * counter);
        let at = state[1] as usize % ring_rows * columns + column;
        let params = vec![
            ("groups", (*groups).into()),
            ("ring_rows", ring_rows.into()),
            ("columns", columns.into()),
            ("column", column.into()),
            ("counter", counter.into()),
            ("beta1", 0.5f32.into()),
            ("beta2", 0.999f32.into()),
            ("log_decay", if n % 3 == 0 { 0.0f32 } else { 4e-6 }.into()),
            ("batches", (500u32).into()),
            ("ramp_epochs", if n == 2 { 0u32 } else { 250 }.into()),
        ];
        case(params, Grid::One, *groups)
            .with("partials", Input::Between(0.0, 1.0))
            .with("state", Input::Words(state.to_vec()))
            .with("powers", Input::Between(0.1, 1.0))
            .writes("state", counter..counter + 1)
            .writes("ring", at..at + 6)
    };
    groups.iter().zip(counters).enumerate().map(one).collect()
}
