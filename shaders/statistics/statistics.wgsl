// Ends an update: writes its row of the statistics ring and advances the counters that the next update reads.
// The ring has `columns` columns; this update fills some of them from `column` on: its `values` numbers, then the norms of gradient and
// weights. state[0] counts updates of D, state[1] those of G; the row is that of the current generator update. A model of one net has
// one counter.
// powers gets what the next update's optimizer needs: powers of the betas, the share of the learning rate that is left, 1 / decay^t after
// t updates of this net, and the share of the momentum's ramp to come, from 1 in D's first epoch to 0 from epoch `ramp_epochs` on.
struct Params {
    groups: u32,
    ring_rows: u32,
    columns: u32,
    column: u32,
    values: u32, // loss and metrics
    counter: u32,
    counters: u32,
    beta1: f32,
    beta2: f32,
    log_decay: f32, // logarithm of decay
    batches: u32, // per epoch
    ramp_epochs: u32, // 0 for no ramp
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> numbers: array<f32>; // [values]
@group(0) @binding(2) var<storage, read> partials: array<f32>; // [groups, 2]
@group(0) @binding(3) var<storage, read_write> state: array<u32>; // [counters]
@group(0) @binding(4) var<storage, read_write> powers: array<f32>; // [4]
@group(0) @binding(5) var<storage, read_write> ring: array<f32>; // [ring_rows, columns]

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
    var squares = vec2<f32>(); // of gradients, of weights
    for (var i = thread; i < params.groups; i += 256u) {
        squares += vec2<f32>(partials[2u * i], partials[2u * i + 1u]);
    }
    squares = workgroup_sums(thread, squares);
    if thread == 0u {
        let step = state[min(params.counters, 2u) - 1u];
        let at = (step % params.ring_rows) * params.columns + params.column;
        for (var i = 0u; i < params.values; i++) {
            ring[at + i] = numbers[i];
        }
        ring[at + params.values] = sqrt(squares.x);
        ring[at + params.values + 1u] = sqrt(squares.y);
        state[params.counter] += 1u;
        powers[0] *= params.beta1;
        powers[1] *= params.beta2;
        powers[2] = 1.0;
        if params.log_decay > 0.0 {
            // From the counter, not as a running product: a rate that shrinks by millionths would drown in the roundings.
            powers[2] = exp(-params.log_decay * f32(state[params.counter]));
        }
        powers[3] = 1.0;
        if params.ramp_epochs > 1u {
            powers[3] = 1.0 - min(1.0, f32(state[0] / params.batches) / f32(params.ramp_epochs - 1u));
        }
    }
}
