//! Text to checked program: parse, resolve, check, lower, emit. Pure: no files, clock or network.
pub mod ast;
pub mod emit;
pub mod outline;
pub mod report;
