//! Named, typed members with their modifiers.
use quater_grammar::Rule;

use super::build::{Build, Pair, child, children};
use super::expected::{Place, stray};
use super::expr::{expr, missing};
use super::query::sort_keys;
use super::record::only_expr;
use super::text::text;
use super::types::ty_or_missing;
use crate::ast::{Expr, ExprKind, Field, Modifier, ModifierKind, Name, OnDelete, ParameterSource, Text};
use crate::report::{Code, Report};

/// A `field` pair.
pub(super) fn field(build: &mut Build<'_>, pair: &Pair<'_>) -> Field {
    let whole = build.at(pair);
    let docs = child(pair, Rule::docs);
    let Some(key) = child(pair, Rule::field_name) else {
        return Field::hole(Name { text: smol_str::SmolStr::default(), at: whole });
    };
    let key_at = build.at(&key);
    if let Some(arguments) = child(&key, Rule::arguments_tight) {
        let message = "a field's name has no parentheses; a map has one key and nothing else";
        build.report(Report::new(Code::E0101, build.at(&arguments), message));
    }
    let name = name_inside(build, &key);
    let colon_at = crate::report::Span { end: key_at.end + 1, ..key_at };
    let ty = ty_or_missing(build, child(pair, Rule::ty), colon_at);
    let docs = docs.map(|docs| build.docs(&docs));
    let others = [Rule::docs, Rule::field_name, Rule::ty];
    let mut modifiers: Vec<Modifier> = Vec::new();
    for word in pair.clone().into_inner().filter(|inner| !others.contains(&inner.as_rule())) {
        let modifier = modifier(build, &word);
        if let Some(before) = modifiers.iter().find(|before| rank(&before.kind) == rank(&modifier.kind)) {
            let report =
                Report::new(Code::E0111, modifier.at, "this is said twice").label(before.at, "first here");
            build.report(report);
        } else {
            modifiers.push(modifier);
        }
    }
    modifiers.sort_by_key(|modifier| rank(&modifier.kind));
    Field { docs, name, ty, modifiers, at: crate::report::Span { start: key_at.start, ..whole } }
}

/// Modifiers may stand in any order; the tree has them in one, and one of a rank.
fn rank(kind: &ModifierKind) -> u8 {
    match kind {
        ModifierKind::Key => 0,
        ModifierKind::Lock => 1,
        ModifierKind::By { .. } => 2,
        ModifierKind::In(_) => 3,
        ModifierKind::Column(_) => 4,
        ModifierKind::From(_) => 5,
        ModifierKind::OnDelete(_) => 6,
        ModifierKind::Was(_) | ModifierKind::Backfill(_) => 7,
        ModifierKind::Unique(_) => 8,
        ModifierKind::Secret => 9,
        ModifierKind::Default(_) | ModifierKind::DefaultOnUpdate(_) => 10,
    }
}

/// The fields of a `parameters` pair inside a pair.
pub(super) fn parameters_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Vec<Field> {
    let Some(parameters) = child(pair, Rule::parameters) else { return Vec::new() };
    let mut fields = Vec::new();
    for one in parameters.into_inner() {
        if one.as_rule() == Rule::field {
            fields.push(field(build, &one));
        } else {
            stray(build, &one, Place::Parameters);
            fields.push(Field::hole(Name { text: smol_str::SmolStr::default(), at: build.at(&one) }));
        }
    }
    fields
}

fn modifier(build: &mut Build<'_>, pair: &Pair<'_>) -> Modifier {
    let at = build.at(pair);
    let kind = match pair.as_rule() {
        Rule::flag => match pair.as_str() {
            "key" => ModifierKind::Key,
            "secret" => ModifierKind::Secret,
            _ => ModifierKind::Lock,
        },
        Rule::unique => ModifierKind::Unique(only_expr(build, pair)),
        Rule::default => default(build, pair),
        Rule::was => ModifierKind::Was(name_inside(build, pair)),
        Rule::backfill => backfill(build, pair),
        Rule::on_delete => ModifierKind::OnDelete(on_delete(pair)),
        Rule::by => ModifierKind::By {
            field: name_inside(build, pair),
            sort: child(pair, Rule::sort).map(|sort| sort_keys(build, &sort)).unwrap_or_default(),
        },
        Rule::stored_in => ModifierKind::In(name_inside(build, pair)),
        Rule::column => ModifierKind::Column(text_inside(build, pair)),
        _ => ModifierKind::From(source(build, pair)),
    };
    Modifier { kind, at }
}

fn default(build: &mut Build<'_>, pair: &Pair<'_>) -> ModifierKind {
    let value = match child(pair, Rule::default_expr) {
        Some(value) => expr(build, &value),
        None => missing(build, build.at(pair), "a value"),
    };
    match child(pair, Rule::on_update) {
        Some(_) => ModifierKind::DefaultOnUpdate(value),
        None => ModifierKind::Default(value),
    }
}

/// A name in parentheses stands alone too.
fn backfill(build: &mut Build<'_>, pair: &Pair<'_>) -> ModifierKind {
    let value = child(pair, Rule::default_expr).map(|value| expr(build, &value));
    match value {
        Some(Expr { kind: ExprKind::Name(name), .. }) => ModifierKind::Was(name),
        Some(value) => ModifierKind::Backfill(value),
        None => ModifierKind::Backfill(missing(build, build.at(pair), "a name or a value")),
    }
}

fn on_delete(pair: &Pair<'_>) -> OnDelete {
    match child(pair, Rule::delete_word).map_or("", |word| word.as_str()) {
        "cascade" => OnDelete::Cascade,
        "restrict" => OnDelete::Restrict,
        _ => OnDelete::Null,
    }
}

fn source(build: &mut Build<'_>, pair: &Pair<'_>) -> ParameterSource {
    if let Some(header) = child(pair, Rule::source_header) {
        return ParameterSource::Header(text_inside(build, &header));
    }
    match child(pair, Rule::source_cookie) {
        Some(cookie) => ParameterSource::Cookie(text_inside(build, &cookie)),
        None => ParameterSource::Body,
    }
}

/// The first name inside a pair that the grammar gives one.
pub(super) fn name_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Name {
    match child(pair, Rule::name) {
        Some(name) => build.name(&name),
        None => build.no_name(build.lead(pair), "a name"),
    }
}

/// The first text inside a pair; an empty one, reported, where there is none.
pub(super) fn text_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Text {
    let inner = children(pair, Rule::text).next();
    match inner {
        Some(inner) => text(build, &inner),
        None => {
            let at = build.head(pair);
            build.missing(at, "a text");
            Text { parts: Vec::new(), at: at.after() }
        }
    }
}
