//! Convolutions and transposed convolutions as matrix products of patches, which are never written out. Pictures are
//! `[pixels, channels]`, pixels of all pictures row by row; weights `[filters, height * width * channels]` of the kernel.
//!
//! - y = w * x: y[n, i, j, o] = sum over u, v, c of w[o, u, v, c] x[n, i s - p + u, j s - p + v, c], zero outside (cross-correlation, as
//!   PyTorch's `conv2d`).
//! - Its adjoint, dx from dy, is a transposed convolution (`conv_transpose2d` with the same weights).
//! - dw[o, u, v, c] = sum over n, i, j of dy[n, i, j, o] x[n, i s - p + u, j s - p + v, c].

pub mod cases;
pub mod tables;
pub mod twin;

use crate::{
    ops::pointwise::{Activation, Slope},
    plan::{Element, Grid, Kernel, Plan, PlanError, Snippet, Tensor, Value, snippets},
};
use tables::Tables;

macro_rules! snippet {
    ($name:literal) => {
        Snippet { name: $name, source: include_str!(concat!("../../../shaders/convolution/", $name, ".wgsl")), needs: &[] }
    };
}

static GATHER: Snippet = snippet!("gather");
static PATCHES: Snippet = snippet!("patches");
static SLICES: Snippet = snippet!("slices");
static LEFT_F32: Snippet = snippet!("left_f32");
static LEFT_STORED: Snippet = snippet!("left_stored");
static RIGHT_F32: Snippet = snippet!("right_f32");
static RIGHT_STORED: Snippet = snippet!("right_stored");

/// y = activation(w * x + b)
pub static FORWARD: Kernel = Kernel {
    name: "conv_forward",
    source: include_str!("../../../shaders/convolution/conv_forward.wgsl"),
    snippets: &[&GATHER, &PATCHES, &snippets::RESULT_STORED],
};

/// As [`FORWARD`] with y in f32 whatever the storage.
pub static FORWARD_WIDE: Kernel = Kernel {
    name: "conv_forward_wide",
    source: include_str!("../../../shaders/convolution/conv_forward.wgsl"),
    snippets: &[&GATHER, &PATCHES, &snippets::RESULT_F32],
};

/// y = scale * (w * x)
pub static PRODUCT: Kernel =
    Kernel { name: "conv_product", source: include_str!("../../../shaders/convolution/conv_product.wgsl"), snippets: &[&GATHER, &PATCHES] };

/// y = scale * (w * x) times the slope of an activation
pub static SLOPE: Kernel =
    Kernel { name: "conv_slope", source: include_str!("../../../shaders/convolution/conv_slope.wgsl"), snippets: &[&GATHER, &PATCHES] };

/// dw and db in slices
pub static BY_WEIGHT: Kernel = Kernel {
    name: "conv_by_weight",
    source: include_str!("../../../shaders/convolution/conv_by_weight.wgsl"),
    snippets: &[&GATHER, &SLICES],
};

/// As [`BY_WEIGHT`], with a gradient penalty's term
pub static BY_WEIGHT_R1: Kernel = Kernel {
    name: "conv_by_weight_r1",
    source: include_str!("../../../shaders/convolution/conv_by_weight_r1.wgsl"),
    snippets: &[&GATHER, &SLICES],
};

/// The slices' sums
pub static SUM_SLICES: Kernel =
    Kernel { name: "sum_slices", source: include_str!("../../../shaders/convolution/sum_slices.wgsl"), snippets: &[&snippets::ELEMENT] };

/// How the operands of [`BY_WEIGHT`] can rest: gradient and value of a forward pass, the other way round (transposed convolutions), or
/// both as gradients.
pub fn operands() -> Vec<Vec<&'static Snippet>> {
    vec![vec![&LEFT_F32, &RIGHT_STORED], vec![&LEFT_STORED, &RIGHT_F32], vec![&LEFT_F32, &RIGHT_F32]]
}

/// Where a convolution's kernel goes over a picture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Conv {
    /// Height and width of what it reads.
    pub input: [usize; 2],
    /// Height and width of what it gives.
    pub output: [usize; 2],
    /// Height and width of its kernel.
    pub kernel: [usize; 2],
    /// Pixels from one place of the kernel to the next.
    pub stride: usize,
    /// Zeros around the picture.
    pub pad: usize,
    /// Equal groups of channels, each seen by its own filters alone.
    pub groups: usize,
}

impl Conv {
    /// Over pictures of height and width `input`.
    ///
    /// # Errors
    /// Why the kernel has no place there.
    pub fn over(input: [usize; 2], kernel: [usize; 2], stride: usize, pad: usize, groups: usize) -> Result<Conv, String> {
        if stride == 0 || groups == 0 || kernel.contains(&0) {
            return Err("kernel, stride and groups must be 1 at least".into());
        }
        if let Some(extent) = input.iter().find(|extent| **extent + 2 * pad > tables::MOST) {
            return Err(format!("a picture {extent} pixels wide or high is too large; {} are the most", tables::MOST));
        }
        let fits = (0..2).all(|i| input[i] + 2 * pad >= kernel[i]);
        if !fits {
            let [height, width] = input;
            let text = if kernel[0] == kernel[1] { format!("{}", kernel[0]) } else { format!("{} x {}", kernel[0], kernel[1]) };
            return Err(format!("input is {width} wide and {height} high, kernel {text} with padding {pad} does not fit"));
        }
        let output = [0, 1].map(|i| (input[i] + 2 * pad - kernel[i]) / stride + 1);
        Ok(Conv { input, output, kernel, stride, pad, groups })
    }

    /// The convolution whose adjoint turns pictures of height and width `input` into larger ones: a transposed convolution.
    /// `output_padding` rows and columns are added below and at the right.
    ///
    /// # Errors
    /// Why there is none.
    pub fn adjoint_over(
        input: [usize; 2],
        kernel: [usize; 2],
        stride: usize,
        (pad, output_padding): (usize, usize),
        groups: usize,
    ) -> Result<Conv, String> {
        if output_padding >= stride {
            return Err(format!("an output padding of {output_padding} must be smaller than the stride, {stride}"));
        }
        let larger = |i: usize| ((input[i].max(1) - 1) * stride + kernel[i] + output_padding).checked_sub(2 * pad).filter(|n| *n > 0);
        let (Some(height), Some(width)) = (larger(0), larger(1)) else {
            return Err(format!("padding {pad} takes away more than there is"));
        };
        let conv = Conv::over([height, width], kernel, stride, pad, groups)?;
        if conv.output != input {
            return Err(format!("no convolution gives {} x {} from {height} x {width}", input[0], input[1]));
        }
        Ok(conv)
    }

    /// Pixels of what it reads.
    pub fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Pixels of what it gives.
    pub fn output_pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Elements of the kernel.
    pub fn kernel_len(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// In a few words: `4x4 stride 2 pad 1`.
    pub fn text(&self) -> String {
        let [height, width] = self.kernel;
        let mut text = format!("{height}x{width}");
        for (name, value, usual) in [("stride", self.stride, 1), ("pad", self.pad, 0), ("groups", self.groups, 1)] {
            if value != usual {
                text += &format!(" {name} {value}");
            }
        }
        text
    }
}

/// Which way a convolution goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Way {
    /// y from x.
    Forward,
    /// Its adjoint: dx from dy, a transposed convolution.
    Adjoint,
}

/// Tables of a convolution as tensors of a plan.
#[derive(Clone, Debug)]
pub struct Gather {
    conv: Conv,
    way: Way,
    images: usize,
    places: Tensor,
    taps: Tensor,
    classes: usize,
    rows: usize,
    steps: usize,
}

impl Gather {
    /// The tables that a convolution of `images` pictures needs, as constants of the plan; `channels` of x, `filters` of y.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(plan: &mut Plan, (conv, way): (Conv, Way), images: usize, channels: usize, filters: usize) -> Result<Gather, PlanError> {
        let pixels = match way {
            Way::Forward => conv.output_pixels(),
            Way::Adjoint => conv.input_pixels(),
        };
        // More than that no tensor holds: found out before the tables take the host's memory.
        if images.saturating_mul(pixels).saturating_mul(tables::WORDS) > 1 << 31 {
            let shape = format!("of {images} pictures of {pixels} pixels");
            return Err(PlanError::TooLarge { name: format!("conv {}", conv.text()), shape });
        }
        let (name, tables) = match way {
            Way::Forward => ("conv", conv.forward_tables(images, channels)),
            Way::Adjoint => ("transposed conv", conv.adjoint_tables(images, filters, channels)),
        };
        let Tables { places, taps, classes, rows, steps } = tables;
        let mut constant = |what: &str, words: &[u32], rows: usize| -> Result<Tensor, PlanError> {
            let tensor = plan.constant_words(&format!("{name} {}/{what}", conv.text()), words)?;
            Ok(Tensor { shape: vec![classes, rows, tables::WORDS], ..tensor })
        };
        let (places, taps) = (constant("places", &places, rows)?, constant("taps", &taps, steps)?);
        Ok(Gather { conv, way, images, places, taps, classes, rows, steps })
    }

    /// Sizes that all products of patches have in common. x `[pixels, inputs]`, w `[filters, window]`, y with `outputs` channels.
    fn sizes(&self, x: &Tensor, w: &Tensor, outputs: usize) -> Vec<(&'static str, Value)> {
        let groups = self.conv.groups;
        let ([filters, window], [pixels, inputs]) = ([w.shape[0], w.shape[1]], [x.shape[0], x.shape[1]]);
        let ([height, width], out_pixels, column_weights) = match self.way {
            Way::Forward => (self.conv.input, self.conv.output_pixels(), window),
            Way::Adjoint => (self.conv.output, self.conv.input_pixels(), 1),
        };
        vec![
            ("rows", self.rows.into()),
            ("columns", (outputs / groups).into()),
            ("steps", self.steps.into()),
            ("classes", self.classes.into()),
            ("groups", groups.into()),
            ("height", height.into()),
            ("width", width.into()),
            ("group_inputs", (inputs / groups).into()),
            ("group_weights", (filters / groups * window).into()),
            ("column_weights", column_weights.into()),
            ("pixels", pixels.into()),
            ("inputs", inputs.into()),
            ("filters", filters.into()),
            ("window", window.into()),
            ("out_pixels", (self.images * out_pixels).into()),
            ("outputs", outputs.into()),
            ("images", self.images.into()),
        ]
    }

    fn grid(&self, outputs: usize) -> Grid {
        let groups = self.conv.groups;
        Grid::Product { rows: self.rows, columns: outputs / groups, inner: self.steps, parts: self.classes * groups }
    }
}

/// Writes y = f(w * x + b) from pixel `first_pixel` of y on. x `[pixels, channels]`, w `[filters, window]`, b as many as y has channels.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(
    plan: &mut Plan,
    gather: &Gather,
    (x, w, b): (&Tensor, &Tensor, &Tensor),
    f: Activation,
    (y, first_pixel): (&Tensor, usize),
) -> Result<(), PlanError> {
    let outputs = y.shape[1];
    let kernel = if y.element == Element::Stored { &FORWARD } else { &FORWARD_WIDE };
    let mut params = gather.sizes(x, w, outputs);
    params.extend([("first_pixel", first_pixel.into()), ("alpha", f.alpha.into())]);
    let bindings = [("x", x), ("w", w), ("b", b), ("places", &gather.places), ("taps", &gather.taps), ("y", y)];
    plan.dispatch(kernel, &[&f.kind.snippet], &params, &bindings, gather.grid(outputs))
}

/// Writes y = scale * (w * x), times a slope. x and y of a backward or tangent pass.
///
/// # Errors
/// [`PlanError`].
pub fn product(
    plan: &mut Plan,
    gather: &Gather,
    (x, w): (&Tensor, &Tensor),
    slope: Option<&Slope>,
    scale: f32,
    y: &Tensor,
) -> Result<(), PlanError> {
    let outputs = y.shape[1];
    let mut params = gather.sizes(x, w, outputs);
    params.push(("scale", scale.into()));
    let mut bindings = vec![("x", x), ("w", w), ("places", &gather.places), ("taps", &gather.taps), ("y", y)];
    match slope {
        None => plan.dispatch(&PRODUCT, &[], &params, &bindings, gather.grid(outputs)),
        Some(slope) => {
            params.push(("alpha", slope.function.alpha.into()));
            bindings.push(("saved", &slope.of));
            plan.dispatch(&SLOPE, &[&slope.function.kind.snippet], &params, &bindings, gather.grid(outputs))
        }
    }
}

/// Slices of a sum over `count` places, of products `[filters, weights]` in `groups`: about as many as give a GPU something to do, of some
/// length, and no more memory than a few layers take. A function of sizes alone, so that a run has the same bits wherever it started.
pub fn slices(count: usize, [filters, weights]: [usize; 2], groups: usize) -> usize {
    const TILES: usize = 128;
    const LENGTH: usize = 512;
    const MEMORY: usize = 1 << 21;
    let tiles = (filters / groups).div_ceil(32) * (weights + 1).div_ceil(32) * groups;
    let most = (count / LENGTH).min(MEMORY / (filters * (weights + 1)));
    TILES.div_ceil(tiles).min(most).max(1)
}

/// How gradients by weights are summed: dy `[pixels, filters]`, x `[pixels, channels]`.
struct Sums {
    slices: usize,
    length: usize,
    outputs: usize,
    steps: usize,
    grid: Grid,
}

impl Sums {
    fn new(gather: &Gather, dy: &Tensor) -> Sums {
        let (count, outputs, groups) = (gather.rows, dy.shape[1], gather.conv.groups);
        let length = count.div_ceil(slices(count, [outputs, gather.steps], groups));
        let slices = count.div_ceil(length);
        let grid = Grid::Product { rows: outputs / groups, columns: gather.steps + 1, inner: length, parts: slices * groups };
        Sums { slices, length, outputs, steps: gather.steps, grid }
    }

    fn params(&self, gather: &Gather, x: &Tensor) -> Vec<(&'static str, Value)> {
        let (groups, [height, width], inputs) = (gather.conv.groups, gather.conv.input, x.shape[1]);
        vec![
            ("rows", (self.outputs / groups).into()),
            ("steps", self.steps.into()),
            ("length", self.length.into()),
            ("count", gather.rows.into()),
            ("slices", self.slices.into()),
            ("groups", groups.into()),
            ("height", height.into()),
            ("width", width.into()),
            ("group_inputs", (inputs / groups).into()),
            ("pixels", x.shape[0].into()),
            ("inputs", inputs.into()),
            ("outputs", self.outputs.into()),
        ]
    }

    fn add_up(&self, plan: &mut Plan, partials: &Tensor, (dw, db): (&Tensor, &Tensor)) -> Result<(), PlanError> {
        let params = [("slices", self.slices.into()), ("outputs", self.outputs.into()), ("steps", self.steps.into())];
        let elements = Grid::Elements(self.outputs * (self.steps + 1));
        plan.dispatch(&SUM_SLICES, &[], &params, &[("partials", partials), ("dw", dw), ("db", db)], elements)
    }
}

/// Elements of memory that [`by_weight`] and [`by_weight_scaled`] need for their slices.
pub fn partials_len(gather: &Gather, filters: usize) -> usize {
    slices(gather.rows, [filters, gather.steps], gather.conv.groups) * filters * (gather.steps + 1)
}

/// Writes dw = dy^T [patches of x] and db, the sums of dy. dy `[pixels, filters]`, x `[pixels, channels]`, of which one may be of a
/// forward pass; `partials` for what is in between.
///
/// # Errors
/// [`PlanError`].
pub fn by_weight(
    plan: &mut Plan,
    gather: &Gather,
    (dy, x): (&Tensor, &Tensor),
    partials: &Tensor,
    outputs: (&Tensor, &Tensor),
) -> Result<(), PlanError> {
    let sums = Sums::new(gather, dy);
    let left = if dy.element == Element::Stored { &LEFT_STORED } else { &LEFT_F32 };
    let right = if x.element == Element::Stored { &RIGHT_STORED } else { &RIGHT_F32 };
    let bindings = [("dy", dy), ("x", x), ("places", &gather.places), ("taps", &gather.taps), ("partials", partials)];
    plan.dispatch(&BY_WEIGHT, &[left, right], &sums.params(gather, x), &bindings, sums.grid)?;
    sums.add_up(plan, partials, outputs)
}

/// Writes dw = delta^T [patches of (c x + t)] and db = sum of c delta, where t has the pictures of delta's rows from
/// `first` on. c `[images, 1]`.
///
/// # Errors
/// [`PlanError`].
pub fn by_weight_scaled(
    plan: &mut Plan,
    gather: &Gather,
    (delta, c): (&Tensor, &Tensor),
    (x, (t, first)): (&Tensor, (&Tensor, usize)),
    partials: &Tensor,
    outputs: (&Tensor, &Tensor),
) -> Result<(), PlanError> {
    let sums = Sums::new(gather, delta);
    let mut params = sums.params(gather, x);
    let first = first / gather.conv.output_pixels() * gather.conv.input_pixels();
    params.extend([("images", gather.images.into()), ("tangent_first", first.into()), ("tangent_pixels", t.shape[0].into())]);
    let tables = [("places", &gather.places), ("taps", &gather.taps)];
    let bindings = [&[("delta", delta), ("c", c), ("x", x), ("t", t)][..], &tables, &[("partials", partials)]].concat();
    plan.dispatch(&BY_WEIGHT_R1, &[], &params, &bindings, sums.grid)?;
    sums.add_up(plan, partials, outputs)
}
