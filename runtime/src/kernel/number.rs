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
    within_int(whole(operator, left, right)?)
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

fn within_int(value: i64) -> Result<i64, Broken> {
    if is_int(value) { Ok(value) } else { Err(Broken::Overflow) }
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
    // Not every database tells the zeros apart.
    let result = result + 0.0;
    if result.is_finite() { Ok(result) } else { Err(Broken::Overflow) }
}

/// Two decimals: sums, differences and products are exact, or there are none.
pub(crate) fn decimal(operator: Operator, left: Decimal, right: Decimal) -> Result<Decimal, Broken> {
    if right.is_zero() && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(Broken::DivisionByZero);
    }
    let result = match operator {
        Operator::Add => sum(left, right),
        Operator::Subtract => sum(left, -right),
        Operator::Multiply => product(left, right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
    };
    result.ok_or(Broken::Overflow)
}

fn sum(left: Decimal, right: Decimal) -> Option<Decimal> {
    let scale = left.scale().max(right.scale());
    let units = |it: Decimal| 10_i128.checked_pow(scale - it.scale())?.checked_mul(it.mantissa());
    exact(units(left)?.checked_add(units(right)?)?, scale)
}

fn product(left: Decimal, right: Decimal) -> Option<Decimal> {
    exact(left.mantissa().checked_mul(right.mantissa())?, left.scale() + right.scale())
}

/// The decimal of so many units of its last digit, where it has room, if need be without zeros at its end.
fn exact(mut units: i128, mut scale: u32) -> Option<Decimal> {
    loop {
        if let Ok(decimal) = Decimal::try_from_i128_with_scale(units, scale) {
            return Some(decimal);
        }
        if units % 10 != 0 || scale == 0 {
            return None;
        }
        (units, scale) = (units / 10, scale - 1);
    }
}

/// Whether a whole number is one that an int may be.
pub(crate) const fn is_int(value: i64) -> bool {
    value.unsigned_abs() <= INT_LIMIT.unsigned_abs()
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
    within_int(value.to_i64().ok_or(Broken::Overflow)?)
}

/// A whole float as an int.
pub(crate) fn float_to_int(value: f64) -> Result<i64, Broken> {
    if value.abs() <= INT_LIMIT as f64 { Ok(value as i64) } else { Err(Broken::Overflow) }
}
