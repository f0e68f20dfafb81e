//! Suites that cross crates live in `suites/`.
