//! The two precisions of twins.

use super::Twin;
use faer::traits::ComplexField;
use half::{f16, slice::HalfFloatSliceExt as _};
use num_traits::Float;

/// f32 to train, f64 to check.
pub trait Real: Float + ComplexField + Default + Send + Sync + std::iter::Sum + 'static {
    /// From f32, exactly.
    fn of(value: f32) -> Self;

    /// Rounded to f32.
    fn to_f32_lossy(self) -> f32;

    /// Rounds every element to f16, in place.
    fn round_to_f16(values: &mut [Self]);

    /// The one of a kernel's two twins that computes in this type.
    fn choose(single: Twin<f32>, double: Twin<f64>) -> Twin<Self>;

    /// erf x.
    fn error_function(self) -> Self;

    /// tanh of every element, in place.
    fn tanh_all(values: &mut [Self]) {
        for v in values {
            *v = v.tanh();
        }
    }
}

impl Real for f64 {
    fn error_function(self) -> Self {
        libm::erf(self)
    }

    fn of(value: f32) -> Self {
        f64::from(value)
    }

    fn to_f32_lossy(self) -> f32 {
        self as f32
    }

    fn choose(_: Twin<f32>, double: Twin<f64>) -> Twin<f64> {
        double
    }

    fn round_to_f16(values: &mut [Self]) {
        in_halves(values, |halves, values| {
            halves.convert_from_f64_slice(values);
            halves.convert_to_f64_slice(values);
        });
    }
}

impl Real for f32 {
    fn error_function(self) -> Self {
        libm::erff(self)
    }

    fn of(value: f32) -> Self {
        value
    }

    fn to_f32_lossy(self) -> f32 {
        self
    }

    fn choose(single: Twin<f32>, _: Twin<f64>) -> Twin<f32> {
        single
    }

    fn round_to_f16(values: &mut [Self]) {
        in_halves(values, |halves, values| {
            halves.convert_from_f32_slice(values);
            halves.convert_to_f32_slice(values);
        });
    }

    fn tanh_all(values: &mut [Self]) {
        vectorized(|| {
            for v in &mut *values {
                *v = tanh_f32(*v);
            }
        });
    }
}

/// Runs `round` over pieces of `values`, with room for as many halves.
fn in_halves<R>(values: &mut [R], round: impl Fn(&mut [f16], &mut [R])) {
    let mut halves = [f16::ZERO; 512];
    for piece in values.chunks_mut(halves.len()) {
        round(&mut halves[..piece.len()], piece);
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
/// so the results are the same on all of them. Scalars are to be moved into closures (`move |x| alpha * x`): a value read through a
/// reference under a condition keeps the compiler from vectorizing the loop.
pub fn vectorized<T>(f: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(f)
}
