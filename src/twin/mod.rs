//! What twins are written with. A kernel's twin is a Rust function over the same bindings; the CPU engine runs it in the kernel's place.

mod args;
mod product;
mod real;
mod rows;

pub use args::{Args, Memory};
pub use product::{Way, block_product, matrix, product};
pub use real::{Real, vectorized};
pub use rows::each_rows;

/// A kernel in Rust, computing in `R`.
pub type Twin<R> = fn(&mut Args<R>);
