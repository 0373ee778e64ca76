//! The two precisions of the CPU engine.

use num_traits::Float;

/// f32 to train, f64 to check.
pub trait Real: Float + Default + Send + Sync + std::iter::Sum + 'static {
    /// From f32, exactly.
    fn of(value: f32) -> Self;

    /// Rounded to f32.
    fn to_f32_lossy(self) -> f32;

    /// tanh of every element, in place.
    fn tanh_all(values: &mut [Self]) {
        for v in values {
            *v = v.tanh();
        }
    }
}

impl Real for f64 {
    fn of(value: f32) -> Self {
        f64::from(value)
    }

    fn to_f32_lossy(self) -> f32 {
        self as f32
    }
}

impl Real for f32 {
    fn of(value: f32) -> Self {
        value
    }

    fn to_f32_lossy(self) -> f32 {
        self
    }

    fn tanh_all(values: &mut [Self]) {
        vectorized(|| {
            for v in &mut *values {
                *v = tanh_f32(*v);
            }
        });
    }
}

/// tanh as a ratio of polynomials, exact to some units in the last place, without branches so that it compiles to vector
/// instructions. Coefficients: the minimax fit of Eigen's `generic_fast_tanh_float`.
fn tanh_f32(x: f32) -> f32 {
    let x = x.clamp(-7.905_311, 7.905_311); // tanh is 1 in f32 from here on
    let x2 = x * x;
    let odd = [-2.760_768_4e-16, 2.000_187_9e-13, -8.604_671e-11, 5.122_297_3e-8, 1.485_722_4e-5, 6.372_619e-4, 4.893_524_6e-3];
    let even = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_7e-3, 4.893_525_3e-3];
    let horner = |coefficients: &[f32]| coefficients.iter().fold(0.0, |p, c| p * x2 + c);
    x * horner(&odd) / horner(&even)
}

/// Runs `f` compiled for the widest vector instructions that this processor has. Multiplications and additions are not fused,
/// so the results are the same on all of them.
pub fn vectorized<T>(f: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(f)
}

/// A matrix in memory: element (i, j) at `i * row_step + j * column_step`.
#[derive(Clone, Copy)]
pub struct Matrix<'a, R> {
    /// Elements.
    pub values: &'a [R],
    /// Distance between rows.
    pub row_step: usize,
    /// Distance between columns.
    pub column_step: usize,
}

impl<'a, R> Matrix<'a, R> {
    /// Row-major with `columns` columns.
    pub fn new(values: &'a [R], columns: usize) -> Self {
        Matrix { values, row_step: columns, column_step: 1 }
    }

    /// The transpose, without moving anything.
    pub fn transposed(self) -> Self {
        Matrix { values: self.values, row_step: self.column_step, column_step: self.row_step }
    }

    fn covers(&self, rows: usize, columns: usize) -> bool {
        rows == 0 || columns == 0 || (rows - 1) * self.row_step + (columns - 1) * self.column_step < self.values.len()
    }
}

/// c = a b on all cores; c is row-major `[rows, columns]`, a `[rows, inner]`, b `[inner, columns]`.
pub fn product<R: Real>(c: &mut [R], [rows, columns, inner]: [usize; 3], a: Matrix<R>, b: Matrix<R>) {
    assert!(c.len() >= rows * columns && a.covers(rows, inner) && b.covers(inner, columns), "matrix product outside its operands");
    let step = |s: usize| s as isize;
    // SAFETY: the assertion above keeps every access inside the three slices, and c is borrowed mutably, so it overlaps neither.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            c.as_mut_ptr(),
            1,
            step(columns),
            false,
            a.values.as_ptr(),
            step(a.column_step),
            step(a.row_step),
            b.values.as_ptr(),
            step(b.column_step),
            step(b.row_step),
            R::zero(),
            R::one(),
            false,
            false,
            false,
            gemm::Parallelism::Rayon(0),
        );
    }
}
