//! The functions in Rust, one per row of the table, named as its WGSL.

use crate::twin::{Real, vectorized};

/// A function over slices, so that its loop is compiled once per function. Derivatives are functions of what the function saves.
pub struct FunctionTwin<R> {
    /// In place: x becomes value(x).
    pub value: fn(x: &mut [R], alpha: R),
    /// In place: dx becomes dx * slope(v).
    pub times_slope: fn(dx: &mut [R], v: &[R], alpha: R),
    /// In place: dx becomes dx * second(v).
    pub times_second: fn(dx: &mut [R], v: &[R], alpha: R),
}

fn map_slope<R: Real>(dx: &mut [R], y: &[R], slope: impl Fn(R) -> R) {
    vectorized(|| {
        for (dx, y) in dx.iter_mut().zip(y) {
            *dx *= slope(*y);
        }
    });
}

fn map<R: Real>(x: &mut [R], value: impl Fn(R) -> R) {
    vectorized(|| {
        for x in &mut *x {
            *x = value(*x);
        }
    });
}

/// 1 / (1 + e^-a)
fn logistic<R: Real>(a: R) -> R {
    let e = (-a.abs()).exp();
    (if a >= R::zero() { R::one() } else { e }) / (R::one() + e)
}

/// log(1 + e^a)
fn log_one_plus_exp<R: Real>(a: R) -> R {
    a.max(R::zero()) + (-a.abs()).exp().ln_1p()
}

/// The density of the standard normal distribution.
fn normal_density<R: Real>(x: R) -> R {
    R::of(std::f32::consts::FRAC_1_SQRT_2) * R::of(std::f32::consts::FRAC_2_SQRT_PI) * half::<R>() * (-half::<R>() * x * x).exp()
}

/// How likely a standard normal value lies below x.
fn normal_below<R: Real>(x: R) -> R {
    half::<R>() * (R::one() + (x * half::<R>().sqrt()).error_function())
}

fn half<R: Real>() -> R {
    R::of(0.5)
}

fn zero_second<R: Real>(dx: &mut [R], _: &[R], _: R) {
    dx.fill(R::zero());
}

/// x.
pub fn identity<R: Real>() -> FunctionTwin<R> {
    FunctionTwin { value: |_, _| {}, times_slope: |_, _, _| {}, times_second: zero_second }
}

/// max(x, 0); NaN stays NaN.
pub fn relu<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        // NaN stays NaN.
        value: |x, _| map(x, |x| if x <= R::zero() { R::zero() } else { x }),
        times_slope: |dx, y, _| map_slope(dx, y, |y| if y > R::zero() { R::one() } else { R::zero() }),
        times_second: zero_second,
    }
}

/// x where positive, else alpha x.
pub fn leaky_relu<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, alpha| map(x, move |x| if x > R::zero() { x } else { alpha * x }),
        times_slope: |dx, y, alpha| map_slope(dx, y, move |y| if y > R::zero() { R::one() } else { alpha }),
        times_second: zero_second,
    }
}

/// x where positive, else alpha (e^x - 1).
pub fn elu<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, alpha| map(x, move |x| if x <= R::zero() { alpha * x.exp_m1() } else { x }),
        times_slope: |dx, y, alpha| map_slope(dx, y, move |y| if y <= R::zero() { y + alpha } else { R::one() }),
        times_second: |dx, y, alpha| map_slope(dx, y, move |y| if y <= R::zero() { y + alpha } else { R::zero() }),
    }
}

/// x sigmoid(x).
pub fn silu<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, |x| x * logistic(x)),
        times_slope: |dx, x, _| {
            map_slope(dx, x, |x| {
                let s = logistic(x);
                s * (R::one() + x * (R::one() - s))
            });
        },
        times_second: |dx, x, _| {
            map_slope(dx, x, |x| {
                let s = logistic(x);
                s * (R::one() - s) * (R::of(2.0) + x * (R::one() - R::of(2.0) * s))
            });
        },
    }
}

/// x Phi(x).
pub fn gelu<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, |x| x * normal_below(x)),
        times_slope: |dx, x, _| map_slope(dx, x, |x| normal_below(x) + x * normal_density(x)),
        times_second: |dx, x, _| map_slope(dx, x, |x| (R::of(2.0) - x * x) * normal_density(x)),
    }
}

/// log(1 + e^x).
pub fn softplus<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, log_one_plus_exp),
        times_slope: |dx, x, _| map_slope(dx, x, logistic),
        times_second: |dx, x, _| {
            map_slope(dx, x, |x| {
                let s = logistic(x);
                s * (R::one() - s)
            });
        },
    }
}

/// tanh x.
pub fn tanh<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| R::tanh_all(x),
        times_slope: |dx, y, _| map_slope(dx, y, |y| R::one() - y * y),
        times_second: |dx, y, _| map_slope(dx, y, |y| R::of(-2.0) * y * (R::one() - y * y)),
    }
}

/// 1 / (1 + e^-x).
pub fn sigmoid<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, logistic),
        times_slope: |dx, y, _| map_slope(dx, y, |y| y * (R::one() - y)),
        times_second: |dx, y, _| map_slope(dx, y, |y| y * (R::one() - y) * (R::one() - R::of(2.0) * y)),
    }
}

/// x^2.
pub fn square<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, |x| x * x),
        times_slope: |dx, x, _| map_slope(dx, x, |x| R::of(2.0) * x),
        times_second: |dx, x, _| map_slope(dx, x, |_| R::of(2.0)),
    }
}

/// The square root.
pub fn sqrt<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, R::sqrt),
        times_slope: |dx, y, _| map_slope(dx, y, |y| if y == R::zero() { R::zero() } else { R::of(0.5) / y }),
        times_second: |dx, y, _| map_slope(dx, y, |y| if y == R::zero() { R::zero() } else { R::of(-0.25) / (y * y * y) }),
    }
}

/// e^x.
pub fn exp<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, R::exp),
        times_slope: |dx, y, _| map_slope(dx, y, |y| y),
        times_second: |dx, y, _| map_slope(dx, y, |y| y),
    }
}

/// The natural logarithm.
pub fn log<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, R::ln),
        times_slope: |dx, x, _| map_slope(dx, x, R::recip),
        times_second: |dx, x, _| map_slope(dx, x, |x| -(x * x).recip()),
    }
}

/// 1 / x.
pub fn reciprocal<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, R::recip),
        times_slope: |dx, y, _| map_slope(dx, y, |y| -y * y),
        times_second: |dx, y, _| map_slope(dx, y, |y| R::of(2.0) * y * y * y),
    }
}

/// |x|.
pub fn abs<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| map(x, R::abs),
        times_slope: |dx, x, _| map_slope(dx, x, |x| if x == R::zero() { x } else { x.signum() }),
        times_second: zero_second,
    }
}

/// 1 for positive x, else 0; NaN stays NaN.
pub fn step<R: Real>() -> FunctionTwin<R> {
    FunctionTwin {
        value: |x, _| {
            map(x, |x| {
                if x > R::zero() {
                    R::one()
                } else if x.is_nan() {
                    x
                } else {
                    R::zero()
                }
            })
        },
        times_slope: zero_second,
        times_second: zero_second,
    }
}
