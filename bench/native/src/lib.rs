//! The shop of the benchmarks, with the bodies of a read and of a transaction in Rust.

mod bodies;
// Written by `quater gen rust`; the formatter leaves it as it is.
#[rustfmt::skip]
pub mod generated;

pub use bodies::Team;
