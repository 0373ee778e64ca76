//! Pointwise functions, and the kernels that apply them alone.

pub mod cases;
mod functions;
pub mod twin;

pub use functions::FunctionTwin;

use crate::{
    plan::{Grid, Kernel, Plan, PlanError, Snippet, Tensor, snippets},
    twin::Real,
};

/// Which of a function's values its derivatives are computed from, and so what a forward pass keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Saves {
    /// The input x.
    Input,
    /// The output y.
    Output,
}

/// One function; its WGSL defines `value(x, alpha)`, and `slope(v, alpha)` and `second(v, alpha)`, its derivatives by x as functions of
/// what it [`Saves`].
#[derive(Debug)]
pub struct Function {
    /// Name in a layer list.
    pub name: &'static str,
    /// WGSL.
    pub snippet: Snippet,
    /// Default of the parameter, for those that have one.
    pub alpha: Option<f32>,
    /// Values it can give, as (lowest, highest), where it is bounded: decides the range of images.
    pub range: Option<(f32, f32)>,
    /// Second derivative zero almost everywhere.
    pub piecewise_linear: bool,
    /// Whether value and derivatives are finite for every number, and not for positive ones alone.
    pub everywhere: bool,
    /// What its derivatives are computed from.
    pub saves: Saves,
    /// Whether it is offered as a layer; the others are for losses and metrics.
    pub layer: bool,
}

/// Offered as a layer.
const LAYER: bool = true;
/// For losses and metrics.
const INNER: bool = false;

macro_rules! functions {
    ($($name:ident $(needs $needs:ident)?, $layer:expr, $saves:ident, alpha $alpha:expr, range $range:expr, piecewise_linear $linear:expr,
       everywhere $everywhere:expr;)*) => {
        const COUNT: usize = [$(stringify!($name)),*].len();

        /// All functions; `identity` comes first and is what a product without an activation has.
        pub static FUNCTIONS: [Function; COUNT] = [$(Function {
            name: stringify!($name),
            snippet: Snippet {
                name: stringify!($name),
                source: include_str!(concat!("../../../shaders/pointwise/functions/", stringify!($name), ".wgsl")),
                needs: &[$(&snippets::$needs)?],
            },
            alpha: $alpha,
            range: $range,
            piecewise_linear: $linear,
            everywhere: $everywhere,
            saves: Saves::$saves,
            layer: $layer,
        }),*];

        /// Each function by its name.
        pub mod by_name {
            use super::{FUNCTIONS, Function};

            #[allow(non_camel_case_types, reason = "named as the functions")]
            enum Place { $($name),* }

            $(
                #[doc = concat!("The row of `", stringify!($name), "`.")]
                pub fn $name() -> &'static Function {
                    &FUNCTIONS[Place::$name as usize]
                }
            )*
        }

        /// The twin of the function at this place of [`FUNCTIONS`].
        pub(super) fn twin_of<R: Real>(place: usize) -> FunctionTwin<R> {
            let twins: [fn() -> FunctionTwin<R>; COUNT] = [$(functions::$name),*];
            twins[place]()
        }
    };
}

functions! {
    identity, INNER, Output, alpha None, range None, piecewise_linear true, everywhere true;
    relu, LAYER, Output, alpha None, range None, piecewise_linear true, everywhere true;
    leaky_relu, LAYER, Output, alpha Some(0.2), range None, piecewise_linear true, everywhere true;
    elu, LAYER, Output, alpha Some(1.0), range None, piecewise_linear false, everywhere true;
    silu needs LOGISTIC, LAYER, Input, alpha None, range None, piecewise_linear false, everywhere true;
    gelu needs NORMAL, LAYER, Input, alpha None, range None, piecewise_linear false, everywhere true;
    softplus needs LOGISTIC, LAYER, Input, alpha None, range None, piecewise_linear false, everywhere true;
    tanh, LAYER, Output, alpha None, range Some((-1.0, 1.0)), piecewise_linear false, everywhere true;
    sigmoid, LAYER, Output, alpha None, range Some((0.0, 1.0)), piecewise_linear false, everywhere true;
    square, INNER, Input, alpha None, range None, piecewise_linear false, everywhere true;
    sqrt, INNER, Output, alpha None, range None, piecewise_linear false, everywhere false;
    exp, INNER, Output, alpha None, range None, piecewise_linear false, everywhere true;
    log, INNER, Input, alpha None, range None, piecewise_linear false, everywhere false;
    reciprocal, INNER, Output, alpha None, range None, piecewise_linear false, everywhere false;
    abs, INNER, Input, alpha None, range None, piecewise_linear true, everywhere true;
    step, INNER, Output, alpha None, range None, piecewise_linear true, everywhere true;
}

/// y = activation(x).
pub static FORWARD: Kernel = Kernel {
    name: "activation_forward",
    source: include_str!("../../../shaders/pointwise/activation_forward.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// y = f(x) in f32.
pub static MAP: Kernel = Kernel { name: "map", source: include_str!("../../../shaders/pointwise/map.wgsl"), snippets: FORWARD.snippets };

/// dx = dy times a derivative: backward pass and tangent alike.
pub static SLOPE_PRODUCT: Kernel = Kernel {
    name: "slope_product",
    source: include_str!("../../../shaders/pointwise/slope_product.wgsl"),
    snippets: &[&snippets::ELEMENT],
};

/// A function with its parameter.
#[derive(Clone, Copy, Debug)]
pub struct Activation {
    /// Which function.
    pub kind: &'static Function,
    /// Its parameter; 0 for those without one.
    pub alpha: f32,
}

impl PartialEq for Activation {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.kind, other.kind) && self.alpha == other.alpha
    }
}

impl Activation {
    /// y = x.
    pub fn identity() -> Self {
        Activation { kind: &FUNCTIONS[0], alpha: 0.0 }
    }

    /// A function with its usual parameter.
    pub fn plain(kind: &'static Function) -> Self {
        Activation { kind, alpha: kind.alpha.unwrap_or(0.0) }
    }

    /// True for y = x.
    pub fn is_identity(&self) -> bool {
        std::ptr::eq(self.kind, &FUNCTIONS[0])
    }

    /// `leaky_relu 0.2`
    pub fn text(&self) -> String {
        match self.kind.alpha {
            Some(_) => format!("{} {}", self.kind.name, self.alpha),
            None => self.kind.name.to_owned(),
        }
    }
}

/// A derivative of a function as a factor: it is computed from the function's input or output, as its row says.
#[derive(Clone, Debug)]
pub struct Slope {
    /// The function.
    pub function: Activation,
    /// Its second derivative rather than its first.
    pub second: bool,
    /// Input or output `[rows, columns]`.
    pub of: Tensor,
}

/// Writes y = f(x) of a forward pass from row `first_row` of y on. x `[rows, columns]`.
///
/// # Errors
/// [`PlanError`], as all that follow.
pub fn forward(plan: &mut Plan, x: &Tensor, f: Activation, (y, first_row): (&Tensor, usize)) -> Result<(), PlanError> {
    let [rows, columns] = [x.shape[0], x.shape[1]];
    plan.dispatch(
        &FORWARD,
        &[&f.kind.snippet],
        &[("rows", rows.into()), ("inputs", columns.into()), ("first_row", first_row.into()), ("alpha", f.alpha.into())],
        &[("x", x), ("y", y)],
        Grid::Elements(rows * columns),
    )
}

/// Writes dx = scale * dy times a derivative. dy `[rows, columns]`.
///
/// # Errors
/// [`PlanError`].
pub fn slope_product(plan: &mut Plan, dy: &Tensor, slope: &Slope, scale: f32, dx: &Tensor) -> Result<(), PlanError> {
    let [rows, columns] = [dy.shape[0], dy.shape[1]];
    plan.dispatch(
        &SLOPE_PRODUCT,
        &[&slope.function.kind.snippet],
        &[
            ("rows", rows.into()),
            ("inputs", columns.into()),
            ("second", u32::from(slope.second).into()),
            ("scale", scale.into()),
            ("alpha", slope.function.alpha.into()),
        ],
        &[("dy", dy), ("v", &slope.of), ("dx", dx)],
        Grid::Elements(rows * columns),
    )
}

/// Writes y = f(x) of anything but a forward pass. x, y `[rows, columns]`.
///
/// # Errors
/// [`PlanError`].
pub fn map(plan: &mut Plan, x: &Tensor, f: Activation, y: &Tensor) -> Result<(), PlanError> {
    plan.dispatch(
        &MAP,
        &[&f.kind.snippet],
        &[("count", x.len().into()), ("alpha", f.alpha.into())],
        &[("x", x), ("y", y)],
        Grid::Elements(x.len()),
    )
}

/// The functions of layers, with the identity, as choices of a kernel.
pub fn snippets() -> Vec<Vec<&'static Snippet>> {
    choices(|function| function.layer || std::ptr::eq(function, &FUNCTIONS[0]))
}

/// Every function.
pub fn every() -> Vec<Vec<&'static Snippet>> {
    choices(|_| true)
}

/// The functions whose derivatives are finite everywhere.
pub fn everywhere() -> Vec<Vec<&'static Snippet>> {
    choices(|function| function.everywhere)
}

fn choices(offered: impl Fn(&'static Function) -> bool) -> Vec<Vec<&'static Snippet>> {
    FUNCTIONS.iter().filter(|function| offered(function)).map(|function| vec![&function.snippet]).collect()
}
