//! What the MCP conformance suite calls: what agents look at, listen to and are asked.

mod bodies;
// Written by `quater gen rust`; the formatter leaves it as it is.
#[rustfmt::skip]
pub mod generated;

pub use bodies::Team;
