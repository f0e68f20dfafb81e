//! Values that are known when a program is compiled.
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A literal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// Absent.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A float.
    Float(f64),
    /// An exact number.
    Decimal(Decimal),
    /// Text, or a member of an enum by its name.
    Text(SmolStr),
    /// A length of time in milliseconds.
    Duration(i64),
}
