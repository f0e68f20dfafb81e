//! `use`
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::field::text_inside;
use crate::ast::Import;

/// An `import` pair.
pub(super) fn import(build: &mut Build<'_>, pair: &Pair<'_>) -> Import {
    let at = build.at(pair);
    let names = match child(pair, Rule::names) {
        Some(names) => build.names(&names),
        None => vec![build.no_name(at, "a name")],
    };
    Import { names, from: text_inside(build, pair) }
}
