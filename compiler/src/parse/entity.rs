//! `entity`
use quater_grammar::Rule;

use super::access::rule;
use super::build::{Build, Pair, child, children, first};
use super::declaration::{body, junk};
use super::expected::{Place, stray};
use super::field::{field, name_inside, text_inside};
use super::function::function;
use super::query::paths;
use super::record::only_expr;
use super::statement::value_inside;
use crate::ast::{Entity, EntityItem, EntityItemKind, IndexColumn, IndexColumns};

/// An `entity` pair.
pub(super) fn entity(build: &mut Build<'_>, pair: &Pair<'_>) -> Entity {
    junk(build, pair);
    let name = name_inside(build, pair);
    let resource = match child(pair, Rule::entity_place) {
        Some(place) => name_inside(build, &place),
        None => build.no_name(name.at, "`in` and the database"),
    };
    let table = child(pair, Rule::column).map(|table| text_inside(build, &table));
    let lines = body(build, pair, Rule::entity_body);
    Entity { name, resource, table, items: lines.into_iter().map(|line| item(build, &line)).collect() }
}

fn item(build: &mut Build<'_>, pair: &Pair<'_>) -> EntityItem {
    let at = build.at(pair);
    let kind = match first(pair) {
        Some(inner) => kind(build, &inner),
        None => {
            stray(build, pair, Place::Entity);
            EntityItemKind::Stray
        }
    };
    EntityItem { kind, at }
}

fn kind(build: &mut Build<'_>, pair: &Pair<'_>) -> EntityItemKind {
    match pair.as_rule() {
        Rule::field => EntityItemKind::Field(field(build, pair)),
        Rule::row_rule => EntityItemKind::Rule(rule(build, pair)),
        Rule::computed => {
            EntityItemKind::Computed { name: name_inside(build, pair), value: value_inside(build, pair) }
        }
        Rule::tenant => EntityItemKind::Tenant(name_inside(build, pair)),
        Rule::unique_together => EntityItemKind::Unique {
            columns: columns(build, child(pair, Rule::columns).as_ref().unwrap_or(pair)),
            otherwise: only_expr(build, pair),
        },
        Rule::index => {
            EntityItemKind::Index(children(pair, Rule::columns).map(|one| columns(build, &one)).collect())
        }
        Rule::search => EntityItemKind::Search(paths(build, pair)),
        _ => EntityItemKind::Function(function(build, pair)),
    }
}

fn columns(build: &mut Build<'_>, pair: &Pair<'_>) -> IndexColumns {
    let mut columns = Vec::new();
    for key in children(pair, Rule::column_key) {
        let descending = child(&key, Rule::direction).is_some_and(|word| word.as_str() == "desc");
        columns.push(IndexColumn { name: name_inside(build, &key), descending });
    }
    IndexColumns { columns, at: build.at(pair) }
}
