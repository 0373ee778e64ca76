// Small expressions over numbers per row and numbers for all rows: losses on logits, their slopes, penalties, metrics. One workgroup runs
// a list of instructions, one after another, so that any of them is one dispatch.
//
// An instruction is twelve words: operation, first element of `values` that it writes, how many; for each of two operands the tensor that
// it lies in (0 for `values` itself), its first element and the step from one to the next (0 repeats a single number); k, l and alpha.
// Operations: 0 k a + l; 1 k a + l b; 2 k a b; 3 k times the sum of all a; from 16 on functions of (k a + l), four numbers per function:
// its value, its first and its second derivative (of what the function saves).
struct Params {
    words: u32, // twelve per instruction
    len: u32, // of values
    len0: u32,
    len1: u32,
    len2: u32,
    len3: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> program: array<u32>; // [words]
@group(0) @binding(2) var<storage, read> in0: array<f32>; // [len0]
@group(0) @binding(3) var<storage, read> in1: array<f32>; // [len1]
@group(0) @binding(4) var<storage, read> in2: array<f32>; // [len2]
@group(0) @binding(5) var<storage, read> in3: array<f32>; // [len3]
@group(0) @binding(6) var<storage, read_write> values: array<f32>; // [len]

const INSTRUCTION: u32 = 12u;

var<workgroup> instruction: array<u32, 12>;

fn load(tensor: u32, at: u32) -> f32 {
    switch tensor {
        case 0u: { return values[at]; }
        case 1u: { return in0[at]; }
        case 2u: { return in1[at]; }
        case 3u: { return in2[at]; }
        default: { return in3[at]; }
    }
}

fn operand(first: u32, i: u32) -> f32 {
    return load(instruction[first], instruction[first + 1u] + i * instruction[first + 2u]);
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
    for (var at = 0u; at < params.words; at += INSTRUCTION) {
        if thread < INSTRUCTION {
            instruction[thread] = program[at + thread];
        }
        // Uniform, for the barriers of a sum.
        let operation = workgroupUniformLoad(&instruction[0]);
        let to = instruction[1];
        let count = instruction[2];
        let k = bitcast<f32>(instruction[9]);
        let l = bitcast<f32>(instruction[10]);
        let alpha = bitcast<f32>(instruction[11]);
        if operation == 3u {
            var sum = 0.0;
            for (var i = thread; i < count; i += 256u) {
                sum += operand(3u, i);
            }
            sum = workgroup_sum(thread, sum);
            if thread == 0u {
                values[to] = k * sum;
            }
        } else {
            for (var i = thread; i < count; i += 256u) {
                let a = operand(3u, i);
                var result = k * a + l;
                if operation == 1u {
                    result = k * a + l * operand(6u, i);
                } else if operation == 2u {
                    result = k * a * operand(6u, i);
                } else if operation >= 16u {
                    result = apply(operation - 16u, k * a + l, alpha);
                }
                values[to + i] = result;
            }
        }
        storageBarrier(); // the next instruction reads what this one has written
        workgroupBarrier();
    }
}
