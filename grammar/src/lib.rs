//! The PEG grammar of `.qtr` files; only `quater-compiler` names its rules.
#![allow(missing_docs, reason = "the rules are documented where they are written, in quater.pest")]

/// The parser that the grammar makes, with `Rule` beside it.
#[derive(pest_derive::Parser)]
#[grammar = "../quater.pest"]
pub struct QuaterParser;
