//! Arithmetic that never wraps, never rounds in silence and never makes NaN.
use quater_ir::expr::Operator;
use quater_ir::types::INT_LIMIT;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It lies outside the type.
    Overflow,
    /// The divisor is zero.
    DivisionByZero,
}

impl Broken {
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Overflow => "the result of a calculation is too large",
            Self::DivisionByZero => "a calculation divides by zero",
        }
    }
}

/// Two ints; division goes towards zero.
pub(crate) fn int(operator: Operator, left: i64, right: i64) -> Result<i64, Broken> {
    whole(operator, left, right)?.filter_int()
}

/// Two lengths of time, in milliseconds.
pub(crate) fn whole(operator: Operator, left: i64, right: i64) -> Result<i64, Broken> {
    if right == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(Broken::DivisionByZero);
    }
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
    };
    result.ok_or(Broken::Overflow)
}

trait WithinInt: Sized {
    fn filter_int(self) -> Result<Self, Broken>;
}

impl WithinInt for i64 {
    fn filter_int(self) -> Result<Self, Broken> {
        if (-INT_LIMIT..=INT_LIMIT).contains(&self) { Ok(self) } else { Err(Broken::Overflow) }
    }
}

/// Two floats.
pub(crate) fn float(operator: Operator, left: f64, right: f64) -> Result<f64, Broken> {
    if right == 0.0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(Broken::DivisionByZero);
    }
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Remainder => left % right,
    };
    if result.is_finite() { Ok(result) } else { Err(Broken::Overflow) }
}

/// Two decimals.
pub(crate) fn decimal(operator: Operator, left: Decimal, right: Decimal) -> Result<Decimal, Broken> {
    if right.is_zero() && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(Broken::DivisionByZero);
    }
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
    };
    result.ok_or(Broken::Overflow)
}

/// A decimal with so many digits behind the point, half away from zero, trailing zeros kept.
pub(crate) fn round(value: Decimal, digits: u32) -> Decimal {
    if value.scale() == digits {
        return value;
    }
    let mut rounded = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(digits);
    rounded
}

/// A decimal as the count of its last digit, as databases store it.
pub(crate) fn units(value: Decimal, scale: u8) -> Result<i64, Broken> {
    let rounded = round(value, u32::from(scale));
    if rounded.scale() == u32::from(scale) {
        i64::try_from(rounded.mantissa()).map_err(|_| Broken::Overflow)
    } else {
        Err(Broken::Overflow)
    }
}

/// The decimal of so many units of its last digit.
pub(crate) fn of_units(units: i64, scale: u8) -> Decimal {
    Decimal::new(units, u32::from(scale))
}

/// A whole decimal as an int.
pub(crate) fn to_int(value: Decimal) -> Result<i64, Broken> {
    value.to_i64().ok_or(Broken::Overflow)?.filter_int()
}

/// A whole float as an int.
pub(crate) fn float_to_int(value: f64) -> Result<i64, Broken> {
    if value.abs() <= INT_LIMIT as f64 { Ok(value as i64) } else { Err(Broken::Overflow) }
}
