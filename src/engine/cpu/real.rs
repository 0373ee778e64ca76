//! The two precisions of the CPU engine.

use num_traits::Float;
use rayon::prelude::*;

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
#[inline(always)]
fn tanh_f32(x: f32) -> f32 {
    let x = x.clamp(-7.905_311, 7.905_311); // tanh is 1 in f32 from here on
    let x2 = x * x;
    let odd = -2.760_768_4e-16;
    let odd = odd * x2 + 2.000_188e-13;
    let odd = odd * x2 - 8.604_671e-11;
    let odd = odd * x2 + 5.122_297_3e-8;
    let odd = odd * x2 + 1.485_722_4e-5;
    let odd = odd * x2 + 6.372_619e-4;
    let odd = odd * x2 + 4.893_524_6e-3;
    let even = 1.198_258_4e-6;
    let even = even * x2 + 1.185_347_1e-4;
    let even = even * x2 + 2.268_434_7e-3;
    let even = even * x2 + 4.893_525_3e-3;
    x * odd / even
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

/// Multiply-adds that are worth sharing among the cores.
const SHARED: usize = 1 << 18;

/// Parts of C are cut at multiples of this, which all of the product's register tiles divide.
const CUT: usize = 48;

/// How the cores share a matrix product. The bits of the sums may depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// C is cut along its longer side into one part per core, each computed by one thread.
    Parts,
    /// As `gemm` itself shares it.
    Threads,
}

impl Way {
    /// Every way, that of training first: for the sizes of these networks it is the faster one.
    pub const ALL: [Way; 2] = [Way::Parts, Way::Threads];

    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Way::Parts => "parts",
            Way::Threads => "threads",
        }
    }
}

/// c = a b on all cores; c is row-major `[rows, columns]`, a `[rows, inner]`, b `[inner, columns]`.
pub fn product<R: Real>(way: Way, c: &mut [R], [rows, columns, inner]: [usize; 3], a: Matrix<R>, b: Matrix<R>) {
    assert!(c.len() >= rows * columns && a.covers(rows, inner) && b.covers(inner, columns), "matrix product outside its operands");
    let start = Start(c.as_mut_ptr());
    let part = |[row, column]: [usize; 2], [m, n]: [usize; 2], parallelism| {
        let step = |s: usize| s as isize;
        // SAFETY: the assertion above keeps every access inside the three slices; c is borrowed mutably, so it overlaps neither a
        // nor b, and the parts of C are disjoint.
        unsafe {
            gemm::gemm(
                m,
                n,
                inner,
                start.at(row * columns + column),
                1,
                step(columns),
                false,
                a.values.as_ptr().add(row * a.row_step),
                step(a.column_step),
                step(a.row_step),
                b.values.as_ptr().add(column * b.column_step),
                step(b.column_step),
                step(b.row_step),
                R::zero(),
                R::one(),
                false,
                false,
                false,
                parallelism,
            );
        }
    };
    let threads = if rows * columns * inner < SHARED { 1 } else { rayon::current_num_threads() };
    match way {
        _ if threads == 1 => part([0, 0], [rows, columns], gemm::Parallelism::None),
        Way::Threads => part([0, 0], [rows, columns], gemm::Parallelism::Rayon(threads)),
        Way::Parts => {
            let by_rows = rows > columns;
            let side = rows.max(columns);
            let len = side.div_ceil(threads).next_multiple_of(CUT);
            (0..side.div_ceil(len)).into_par_iter().for_each(|i| {
                let (from, len) = (i * len, len.min(side - i * len));
                let (at, size) = if by_rows { ([from, 0], [len, columns]) } else { ([0, from], [rows, len]) };
                part(at, size, gemm::Parallelism::None);
            });
        }
    }
}

/// Where C starts, for threads that write disjoint parts of it.
struct Start<R>(*mut R);

// SAFETY: only `product` has one, and its threads write disjoint elements.
unsafe impl<R: Send> Sync for Start<R> {}

impl<R> Start<R> {
    /// # Safety
    /// `offset` must lie inside C.
    unsafe fn at(&self, offset: usize) -> *mut R {
        // SAFETY: as the caller promises.
        unsafe { self.0.add(offset) }
    }
}
