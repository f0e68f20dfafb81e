//! Calculations: each gives a value of its type, or none at all.
use super::convert::{convert, scaled};
use super::{Scope, calculated};
use crate::kernel::number::{self, Broken};
use crate::kernel::time;
use crate::stop::Run;
use crate::value::Value;
use quater_ir::expr::{Arithmetic, Expr, Node, Operands};
use quater_ir::types::Type;
use std::borrow::Cow;

/// A number that a calculation has come to, where its type has it.
pub(super) fn kept(value: Value, ty: &Type) -> Run<Value> {
    let fits = match (&value, ty.required()) {
        (Value::Int(it), _) => number::is_int(*it),
        (Value::Duration(it), _) => time::is_duration(*it),
        (Value::Decimal(it), Type::Decimal { scale, .. }) => number::units(*it, *scale).is_ok(),
        (_, _) => true,
    };
    calculated(if fits { Ok(value) } else { Err(Broken::Overflow) })
}

impl Scope<'_> {
    pub(super) fn arithmetic(&self, how: Arithmetic, left: &Expr, right: &Expr, ty: &Type) -> Run<Value> {
        kept(self.reckon(how, left, right, ty)?, ty)
    }

    pub(super) fn negate(&self, inner: &Expr, ty: &Type) -> Run<Value> {
        kept(negative(self.value(inner)?)?, ty)
    }

    /// The value of an expression that is only compared or rounded: on the way there it may be larger than what
    /// its type has.
    pub(super) fn exact(&self, expr: &Expr) -> Run<Value> {
        if let Node::Arithmetic(how, left, right) = &expr.node {
            self.reckon(*how, left, right, &expr.ty)
        } else if let Node::Convert(inner) = &expr.node {
            convert(self.exact(inner)?, &expr.ty)
        } else if let Node::Negate(inner) = &expr.node {
            negative(self.exact(inner)?)
        } else {
            self.value(expr)
        }
    }

    /// One side of a comparison.
    pub(super) fn compared(&self, expr: &Expr) -> Run<Cow<'_, Value>> {
        if let Node::Arithmetic(..) | Node::Convert(_) | Node::Negate(_) = &expr.node {
            return self.exact(expr).map(Cow::Owned);
        }
        self.look(expr)
    }

    fn reckon(&self, how: Arithmetic, left: &Expr, right: &Expr, ty: &Type) -> Run<Value> {
        let (a, b) = (self.exact(left)?, self.exact(right)?);
        if a.is_null() || b.is_null() {
            return Ok(Value::Null);
        }
        let operator = how.operator;
        Ok(match how.on {
            Operands::Int => Value::Int(calculated(number::whole(operator, a.int()?, b.int()?))?),
            Operands::Float => Value::Float(calculated(number::float(operator, a.float()?, b.float()?))?),
            Operands::Decimal => {
                let result = calculated(number::decimal(operator, a.decimal()?, b.decimal()?))?;
                Value::Decimal(scaled(result, ty))
            }
            Operands::InstantDuration => {
                Value::Instant(calculated(time::shift(operator, a.instant()?, b.duration()?))?)
            }
            Operands::Instants => {
                Value::Duration(calculated(number::whole(operator, a.instant()?, b.instant()?))?)
            }
            Operands::Durations => {
                Value::Duration(calculated(number::whole(operator, a.duration()?, b.duration()?))?)
            }
            Operands::DurationInt => {
                Value::Duration(calculated(number::whole(operator, a.duration()?, b.int()?))?)
            }
            Operands::DateDuration => {
                Value::Date(calculated(time::shift_date(operator, a.date()?, b.duration()?))?)
            }
        })
    }
}

fn negative(value: Value) -> Run<Value> {
    if value.is_null() {
        return Ok(value);
    }
    if let Value::Int(it) = value {
        return Ok(Value::Int(it.saturating_neg()));
    }
    if let Value::Float(it) = value {
        return Ok(Value::Float(0.0 - it));
    }
    if let Value::Duration(it) = value {
        return Ok(Value::Duration(it.saturating_neg()));
    }
    Ok(Value::Decimal(-value.decimal()?))
}
