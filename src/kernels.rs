//! The list of all kernels as they are composed, for tests and for whoever wants to see them all.

use crate::{
    ops::KERNELS,
    plan::{Kernel, Snippet},
};

/// Every kernel with every choice of snippets that a plan can make.
pub fn all() -> Vec<(&'static Kernel, Vec<&'static Snippet>)> {
    KERNELS.iter().flat_map(|row| (row.choices)().into_iter().map(|with| (row.kernel, with))).collect()
}
