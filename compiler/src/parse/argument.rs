//! What stands between parentheses after a name.
use quater_grammar::Rule;

use super::build::{Build, Pair, child, children};
use super::expr::{expr, missing, regex};
use super::literal::range;
use crate::ast::{Argument, ArgumentKind, Call, Expr, ExprKind, Name, Path};
use smol_str::SmolStr;

/// An `arguments`, `arguments_loose` or `arguments_tight` pair.
pub(super) fn arguments(build: &mut Build<'_>, pair: &Pair<'_>) -> Vec<Argument> {
    children(pair, Rule::argument).map(|one| argument(build, &one)).collect()
}

/// The arguments inside a pair that may have some.
pub(super) fn arguments_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<Vec<Argument>> {
    let rules = [Rule::arguments, Rule::arguments_tight, Rule::arguments_loose];
    let inner = pair.clone().into_inner().find(|inner| rules.contains(&inner.as_rule()))?;
    Some(arguments(build, &inner))
}

/// A `call` pair.
pub(super) fn call(build: &mut Build<'_>, pair: &Pair<'_>) -> Call {
    let at = build.at(pair);
    let callee = child(pair, Rule::path).map(|path| build.path(&path));
    let callee = callee.unwrap_or_else(|| Path { names: Vec::new(), at });
    let arguments = arguments_inside(build, pair).unwrap_or_default();
    Call { callee, arguments, at }
}

fn argument(build: &mut Build<'_>, pair: &Pair<'_>) -> Argument {
    let at = build.at(pair);
    let kind = match pair.clone().into_inner().next() {
        None => ArgumentKind::Stray,
        Some(inner) => match inner.as_rule() {
            Rule::everything => ArgumentKind::Everything,
            Rule::regex => ArgumentKind::Value(regex(build, &inner)),
            Rule::range => ArgumentKind::Range(range(build, &inner)),
            Rule::label => labelled(build, pair, &inner),
            _ => optional(child(pair, Rule::marked).is_some(), expr(build, &inner)),
        },
    };
    Argument { kind, at }
}

fn optional(marked: bool, value: Expr) -> ArgumentKind {
    if marked { ArgumentKind::Optional(value) } else { ArgumentKind::Value(value) }
}

fn labelled(build: &mut Build<'_>, pair: &Pair<'_>, label: &Pair<'_>) -> ArgumentKind {
    let word = label.as_str();
    let letters = word.trim_end_matches([' ', ':', '=', '>']);
    let start = label.as_span().start();
    let name = Name { text: SmolStr::new(letters), at: build.span(start, start + letters.len()) };
    let value = match child(pair, Rule::expr) {
        Some(value) => expr(build, &value),
        None => {
            let behind = build.at(label);
            missing(build, behind, "a value")
        }
    };
    if word.ends_with("=>") {
        let at = name.at.to(value.at);
        let kind = ExprKind::Lambda { parameter: name, body: Box::new(value) };
        return ArgumentKind::Value(Expr { kind, at });
    }
    if word.ends_with(':') {
        ArgumentKind::Named { name, value, optional: child(pair, Rule::marked).is_some() }
    } else {
        ArgumentKind::Computed { name, value }
    }
}
