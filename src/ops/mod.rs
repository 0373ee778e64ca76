//! Ops: an op is two folders of one name. `shaders/NAME` holds its kernels, forward and backward side by side; `src/ops/NAME` how they
//! are dispatched (`mod.rs`), the same in Rust (`twin.rs`) and the sizes at which tests compare the two (`cases.rs`). [`KERNELS`] lists
//! every kernel of every op.

pub mod arithmetic;
pub mod augment;
pub mod batch;
pub mod batch_norm;
pub mod case;
pub mod convolution;
pub mod distance;
pub mod dropout;
pub mod gather;
pub mod group_norm;
pub mod max;
pub mod noise;
pub mod optimizer;
pub mod pointwise;
pub mod product;
pub mod reduce;
pub mod resample;
pub mod row_program;
pub mod statistics;
pub mod window;

pub use noise::LatentDistribution;
pub use optimizer::{Annealing, Optimizer};

use crate::{
    plan::{Kernel, Snippet, Tensor},
    twin::{Real, Twin},
};
use case::Case;

/// Index of the counter of discriminator updates in [`State::counters`], and of its block of columns in the ring.
pub const COUNTER_D: u32 = 0;
/// As [`COUNTER_D`] for generator updates, which are the steps of training.
pub const COUNTER_G: u32 = 1;

/// What lives on the device from step to step besides parameters.
pub struct State {
    /// Updates of D, updates of G `[2]`, integers.
    pub counters: Tensor,
    /// Statistics of the last steps `[ring_rows, columns]`: row = step modulo `ring_rows`.
    pub ring: Tensor,
}

/// A row of the table of kernels.
#[derive(Debug)]
pub struct KernelRow {
    /// Its WGSL.
    pub kernel: &'static Kernel,
    /// Every choice of snippets that a plan can compose it with.
    pub choices: fn() -> Vec<Vec<&'static Snippet>>,
    /// Its twin in single precision.
    pub twin_f32: Twin<f32>,
    /// Its twin in double precision.
    pub twin_f64: Twin<f64>,
    /// Sizes at which it is compared with its twin, the same for all choices.
    pub cases: fn() -> Vec<Case>,
}

macro_rules! kernels {
    ($($op:ident { $($kernel:ident: $name:ident with $choices:expr),* $(,)? })*) => {
        /// Every kernel. A kernel and its twin and cases have one name.
        pub static KERNELS: &[KernelRow] = &[$($(KernelRow {
            kernel: &$op::$kernel,
            choices: $choices,
            twin_f32: $op::twin::$name,
            twin_f64: $op::twin::$name,
            cases: $op::cases::$name,
        }),*),*];
    };
}

kernels! {
    product {
        FORWARD: linear_forward with pointwise::snippets,
        FORWARD_WIDE: linear_forward_wide with pointwise::snippets,
        PLAIN: product_alone with nothing,
        PLAIN_BY_INPUT: product_by_input with nothing,
        PLAIN_BY_WEIGHT: product_by_weight with nothing,
        BACKWARD_INPUT: linear_backward_input with pointwise::snippets,
        BACKWARD_PARAMS: linear_backward_params with nothing,
        BACKWARD_PARAMS_R1: linear_backward_params_r1 with nothing,
        TANGENT: linear_tangent with pointwise::snippets,
    }
    convolution {
        FORWARD: conv_forward with pointwise::snippets,
        FORWARD_WIDE: conv_forward_wide with pointwise::snippets,
        PRODUCT: conv_product with nothing,
        SLOPE: conv_slope with pointwise::snippets,
        BY_WEIGHT: conv_by_weight with convolution::operands,
        BY_WEIGHT_R1: conv_by_weight_r1 with nothing,
        SUM_SLICES: sum_slices with nothing,
    }
    pointwise {
        FORWARD: activation_forward with pointwise::snippets,
        MAP: map_alone with pointwise::every,
        SLOPE_PRODUCT: slope_product with pointwise::everywhere,
    }
    arithmetic {
        ADD: add with window::conversions,
        MULTIPLY: multiply with window::conversions,
        AFFINE: affine with window::conversions,
    }
    reduce {
        ROW_DOTS: row_dots with nothing,
        COLUMN_SUMS: column_sums with nothing,
    }
    resample {
        RESAMPLE: resample with window::conversions,
    }
    window {
        WINDOW: window with window::conversions,
        BESIDE: beside with window::types,
    }
    row_program {
        ROW_PROGRAM: row_program with row_program::snippets,
    }
    gather {
        FORWARD: gather_rows with gather::results,
        BACKWARD: scatter_rows with nothing,
    }
    augment {
        FORWARD: augment with window::conversions,
        BY_INPUT: augment_by_input with nothing,
        DRAW: augment_knobs with nothing,
        ADAPT: augment_adapt with nothing,
    }
    max {
        FORWARD: maxout_forward with nothing,
        BACKWARD: maxout_backward with nothing,
        TANGENT: maxout_tangent with nothing,
    }
    dropout {
        MASK: dropout_mask with nothing,
        FORWARD: dropout_forward with nothing,
        BACKWARD: dropout_backward with pointwise::snippets,
    }
    batch_norm {
        FORWARD: batch_norm_forward with pointwise::snippets,
        INFERENCE: batch_norm_inference with pointwise::snippets,
        BACKWARD_INPUT: batch_norm_backward_input with pointwise::snippets,
        BACKWARD_PARAMS: batch_norm_backward_params with nothing,
    }
    group_norm {
        FORWARD: group_norm_forward with pointwise::snippets,
        BACKWARD_INPUT: group_norm_backward_input with nothing,
        BACKWARD_PARAMS: group_norm_backward_params with nothing,
    }
    noise {
        NOISE: noise with noise::snippets,
    }
    batch {
        INDICES: batch_indices with nothing,
        STAGED: staged_indices with nothing,
        GATHER: gather_batch with nothing,
        GATHER_MIRRORED: gather_mirrored with nothing,
        GATHER_POINTS: gather_points with nothing,
    }
    optimizer {
        ADAM: adam with nothing,
        SGD: sgd with nothing,
        RMSPROP: rmsprop with nothing,
        EMA: ema with nothing,
    }
    statistics {
        STATISTICS: statistics with nothing,
    }
    distance {
        SQUARED_DISTANCES: squared_distances with nothing,
        NEAREST: nearest with nothing,
        WINDOW_SUMS: window_sums with nothing,
        DISTANCE_SUMS: distance_sums with nothing,
    }
}

/// The one choice of a kernel that is composed with nothing.
fn nothing() -> Vec<Vec<&'static Snippet>> {
    vec![Vec::new()]
}

/// The row of the kernel of that name.
pub fn row(kernel: &str) -> Option<&'static KernelRow> {
    KERNELS.iter().find(|row| row.kernel.name == kernel)
}

/// The twin of the kernel of that name.
pub fn twin<R: Real>(kernel: &str) -> Option<Twin<R>> {
    row(kernel).map(|row| R::choose(row.twin_f32, row.twin_f64))
}
