//! The `quater` command.
fn main() {}
