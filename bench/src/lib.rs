//! What the services written by hand have in common.
#![allow(missing_docs, reason = "read by who measures")]
pub mod answer;
pub mod audit;
pub mod caller;
pub mod new_product;
pub mod problem;
pub mod reader;
pub mod writer;
