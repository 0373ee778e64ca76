//! The matrix product of the twins: `faer`'s, one part of the result per core.

use super::Real;
use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use rayon::prelude::*;

/// Multiply-adds that are worth sharing among the cores.
const SHARED: usize = 1 << 18;

/// Parts of C begin at multiples of these rows and columns, for whole register tiles.
const CUT: [usize; 2] = [8, 16];

/// How C is cut into one part per core. The bits of the sums may depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// In both directions, so that the parts' sides are short: each part reads the fewest rows of a and columns of b.
    Squares,
    /// Into bands of rows.
    Rows,
    /// Into bands of columns.
    Columns,
}

impl Way {
    /// Every way, that of training first.
    pub const ALL: [Way; 3] = [Way::Squares, Way::Rows, Way::Columns];

    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Way::Squares => "squares",
            Way::Rows => "rows",
            Way::Columns => "columns",
        }
    }

    /// Rows and columns of one part of C `[rows, columns]`.
    fn part(self, [rows, columns]: [usize; 2], threads: usize) -> [usize; 2] {
        let bands = match self {
            // Of two that are equal the one with more bands of rows: parts of C then lie together in memory.
            Way::Squares => (1..=threads).rev().filter(|bands| threads.is_multiple_of(*bands)),
            Way::Rows => return [rows.div_ceil(threads), columns],
            Way::Columns => return [rows, columns.div_ceil(threads)],
        };
        let parts = bands.map(|bands| [rows.div_ceil(bands), columns.div_ceil(threads / bands)]);
        parts.min_by_key(|part| part[0] + part[1]).unwrap_or([rows, columns])
    }
}

/// The row-major matrix `[rows, columns]` that `values` begin with. Its `transpose()` moves nothing.
pub fn matrix<R>(values: &[R], [rows, columns]: [usize; 2]) -> MatRef<'_, R> {
    MatRef::from_row_major_slice(&values[..rows * columns], rows, columns)
}

/// c = a b on all cores; c begins with the row-major result. Each core calls `store` with every stretch of a row that it has computed,
/// while that is in its cache, and with the stretch's row and first column.
pub fn product<R: Real>(way: Way, c: &mut [R], a: MatRef<R>, b: MatRef<R>, store: impl Fn([usize; 2], &mut [R]) + Sync) {
    let shape @ [rows, columns] = [a.nrows(), b.ncols()];
    let c = MatMut::from_row_major_slice_mut(&mut c[..rows * columns], rows, columns);
    let threads = if rows * columns * a.ncols() < SHARED { 1 } else { rayon::current_num_threads() };
    let compute = |([row, column], mut c): ([usize; 2], MatMut<R>)| {
        let (a, b) = (a.subrows(row, c.nrows()), b.subcols(column, c.ncols()));
        matmul(c.as_mut(), Accum::Replace, a, b, R::one(), Par::Seq);
        leave_vectors();
        for (row, c) in (row..).zip(c.row_iter_mut()) {
            let Some(c) = c.try_as_row_major_mut() else { unreachable!("C is row-major") };
            store([row, column], c.as_slice_mut());
        }
    };
    if threads == 1 {
        compute(([0, 0], c));
    } else {
        parts(c, way.part(shape, threads)).into_par_iter().for_each(compute);
    }
}

/// Tells an x86 processor that the upper parts of its vector registers are free, which faer's kernels leave to the caller: with them in
/// use, all that is compiled for SSE runs several times slower.
fn leave_vectors() {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the processor has the instruction, and nothing lives in those parts across a call.
        unsafe { std::arch::x86_64::_mm256_zeroupper() }
    }
}

/// C in parts of about this size, with their first row and column.
fn parts<R>(mut c: MatMut<R>, size: [usize; 2]) -> Vec<([usize; 2], MatMut<R>)> {
    let (rows, columns) = (c.nrows(), c.ncols());
    let [height, width] = [0, 1].map(|side| size[side].next_multiple_of(CUT[side]));
    let mut parts = Vec::new();
    for row in (0..rows).step_by(height) {
        let (mut band, below) = c.split_at_row_mut(height.min(rows - row));
        for column in (0..columns).step_by(width) {
            let (part, right) = band.split_at_col_mut(width.min(columns - column));
            parts.push(([row, column], part));
            band = right;
        }
        c = below;
    }
    parts
}

/// c = a b, or c + a b, on this core; c begins with the row-major result, whose rows lie `stride` apart.
pub fn block_product<R: Real>(c: &mut [R], stride: usize, a: MatRef<R>, b: MatRef<R>, add: bool) {
    // By its transpose: faer 0.24's `from_row_major_slice_with_stride_mut` takes the stride for that of columns.
    let c = MatMut::from_column_major_slice_with_stride_mut(c, b.ncols(), a.nrows(), stride).transpose_mut();
    matmul(c, if add { Accum::Add } else { Accum::Replace }, a, b, R::one(), Par::Seq);
    leave_vectors();
}
