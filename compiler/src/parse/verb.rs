//! Verbs of bodies.
use quater_grammar::Rule;

use super::argument::call;
use super::build::{Build, Pair, child, children};
use super::expr::{dotted, expr, hole, missing, postfixed, reference};
use super::field::{name_inside, text_inside};
use super::query::{cond_inside, late_clauses, path_inside, query};
use super::record::{only_expr, record_inside};
use super::text::text;
use crate::ast::{
    Aggregate, Call, Create, Emit, Expr, ExprKind, Progress, Query, Record, Target, Update, Upsert, Verb,
};

/// A pair of one of the verbs.
pub(super) fn verb(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let at = build.at(pair);
    let verb = match pair.as_rule() {
        Rule::find => Verb::Find(query_inside(build, pair)),
        Rule::list_rows => Verb::List(query_inside(build, pair)),
        Rule::exists => Verb::Exists(query_inside(build, pair)),
        Rule::aggregate => Verb::Aggregate { kind: aggregate(pair), query: query_inside(build, pair) },
        Rule::create => create(build, pair),
        Rule::upsert => upsert(build, pair),
        Rule::update => update(build, pair),
        Rule::delete => Verb::Delete(target(build, pair)),
        Rule::call_verb => Verb::Call(call_inside(build, pair)),
        Rule::enqueue => Verb::Enqueue(call_inside(build, pair)),
        Rule::emit => Verb::Emit(Emit { channel: call_inside(build, pair), message: only_expr(build, pair) }),
        Rule::send => send(build, pair),
        Rule::link => Verb::Link { file: cond_inside(build, pair), lasting: lasting(build, pair) },
        Rule::read => Verb::Read(cond_inside(build, pair)),
        Rule::reveal => Verb::Reveal { value: cond_inside(build, pair), reason: text_inside(build, pair) },
        Rule::progress => progress(build, pair),
        _ => return primary_or_hole(build, pair),
    };
    Expr { kind: ExprKind::Verb(Box::new(verb)), at }
}

/// Only rules that are values come here; the grammar knows no others.
fn primary_or_hole(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    debug_assert!(false, "{:?} is no value", pair.as_rule());
    hole(build.at(pair))
}

fn query_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Query {
    let inner = child(pair, Rule::query);
    query(build, inner.as_ref().unwrap_or(pair))
}

fn call_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Call {
    let inner = child(pair, Rule::call);
    call(build, inner.as_ref().unwrap_or(pair))
}

fn aggregate(pair: &Pair<'_>) -> Aggregate {
    match child(pair, Rule::aggregate_word).map_or("", |word| word.as_str()) {
        "count" => Aggregate::Count,
        "sum" => Aggregate::Sum,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        _ => Aggregate::Avg,
    }
}

fn create(build: &mut Build<'_>, pair: &Pair<'_>) -> Verb {
    let from = child(pair, Rule::create_from).and_then(|from| child(&from, Rule::reference));
    Verb::Create(Create {
        entity: path_inside(build, pair),
        from: from.map(|from| reference(build, &from)),
        fields: record_inside(build, pair),
        across_tenants: child(pair, Rule::across).map(|across| build.at(&across)),
    })
}

fn upsert(build: &mut Build<'_>, pair: &Pair<'_>) -> Verb {
    let at = build.at(pair);
    let mut records: Vec<Record> =
        children(pair, Rule::braces).map(|braces| super::record::record(build, &braces)).collect();
    let otherwise = if records.len() > 1 { records.pop() } else { None };
    let fields = records.pop().unwrap_or(Record { entries: Vec::new(), at });
    Verb::Upsert(Upsert {
        entity: path_inside(build, pair),
        by: build.names_inside(pair),
        fields,
        otherwise,
        across_tenants: child(pair, Rule::across).map(|across| build.at(&across)),
    })
}

fn update(build: &mut Build<'_>, pair: &Pair<'_>) -> Verb {
    let from = child(pair, Rule::update_from).map(|from| {
        let mut inner = from.clone().into_inner();
        match inner.next() {
            Some(base) => {
                let base = reference(build, &base);
                postfixed(build, base, inner)
            }
            None => hole(build.at(&from)),
        }
    });
    let mut target = target(build, pair);
    if let (Target::Rows(rows), Some(late), Some(braces)) =
        (&mut target, child(pair, Rule::late), child(pair, Rule::braces))
    {
        late_clauses(build, rows, &late, &braces);
    }
    Verb::Update(Update { target, from, fields: record_inside(build, pair) })
}

/// The `row` or `rows` inside a pair.
fn target(build: &mut Build<'_>, pair: &Pair<'_>) -> Target {
    if let Some(rows) = child(pair, Rule::rows) {
        return Target::Rows(query(build, &rows));
    }
    match child(pair, Rule::row) {
        Some(one) => Target::Row(row(build, &one)),
        None => Target::Row(missing(build, build.at(pair), "a row")),
    }
}

/// A `row` pair.
pub(super) fn row(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let mut inner = pair.clone().into_inner();
    let Some(base) = inner.next() else { return hole(build.at(pair)) };
    let base = dotted(build, &base);
    postfixed(build, base, inner)
}

fn send(build: &mut Build<'_>, pair: &Pair<'_>) -> Verb {
    let message = only_expr(build, pair);
    let message = message.unwrap_or_else(|| missing(build, build.at(pair), "a letter"));
    Verb::Send { resource: name_inside(build, pair), message }
}

fn lasting(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<Expr> {
    child(pair, Rule::link_for).map(|lasting| cond_inside(build, &lasting))
}

fn progress(build: &mut Build<'_>, pair: &Pair<'_>) -> Verb {
    let mut amounts = children(pair, Rule::cond);
    let at = build.at(pair);
    let done = amounts.next().map_or_else(|| hole(at), |done| expr(build, &done));
    let total = amounts.next().map_or_else(|| hole(at), |total| expr(build, &total));
    Verb::Progress(Progress { done, total, text: child(pair, Rule::text).map(|inner| text(build, &inner)) })
}
