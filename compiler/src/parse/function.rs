//! `fn`
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::expr::missing;
use super::field::{name_inside, parameters_inside};
use super::record::only_expr;
use super::types::ty_or_missing;
use crate::ast::Function;

/// A `function` or `function_strict` pair.
pub(super) fn function(build: &mut Build<'_>, pair: &Pair<'_>) -> Function {
    let at = build.at(pair);
    let name = name_inside(build, pair);
    if child(pair, Rule::parameters).is_none() {
        build.missing(name.at, "`()` with the parameters");
    }
    let parameters = parameters_inside(build, pair);
    let output = child(pair, Rule::output).map(|output| ty_or_missing(build, child(&output, Rule::ty), at));
    let value = match child(pair, Rule::function_value) {
        Some(value) => only_expr(build, &value).unwrap_or_else(|| missing(build, at, "a value")),
        None => missing(build, at, "`=` and what it stands for"),
    };
    Function { name, parameters, output, value }
}
