//! Maxout's maximum over pieces, apart from its linear part.

use crate::twin::{Args, Real, each_rows, vectorized};
use rayon::prelude::*;

/// Units that are worth a task of their own.
const TASK_UNITS: usize = 4 * 1024;

/// The largest of some pieces, and which one it is. NaN is larger than any number.
#[inline(always)]
fn largest<R: Real>(h: &[R]) -> (R, u32) {
    let (mut best, mut winner) = (h[0], 0);
    for (piece, value) in (1..).zip(&h[1..]) {
        let wins = (*value > best) | value.is_nan();
        best = if wins { *value } else { best };
        winner = if wins { piece } else { winner };
    }
    (best, winner)
}

/// With the number of pieces known to the compiler, whose loop over them then has no jumps that depend on the values: twelve times faster.
fn largest_of<const PIECES: usize, R: Real>(y: &mut [R], winner: &mut [u32], h: &[R]) {
    vectorized(|| {
        for ((y, winner), h) in y.iter_mut().zip(winner.iter_mut()).zip(h.as_chunks::<PIECES>().0) {
            (*y, *winner) = largest(h);
        }
    });
}

/// Twin of `shaders/max/maxout_forward.wgsl`: the largest piece of each unit, and which one it is.
pub fn maxout_forward<R: Real>(args: &mut Args<R>) {
    let [units, pieces] = ["units", "pieces"].map(|n| args.size(n));
    let (count, first) = (args.size("rows") * units, args.size("first_row") * units);
    let h = &args.read("h")[..count * pieces];
    let (y, winner) = (&mut args.write("y")[first..][..count], &mut args.words_mut("winner")[..count]);
    let tasks = y.par_chunks_mut(TASK_UNITS).zip(winner.par_chunks_mut(TASK_UNITS)).zip(h.par_chunks(TASK_UNITS * pieces));
    tasks.for_each(|((y, winner), h)| match pieces {
        2 => largest_of::<2, R>(y, winner, h),
        3 => largest_of::<3, R>(y, winner, h),
        4 => largest_of::<4, R>(y, winner, h),
        5 => largest_of::<5, R>(y, winner, h),
        _ => {
            for ((y, winner), h) in y.iter_mut().zip(winner).zip(h.chunks_exact(pieces)) {
                (*y, *winner) = largest(h);
            }
        }
    });
}

/// Twin of `shaders/max/maxout_backward.wgsl`: dy for the piece that won, 0 for the others.
pub fn maxout_backward<R: Real>(args: &mut Args<R>) {
    let [units, pieces] = ["units", "pieces"].map(|n| args.size(n));
    let (dy, winner) = (args.read("dy"), args.words("winner"));
    let dh = &mut args.write("dh")[..args.size("rows") * units * pieces];
    each_rows(dh, units * pieces, |row, dh| {
        dh.fill(R::zero());
        let at = row * units;
        for ((dh, dy), winner) in dh.chunks_exact_mut(pieces).zip(&dy[at..]).zip(&winner[at..]) {
            dh[*winner as usize] = *dy;
        }
    });
}

/// Twin of `shaders/max/maxout_tangent.wgsl`: the direction of the piece that won.
pub fn maxout_tangent<R: Real>(args: &mut Args<R>) {
    let [units, pieces] = ["units", "pieces"].map(|n| args.size(n));
    let (th, winner) = (args.read("th"), args.words("winner"));
    let ty = &mut args.write("ty")[..args.size("rows") * units];
    for ((ty, th), winner) in ty.iter_mut().zip(th.chunks_exact(pieces)).zip(winner) {
        *ty = th[*winner as usize];
    }
}
