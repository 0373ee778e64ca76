//! Shared WGSL functions, by file.

use super::Snippet;

macro_rules! snippet {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {$(
        $(#[$doc])*
        pub static $name: Snippet = Snippet { name: $file, source: include_str!(concat!("../../shaders/common/", $file, ".wgsl")), needs: &[] };
    )*};
}

snippet! {
    /// Index of a thread's element.
    ELEMENT = "element";
    /// Rows, columns and steps of products of whole matrices.
    INDICES = "gemm_indices";
    /// Counter-based random bits.
    RNG = "rng";
    /// Operands rest as the values of forward passes do.
    SOURCE_STORED = "source_stored";
    /// Operands rest in f32 in any case.
    SOURCE_F32 = "source_f32";
    /// Results rest as the values of forward passes do.
    RESULT_STORED = "result_stored";
    /// Results rest in f32 in any case.
    RESULT_F32 = "result_f32";
    /// Sum over a workgroup by a fixed tree.
    REDUCE = "reduce";
    /// Sums per channel over a workgroup by a fixed tree.
    CHANNELS = "channels";
    /// Density and distribution function of the standard normal distribution.
    NORMAL = "normal";
    /// softplus and sigmoid.
    LOGISTIC = "logistic";
    /// Weights within a bound.
    CLIP = "clip";
    /// The learning rate as it is now.
    ANNEAL = "anneal";
}
