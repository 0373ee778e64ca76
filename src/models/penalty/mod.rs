//! Penalties on D's gradient by its input: expressions of a gradient, which [`grad`](crate::graph::grad) differentiates again.
//!
//! Where images are augmented before D sees them, R1 and R2 take the gradient by the image as it was, as in the code of StyleGAN2-ADA
//! (Karras et al. 2020) and R3GAN (Huang et al. 2024), so that their weights mean the same as there. The gradient penalty of WGAN-GP holds
//! between real and generated images as D sees them, whose distance D estimates.

mod one_centred;
mod zero_centred;

pub use one_centred::{between, one_centred};
pub use zero_centred::zero_centred;
