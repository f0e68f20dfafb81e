//! Which rows: look-ups and the clauses behind an entity.
use quater_grammar::Rule;

use super::argument::arguments_inside;
use super::build::{Build, Pair, child, children};
use super::expr::{expr, missing};
use super::literal::range;
use super::record::record_inside;
use crate::ast::{Expr, FilterField, FilterKind, GroupBy, Page, Path, Query, Range, Record, SortBy, SortKey};
use crate::report::{Code, Edit, Fix, Report, Span};

/// A `query` or `rows` pair.
pub(super) fn query(build: &mut Build<'_>, pair: &Pair<'_>) -> Query {
    let at = build.at(pair);
    let entity = path_inside(build, pair);
    let mut query = Query {
        entity,
        lookup: arguments_inside(build, pair),
        condition: None,
        filter: Vec::new(),
        search: Vec::new(),
        group: None,
        sort: None,
        page: None,
        take: None,
        batch: None,
        of: None,
        lock: None,
        across_tenants: None,
        at,
    };
    let mut seen: Vec<(Rule, Span)> = Vec::new();
    for clause in pair.clone().into_inner() {
        let (rule, at) = (clause.as_rule(), build.at(&clause));
        if let Some((_, before)) = seen.iter().find(|(before, _)| *before == rule) {
            let report =
                Report::new(Code::E0111, at, "this clause is said twice").label(*before, "first here");
            build.report(report);
            continue;
        }
        seen.push((rule, at));
        take_clause(build, &mut query, &clause);
    }
    query
}

/// Clauses behind the braces of an update: they are taken as if they stood before.
pub(super) fn late_clauses(build: &mut Build<'_>, query: &mut Query, late: &Pair<'_>, braces: &Pair<'_>) {
    let (at, braces) = (build.at(late), build.at(braces));
    let (before, behind) = (Span { end: braces.start, ..braces }, Span { start: braces.end, ..at });
    let text = late.as_str().trim_end_matches([' ', '\n']);
    let edits = vec![Edit { at: before, text: format!("{text} ") }, Edit { at: behind, text: String::new() }];
    let mut report = Report::new(Code::E0101, at, "what says which rows stands before the braces");
    report.fixes.push(Fix { title: format!("move `{text}` before the braces"), edits });
    build.report(report);
    for clause in late.clone().into_inner() {
        take_clause(build, query, &clause);
    }
}

fn take_clause(build: &mut Build<'_>, query: &mut Query, clause: &Pair<'_>) {
    let at = build.at(clause);
    match clause.as_rule() {
        Rule::where_clause => query.condition = Some(cond_inside(build, clause)),
        Rule::filter => query.filter = filter(build, clause),
        Rule::search => query.search = paths(build, clause),
        Rule::group => query.group = Some(group(build, clause)),
        Rule::sort => query.sort = Some(sort(build, clause)),
        Rule::page => query.page = Some(page(build, clause)),
        Rule::take => query.take = Some(cond_inside(build, clause)),
        Rule::batch => query.batch = Some(cond_inside(build, clause)),
        Rule::of => query.of = Some(cond_inside(build, clause)),
        Rule::lock => query.lock = Some(at),
        Rule::across => query.across_tenants = Some(at),
        _ => debug_assert!(matches!(clause.as_rule(), Rule::path | Rule::arguments)),
    }
}

/// The first path inside a pair that the grammar gives one.
pub(super) fn path_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Path {
    match child(pair, Rule::path) {
        Some(path) => build.path(&path),
        None => {
            let name = build.no_name(build.at(pair), "a name");
            Path { at: name.at, names: vec![name] }
        }
    }
}

/// The paths directly inside a pair.
pub(super) fn paths(build: &Build<'_>, pair: &Pair<'_>) -> Vec<Path> {
    children(pair, Rule::path).map(|path| build.path(&path)).collect()
}

/// The condition inside a pair that the grammar gives one.
pub(super) fn cond_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    match child(pair, Rule::cond) {
        Some(cond) => expr(build, &cond),
        None => missing(build, build.at(pair), "a condition"),
    }
}

/// A `filter` pair.
pub(super) fn filter(build: &mut Build<'_>, pair: &Pair<'_>) -> Vec<FilterField> {
    let mut fields = Vec::new();
    for field in children(pair, Rule::filter_field) {
        let kind = match child(&field, Rule::filter_kind).map_or("", |word| word.as_str()) {
            "range" => FilterKind::Range,
            "in" => FilterKind::In,
            _ => FilterKind::Equal,
        };
        let alias = child(&field, Rule::name).map(|name| build.name(&name));
        fields.push(FilterField { path: path_inside(build, &field), kind, alias, at: build.at(&field) });
    }
    fields
}

fn group(build: &mut Build<'_>, pair: &Pair<'_>) -> GroupBy {
    let at = build.at(pair);
    let fields = record_inside(build, pair).unwrap_or_else(|| {
        build.missing(at, "a record of what a group yields");
        Record { entries: Vec::new(), at: at.after() }
    });
    GroupBy {
        each: child(pair, Rule::group_each).is_some(),
        key: cond_inside(build, pair),
        alias: child(pair, Rule::name).map(|name| build.name(&name)),
        fields,
    }
}

fn sort(build: &mut Build<'_>, pair: &Pair<'_>) -> SortBy {
    let by_caller = child(pair, Rule::by_caller).is_some();
    SortBy { by_caller, keys: sort_keys(build, pair), at: build.at(pair) }
}

/// The keys of a `sort` pair.
pub(super) fn sort_keys(build: &mut Build<'_>, pair: &Pair<'_>) -> Vec<SortKey> {
    let mut keys = Vec::new();
    for key in children(pair, Rule::sort_key) {
        let descending = child(&key, Rule::direction).is_some_and(|word| word.as_str() == "desc");
        keys.push(SortKey { path: path_inside(build, &key), descending, at: build.at(&key) });
    }
    keys
}

fn page(build: &mut Build<'_>, pair: &Pair<'_>) -> Page {
    let at = build.at(pair);
    let size = child(pair, Rule::range).map(|size| range(build, &size));
    let size = size.unwrap_or(Range { low: None, high: None, at });
    Page { size, by_offset: child(pair, Rule::by_offset).is_some(), at }
}
