//! The end of an update.

use crate::twin::{Args, Real};

/// Twin of `shaders/statistics/statistics.wgsl`.
pub fn statistics<R: Real>(args: &mut Args<R>) {
    let (numbers, powers, state, ring) = (args.read("numbers"), args.write("powers"), args.words_mut("state"), args.write("ring"));
    let [mut g_squares, mut w_squares] = [R::zero(); 2];
    for pair in args.read("partials")[..2 * args.size("groups")].chunks_exact(2) {
        g_squares += pair[0];
        w_squares += pair[1];
    }
    // The counter of G counts steps; a model of one net has only one counter.
    let step = state[args.size("counters").min(2) - 1];
    let at = (step % args.u32("ring_rows")) as usize * args.size("columns") + args.size("column");
    let values = args.size("values");
    ring[at..at + values].copy_from_slice(&numbers[..values]);
    ring[at + values] = g_squares.sqrt();
    ring[at + values + 1] = w_squares.sqrt();
    let updates = state[args.size("counter")].wrapping_add(1);
    state[args.size("counter")] = updates;
    powers[0] *= args.real("beta1");
    powers[1] *= args.real("beta2");
    let (log_decay, ramp_epochs) = (args.real("log_decay"), args.u32("ramp_epochs"));
    powers[2] = if log_decay > R::zero() { (-log_decay * R::of(updates as f32)).exp() } else { R::one() };
    powers[3] = R::one();
    if ramp_epochs > 1 {
        let (epoch, epochs) = (state[0] / args.u32("batches"), ramp_epochs - 1);
        powers[3] = R::one() - (R::of(epoch as f32) / R::of(epochs as f32)).min(R::one());
    }
}
