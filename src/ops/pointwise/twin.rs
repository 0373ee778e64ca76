//! Pointwise functions, and the kernels that apply them alone.

use crate::twin::{Args, Real, each_rows, vectorized};

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
pub fn sigmoid<R: Real>(a: R) -> R {
    let e = (-a.abs()).exp();
    (if a >= R::zero() { R::one() } else { e }) / (R::one() + e)
}

/// log(1 + e^a)
pub fn softplus<R: Real>(a: R) -> R {
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

/// The function of that name; a name without a row is a mistake that the test over all kernels finds.
pub fn function<R: Real>(name: &str) -> FunctionTwin<R> {
    match name {
        "identity" => FunctionTwin { value: |_, _| {}, times_slope: |_, _, _| {}, times_second: zero_second },
        "relu" => FunctionTwin {
            // NaN stays NaN.
            value: |x, _| map(x, |x| if x <= R::zero() { R::zero() } else { x }),
            times_slope: |dx, y, _| map_slope(dx, y, |y| if y > R::zero() { R::one() } else { R::zero() }),
            times_second: zero_second,
        },
        "leaky_relu" => FunctionTwin {
            value: |x, alpha| map(x, move |x| if x > R::zero() { x } else { alpha * x }),
            times_slope: |dx, y, alpha| map_slope(dx, y, move |y| if y > R::zero() { R::one() } else { alpha }),
            times_second: zero_second,
        },
        "elu" => FunctionTwin {
            value: |x, alpha| map(x, move |x| if x <= R::zero() { alpha * x.exp_m1() } else { x }),
            times_slope: |dx, y, alpha| map_slope(dx, y, move |y| if y <= R::zero() { y + alpha } else { R::one() }),
            times_second: |dx, y, alpha| map_slope(dx, y, move |y| if y <= R::zero() { y + alpha } else { R::zero() }),
        },
        "silu" => FunctionTwin {
            value: |x, _| map(x, |x| x * sigmoid(x)),
            times_slope: |dx, x, _| {
                map_slope(dx, x, |x| {
                    let s = sigmoid(x);
                    s * (R::one() + x * (R::one() - s))
                });
            },
            times_second: |dx, x, _| {
                map_slope(dx, x, |x| {
                    let s = sigmoid(x);
                    s * (R::one() - s) * (R::of(2.0) + x * (R::one() - R::of(2.0) * s))
                });
            },
        },
        "gelu" => FunctionTwin {
            value: |x, _| map(x, |x| x * normal_below(x)),
            times_slope: |dx, x, _| map_slope(dx, x, |x| normal_below(x) + x * normal_density(x)),
            times_second: |dx, x, _| map_slope(dx, x, |x| (R::of(2.0) - x * x) * normal_density(x)),
        },
        "softplus" => FunctionTwin {
            value: |x, _| map(x, softplus),
            times_slope: |dx, x, _| map_slope(dx, x, sigmoid),
            times_second: |dx, x, _| {
                map_slope(dx, x, |x| {
                    let s = sigmoid(x);
                    s * (R::one() - s)
                });
            },
        },
        "tanh" => FunctionTwin {
            value: |x, _| R::tanh_all(x),
            times_slope: |dx, y, _| map_slope(dx, y, |y| R::one() - y * y),
            times_second: |dx, y, _| map_slope(dx, y, |y| R::of(-2.0) * y * (R::one() - y * y)),
        },
        "sigmoid" => FunctionTwin {
            value: |x, _| map(x, sigmoid),
            times_slope: |dx, y, _| map_slope(dx, y, |y| y * (R::one() - y)),
            times_second: |dx, y, _| map_slope(dx, y, |y| y * (R::one() - y) * (R::one() - R::of(2.0) * y)),
        },
        "square" => FunctionTwin {
            value: |x, _| map(x, |x| x * x),
            times_slope: |dx, x, _| map_slope(dx, x, |x| R::of(2.0) * x),
            times_second: |dx, x, _| map_slope(dx, x, |_| R::of(2.0)),
        },
        "sqrt" => FunctionTwin {
            value: |x, _| map(x, R::sqrt),
            times_slope: |dx, y, _| map_slope(dx, y, |y| if y == R::zero() { R::zero() } else { R::of(0.5) / y }),
            times_second: |dx, y, _| map_slope(dx, y, |y| if y == R::zero() { R::zero() } else { R::of(-0.25) / (y * y * y) }),
        },
        "exp" => FunctionTwin {
            value: |x, _| map(x, R::exp),
            times_slope: |dx, y, _| map_slope(dx, y, |y| y),
            times_second: |dx, y, _| map_slope(dx, y, |y| y),
        },
        "log" => FunctionTwin {
            value: |x, _| map(x, R::ln),
            times_slope: |dx, x, _| map_slope(dx, x, R::recip),
            times_second: |dx, x, _| map_slope(dx, x, |x| -(x * x).recip()),
        },
        "reciprocal" => FunctionTwin {
            value: |x, _| map(x, R::recip),
            times_slope: |dx, y, _| map_slope(dx, y, |y| -y * y),
            times_second: |dx, y, _| map_slope(dx, y, |y| R::of(2.0) * y * y * y),
        },
        "abs" => FunctionTwin {
            value: |x, _| map(x, R::abs),
            times_slope: |dx, x, _| map_slope(dx, x, |x| if x == R::zero() { x } else { x.signum() }),
            times_second: zero_second,
        },
        "step" => FunctionTwin {
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
        },
        _ => panic!("function {name} has no CPU twin"),
    }
}

/// Twin of `shaders/pointwise/activation_forward.wgsl`.
pub fn activation_forward<R: Real>(args: &mut Args<R>) {
    let (inputs, first) = (args.size("inputs"), args.size("first_row") * args.size("inputs"));
    let (x, alpha, twin) = (args.read("x"), args.real("alpha"), function::<R>(args.choice()));
    let y = &mut args.write("y")[first..][..args.size("rows") * inputs];
    each_rows(y, inputs, |row, y| {
        y.copy_from_slice(&x[row * inputs..][..y.len()]);
        (twin.value)(y, alpha);
    });
}

/// Twin of `shaders/pointwise/slope_product.wgsl`.
pub fn slope_product<R: Real>(args: &mut Args<R>) {
    let (inputs, scale, alpha) = (args.size("inputs"), args.real("scale"), args.real("alpha"));
    let (dy, v, twin) = (args.read("dy"), args.read("v"), function::<R>(args.choice()));
    let dx = &mut args.write("dx")[..args.size("rows") * inputs];
    each_rows(dx, inputs, |row, dx| {
        let at = row * inputs;
        for (dx, dy) in dx.iter_mut().zip(&dy[at..]) {
            *dx = *dy * scale;
        }
        (twin.times_slope)(dx, &v[at..], alpha);
    });
}

/// Twin of `shaders/pointwise/map.wgsl`.
pub fn map_alone<R: Real>(args: &mut Args<R>) {
    let (count, alpha, twin) = (args.size("count"), args.real("alpha"), function::<R>(args.choice()));
    let (x, y) = (args.read("x"), args.write("y"));
    each_rows(&mut y[..count], 1, |first, y| {
        y.copy_from_slice(&x[first..][..y.len()]);
        (twin.value)(y, alpha);
    });
}

/// Twin of `shaders/pointwise/second_product.wgsl`.
pub fn second_product<R: Real>(args: &mut Args<R>) {
    let (inputs, scale, alpha) = (args.size("inputs"), args.real("scale"), args.real("alpha"));
    let (dy, v, twin) = (args.read("dy"), args.read("v"), function::<R>(args.choice()));
    let dx = &mut args.write("dx")[..args.size("rows") * inputs];
    each_rows(dx, inputs, |row, dx| {
        let at = row * inputs;
        for (dx, dy) in dx.iter_mut().zip(&dy[at..]) {
            *dx = *dy * scale;
        }
        (twin.times_second)(dx, &v[at..], alpha);
    });
}
