// Counter-based randomness: a value is a function of (seed, step, stream, index), so there is no state to save.
// PCG4D of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
fn pcg4d(key: vec4<u32>) -> vec4<u32> {
    var v = key * 1664525u + 1013904223u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    v ^= v >> vec4<u32>(16u);
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    return v;
}

fn random_bits(seed: u32, step: u32, stream: u32, index: u32) -> u32 {
    return pcg4d(vec4<u32>(seed, step, stream, index)).x;
}

// Uniform on (0, 1): the middles of 2^23 equal intervals, exact in f32 on every device.
fn uniform01(bits: u32) -> f32 {
    return (f32(bits >> 9u) + 0.5) * 1.1920928955078125e-7;
}
