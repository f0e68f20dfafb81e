//! Suites that cross crates live in `suites/`.
pub mod golden;
pub mod annotated;
