//! Operators and named functions of expressions.

use super::Var;
use crate::ops::pointwise::{Activation, by_name};
use std::ops::{Add, Div, Mul, Neg, Sub};

impl<'g> Add for Var<'g> {
    type Output = Var<'g>;
    fn add(self, other: Var<'g>) -> Var<'g> {
        self.plus(other)
    }
}

impl<'g> Sub for Var<'g> {
    type Output = Var<'g>;
    fn sub(self, other: Var<'g>) -> Var<'g> {
        self.plus(-other)
    }
}

impl<'g> Mul for Var<'g> {
    type Output = Var<'g>;
    fn mul(self, other: Var<'g>) -> Var<'g> {
        self.times(other)
    }
}

impl<'g> Neg for Var<'g> {
    type Output = Var<'g>;
    fn neg(self) -> Var<'g> {
        self.affine(-1.0, 0.0)
    }
}

impl<'g> Add<f32> for Var<'g> {
    type Output = Var<'g>;
    fn add(self, shift: f32) -> Var<'g> {
        self.affine(1.0, shift)
    }
}

impl<'g> Sub<f32> for Var<'g> {
    type Output = Var<'g>;
    fn sub(self, shift: f32) -> Var<'g> {
        self.affine(1.0, -shift)
    }
}

impl<'g> Mul<f32> for Var<'g> {
    type Output = Var<'g>;
    fn mul(self, scale: f32) -> Var<'g> {
        self.affine(scale, 0.0)
    }
}

impl<'g> Div<f32> for Var<'g> {
    type Output = Var<'g>;
    fn div(self, divisor: f32) -> Var<'g> {
        self.affine(1.0 / divisor, 0.0)
    }
}

impl<'g> Mul<Var<'g>> for f32 {
    type Output = Var<'g>;
    fn mul(self, x: Var<'g>) -> Var<'g> {
        x.affine(self, 0.0)
    }
}

impl<'g> Add<Var<'g>> for f32 {
    type Output = Var<'g>;
    fn add(self, x: Var<'g>) -> Var<'g> {
        x.affine(1.0, self)
    }
}

impl<'g> Sub<Var<'g>> for f32 {
    type Output = Var<'g>;
    fn sub(self, x: Var<'g>) -> Var<'g> {
        x.affine(-1.0, self)
    }
}

/// Methods that apply a row of the table of functions.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl<'g> Var<'g> {$(
            $(#[$doc])*
            pub fn $name(self) -> Var<'g> {
                self.apply(Activation::plain(by_name::$name()))
            }
        )*}
    };
}

functions! {
    /// max(x, 0).
    relu;
    /// tanh x.
    tanh;
    /// 1 / (1 + e^-x).
    sigmoid;
    /// log(1 + e^x).
    softplus;
    /// x / (1 + e^-x).
    silu;
    /// x Phi(x), with the normal distribution's Phi.
    gelu;
    /// x^2.
    square;
    /// The square root; its slope at 0 counts as 0.
    sqrt;
    /// e^x.
    exp;
    /// The natural logarithm.
    log;
    /// 1 / x.
    reciprocal;
    /// |x|.
    abs;
    /// 1 for positive x, else 0; its slope is 0.
    step;
}

impl<'g> Var<'g> {
    /// x where positive, alpha x elsewhere.
    pub fn leaky_relu(self, alpha: f32) -> Var<'g> {
        self.apply(Activation { kind: by_name::leaky_relu(), alpha })
    }

    /// The sum of all elements `[1, 1]`.
    pub fn sum(self) -> Var<'g> {
        self.sum_to([1, 1])
    }

    /// The mean of all elements `[1, 1]`.
    pub fn mean(self) -> Var<'g> {
        let count = (self.rows() * self.columns()) as f32;
        self.sum() / count
    }

    /// The sum of each row `[rows, 1]`.
    pub fn row_sums(self) -> Var<'g> {
        self.sum_to([self.rows(), 1])
    }

    /// The sum of each column `[1, columns]`.
    pub fn column_sums(self) -> Var<'g> {
        self.sum_to([1, self.columns()])
    }

    /// The sum of squares of each row `[rows, 1]`.
    pub fn row_squares(self) -> Var<'g> {
        (self * self).row_sums()
    }
}
