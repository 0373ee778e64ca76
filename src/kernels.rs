//! The list of all kernels, for tests and for whoever wants to see them all.

use crate::{
    layers, ops,
    plan::{Kernel, Snippet},
};

/// Every kernel with every choice of snippets that a plan can make.
pub fn all() -> Vec<(&'static Kernel, Vec<&'static Snippet>)> {
    let mut all = layers::kernels();
    all.extend(ops::kernels());
    all
}
