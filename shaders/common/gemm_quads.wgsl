// Loads and stores of four neighbours at once, for main loops that compute in vec4s: what lies outside is zero, or is not stored.

// Four rows of A at k, zero outside.
fn quad_a(row: u32, k: u32, size: vec3<u32>) -> vec4<f32> {
    var quad = vec4<f32>();
    if k < size.z {
        if row + 3u < size.x {
            return vec4<f32>(load_a(row, k), load_a(row + 1u, k), load_a(row + 2u, k), load_a(row + 3u, k));
        }
        if row < size.x { quad.x = load_a(row, k); }
        if row + 1u < size.x { quad.y = load_a(row + 1u, k); }
        if row + 2u < size.x { quad.z = load_a(row + 2u, k); }
    }
    return quad;
}

// Four columns of B at k, zero outside.
fn quad_b(k: u32, column: u32, size: vec3<u32>) -> vec4<f32> {
    var quad = vec4<f32>();
    if k < size.z {
        if column + 3u < size.y {
            return vec4<f32>(load_b(k, column), load_b(k, column + 1u), load_b(k, column + 2u), load_b(k, column + 3u));
        }
        if column < size.y { quad.x = load_b(k, column); }
        if column + 1u < size.y { quad.y = load_b(k, column + 1u); }
        if column + 2u < size.y { quad.z = load_b(k, column + 2u); }
    }
    return quad;
}

fn store_quad(row: u32, column: u32, size: vec3<u32>, sums: vec4<f32>) {
    if row < size.x {
        if column < size.y { store_c(row, column, sums.x); }
        if column + 1u < size.y { store_c(row, column + 1u, sums.y); }
        if column + 2u < size.y { store_c(row, column + 2u, sums.z); }
        if column + 3u < size.y { store_c(row, column + 3u, sums.w); }
    }
}
