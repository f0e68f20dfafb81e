//! The till of the suite of upstreams with bodies in Rust, to be held against the declared one.

mod bodies;
// Written by `quater gen rust`; the formatter leaves it as it is.
#[rustfmt::skip]
pub mod generated;

pub use bodies::Team;
