// w within bound of 0. By bits, so that NaN stays what it is and shows that training has failed (a comparison may be turned round by
// compilers that take NaN for impossible). No clipping is a bound of 3e38.
fn clipped(w: f32, bound: f32) -> f32 {
    let bits = bitcast<u32>(w);
    let size = bits & 0x7fffffffu;
    let limit = bitcast<u32>(bound);
    return bitcast<f32>(select(bits, (bits & 0x80000000u) | limit, size > limit && size <= 0x7f800000u));
}
