//! Suites that cross crates live in `suites/`.
pub mod annotated;
pub mod golden;
pub mod postgres;
