//! Twins: each kernel of `shaders/` in Rust, over the same bindings. Adding a kernel adds a row to [`twin`].

mod activations;
mod batch;
mod batch_norm;
mod distances;
mod dropout;
mod linear;
mod losses;
mod maxout;
mod optimizers;
mod random;
mod rows;

use super::{Args, Real};

/// A kernel in Rust.
pub type Twin<R> = fn(&mut Args<R>);

/// The twin of the kernel of that name.
pub fn twin<R: Real>(kernel: &str) -> Option<Twin<R>> {
    Some(match kernel {
        "activation_forward" => activations::activation_forward,
        "adam" => optimizers::adam,
        "batch_indices" => batch::batch_indices,
        "batch_norm_backward_input" => batch_norm::batch_norm_backward_input,
        "batch_norm_backward_params" => batch_norm::batch_norm_backward_params,
        "batch_norm_forward" => batch_norm::batch_norm_forward,
        "batch_norm_inference" => batch_norm::batch_norm_inference,
        "distance_sums" => distances::distance_sums,
        "dropout_backward" => dropout::dropout_backward,
        "dropout_forward" => dropout::dropout_forward,
        "dropout_mask" => random::dropout_mask,
        "ema" => optimizers::ema,
        "gather_batch" => batch::gather_batch,
        "gather_points" => batch::gather_points,
        "linear_backward_input" => linear::linear_backward_input,
        "linear_backward_params" => linear::linear_backward_params,
        "linear_backward_params_r1" => linear::linear_backward_params_r1,
        "linear_forward" => linear::linear_forward,
        "linear_tangent" => linear::linear_tangent,
        "loss_d" => losses::loss_d,
        "loss_g" => losses::loss_g,
        "maxout_backward" => maxout::maxout_backward,
        "maxout_forward" => maxout::maxout_forward,
        "maxout_tangent" => maxout::maxout_tangent,
        "nearest" => distances::nearest,
        "noise" => random::noise,
        "sgd" => optimizers::sgd,
        "slope_product" => activations::slope_product,
        "squared_distances" => distances::squared_distances,
        "statistics" => optimizers::statistics,
        "window_sums" => distances::window_sums,
        _ => return None,
    })
}
