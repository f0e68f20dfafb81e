//! Values as JSON and as text.
mod exact;
pub(crate) mod faults;
pub(crate) mod read;
pub(crate) mod refine;
pub(crate) mod structure;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub(crate) mod tree;
pub(crate) mod write;
