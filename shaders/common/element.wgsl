// One thread per element. Group counts above 65,535 are folded into y by the host, so x alone is not the index.
const THREADS: u32 = 256u;

fn element(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.y * (groups.x * THREADS) + id.x;
}
