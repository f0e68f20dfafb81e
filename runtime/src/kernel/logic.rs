//! Comparison, with null as the third truth.
use crate::value::Value;
use quater_ir::expr::Compare;
use std::cmp::Ordering;

/// `left` against `right`; nothing when one of them is null.
pub(crate) fn compare(how: Compare, left: &Value, right: &Value) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return None;
    }
    let order = order(left, right);
    Some(match how {
        Compare::Equal => order == Some(Ordering::Equal),
        Compare::NotEqual => order != Some(Ordering::Equal),
        Compare::Less => order == Some(Ordering::Less),
        Compare::AtMost => order.is_some_and(Ordering::is_le),
        Compare::Greater => order == Some(Ordering::Greater),
        Compare::AtLeast => order.is_some_and(Ordering::is_ge),
    })
}

/// Equality that looks at null itself: of two optionals.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left.is_null(), right.is_null()) {
        (true, true) => true,
        (false, false) => order(left, right) == Some(Ordering::Equal),
        (true, false) | (false, true) => false,
    }
}

/// Membership: true when found, else nothing when a null could have been it.
pub(crate) fn member<'a>(item: &Value, of: impl IntoIterator<Item = &'a Value>) -> Option<bool> {
    let mut unknown = false;
    for candidate in of {
        match compare(Compare::Equal, item, candidate) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(false) }
}

/// The order of two values of one type, neither null; lists and records are compared part by part.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b))
        | (Value::Instant(a), Value::Instant(b))
        | (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Uuid(a), Value::Uuid(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Json(a), Value::Json(b)) => (a == b).then_some(Ordering::Equal),
        (Value::Row(a), Value::Row(b))
        | (Value::Record(a), Value::Record(b))
        | (Value::List(a), Value::List(b)) => order_parts(a, b),
        (Value::Map(_), Value::Map(_)) | (Value::Variant(..), Value::Variant(..)) => {
            (left == right).then_some(Ordering::Equal)
        }
        (left, right) => debug_mismatch(left, right),
    }
}

fn order_parts(left: &[Value], right: &[Value]) -> Option<Ordering> {
    for (a, b) in left.iter().zip(right) {
        let order = if same(a, b) { Ordering::Equal } else { order(a, b)? };
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(left.len().cmp(&right.len()))
}

fn debug_mismatch(left: &Value, right: &Value) -> Option<Ordering> {
    debug_assert!(left.is_null() || right.is_null(), "{left:?} and {right:?} have no order");
    None
}
