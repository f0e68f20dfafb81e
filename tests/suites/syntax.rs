//! Text to trees: what is read, what is refused, and what never goes wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "syntax/mended.rs"]
mod mended;
#[path = "syntax/mutations.rs"]
mod mutations;
#[path = "syntax/robust.rs"]
mod robust;
#[path = "syntax/sources.rs"]
mod sources;
#[path = "syntax/whole.rs"]
mod whole;

/// Wrong programs with what must be said of them.
#[test]
fn cases() {
    let folder = sources::root().join("tests/cases/syntax");
    quater_tests::annotated::run(&folder, |text| sources::read(text).reports);
}
