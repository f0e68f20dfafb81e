//! The meaning of the language's operations: pure functions over plain values.
//!
//! Null never arrives here, save in [`logic`]: an operation on null is null, and the evaluator sees to it.

pub(crate) mod logic;
pub(crate) mod number;
pub(crate) mod secret;
pub(crate) mod text;
pub(crate) mod time;

#[cfg(test)]
mod tests;
