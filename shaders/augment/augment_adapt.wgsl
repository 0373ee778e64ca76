// Adaptive discriminator augmentation (Karras et al. 2020, section 3.1), after an update that state[counter] has counted: every `every`
// updates the probability ada[0] moves a step up where the mean sign of D on real images since then lies above the target, else down,
// between 0 and 1. ada[1] holds the sum of the signs so far.
struct Params {
    values: u32,
    place: u32, // of the mean sign among the update's numbers
    counter: u32,
    every: u32,
    target_sign: f32,
    step: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> numbers: array<f32>; // [values]
@group(0) @binding(2) var<storage, read> state: array<u32>; // [counter + 1]
@group(0) @binding(3) var<storage, read_write> ada: array<f32>; // [2]

@compute @workgroup_size(1)
fn main() {
    let sum = ada[1] + numbers[params.place];
    if state[params.counter] % params.every == 0u {
        let above = sum / f32(params.every) - params.target_sign;
        ada[0] = clamp(ada[0] + params.step * sign(above), 0.0, 1.0);
        ada[1] = 0.0;
    } else {
        ada[1] = sum;
    }
}
