//! Text to trees: what is read, what is refused, and what never goes wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "syntax/mutations.rs"]
mod mutations;
#[path = "syntax/sources.rs"]
mod sources;
#[path = "syntax/whole.rs"]
mod whole;
