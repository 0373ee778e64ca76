//! Sharing rows of a matrix among the cores.

use rayon::prelude::*;

/// Elements that are worth a task of their own: less costs more in handing over than it gains.
const TASK: usize = 16 * 1024;

fn rows_per_task(columns: usize) -> usize {
    TASK.div_ceil(columns.max(1)).max(1)
}

/// Calls `f` with whole rows of `out` and the index of their first row.
pub fn each_rows<T: Send>(out: &mut [T], columns: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    let rows = rows_per_task(columns);
    if out.len() <= rows * columns {
        return f(0, out);
    }
    out.par_chunks_mut(rows * columns).enumerate().for_each(|(task, chunk)| f(task * rows, chunk));
}
