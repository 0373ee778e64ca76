// y[r] = scale * sum over columns of a[r, c] b[r, c]: with a twice, the squared length of each row. A workgroup per row.
struct Params {
    rows: u32,
    columns: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read> b: array<f32>; // [rows, columns]
@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [rows]

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let row = element(id, groups) / THREADS;
    var sum = 0.0;
    if row < params.rows {
        for (var c = thread; c < params.columns; c += THREADS) {
            let i = row * params.columns + c;
            sum += a[i] * b[i];
        }
    }
    sum = workgroup_sum(thread, sum);
    if thread == 0u && row < params.rows {
        y[row] = params.scale * sum;
    }
}
