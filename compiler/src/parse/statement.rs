//! The steps of a body, and `match`.
use quater_grammar::Rule;

use super::build::{Build, Pair, child, children};
use super::expected::{Place, stray};
use super::expr::{expr, hole, missing};
use super::field::name_inside;
use super::literal::{bound, literal};
use super::query::cond_inside;
use super::record::only_expr;
use super::text::text;
use crate::ast::{
    ArmBody, Block, Expr, ExprKind, IfBranch, Literal, MatchArm, Matching, Pattern, PatternKind, Statement,
    StatementKind,
};
use crate::report::{Code, Report};

/// A `block` pair.
pub(super) fn block(build: &mut Build<'_>, pair: &Pair<'_>) -> Block {
    let at = build.at(pair);
    let statements = pair.clone().into_inner().map(|one| statement(build, &one, Place::Steps)).collect();
    Block { statements, at }
}

/// The block inside a pair that the grammar gives one.
pub(super) fn block_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Block {
    match child(pair, Rule::block) {
        Some(inner) => block(build, &inner),
        None => Block { statements: Vec::new(), at: build.at(pair).after() },
    }
}

/// A `statement`, `one_statement` or `bad_line` pair.
pub(super) fn statement(build: &mut Build<'_>, pair: &Pair<'_>, place: Place) -> Statement {
    let at = build.at(pair);
    let inner = pair.clone().into_inner().next();
    let kind = match inner {
        None => {
            stray(build, pair, place);
            StatementKind::Stray
        }
        Some(inner) => step(build, &inner),
    };
    Statement { kind, at }
}

fn step(build: &mut Build<'_>, pair: &Pair<'_>) -> StatementKind {
    match pair.as_rule() {
        Rule::let_statement => {
            let value = only_expr(build, pair);
            let value = value.unwrap_or_else(|| hole(build.at(pair)));
            StatementKind::Let { name: name_inside(build, pair), value }
        }
        Rule::require => require(build, pair),
        Rule::if_statement => if_statement(build, pair),
        Rule::for_statement => StatementKind::For {
            element: name_inside(build, pair),
            list: cond_inside(build, pair),
            body: block_inside(build, pair),
        },
        Rule::return_statement => StatementKind::Return(only_expr(build, pair)),
        _ => do_statement(build, pair),
    }
}

/// A verb or a `match`. A value that only begins with one does nothing, and can't stand alone when it is printed.
fn do_statement(build: &mut Build<'_>, pair: &Pair<'_>) -> StatementKind {
    let value = only_expr(build, pair).unwrap_or_else(|| hole(build.at(pair)));
    if does_something(&value) {
        return StatementKind::Do(value);
    }
    let report = Report::new(Code::E0101, value.at, "a value alone does nothing");
    build.report(report.help("write `let name = …`, or `return …`"));
    StatementKind::Stray
}

fn does_something(value: &Expr) -> bool {
    if let ExprKind::Else { value, .. } = &value.kind {
        return does_something(value);
    }
    matches!(value.kind, ExprKind::Verb(_) | ExprKind::Match(_) | ExprKind::Hole)
}

fn require(build: &mut Build<'_>, pair: &Pair<'_>) -> StatementKind {
    let at = build.at(pair);
    let condition = cond_inside(build, pair);
    let otherwise = only_expr(build, pair).unwrap_or_else(|| {
        let report = Report::new(Code::E0104, at.after(), "`require` does not say with which error it fails");
        build.report(report.help("end it with `else` and an error"));
        hole(at.after())
    });
    StatementKind::Require { condition, otherwise }
}

fn if_statement(build: &mut Build<'_>, pair: &Pair<'_>) -> StatementKind {
    let mut branches = Vec::new();
    let mut conditions = children(pair, Rule::cond);
    let mut otherwise = None;
    for inner in children(pair, Rule::block) {
        let body = block(build, &inner);
        match conditions.next() {
            Some(condition) => branches.push(IfBranch { condition: expr(build, &condition), body }),
            None => otherwise = Some(body),
        }
    }
    StatementKind::If { branches, otherwise }
}

/// A `matching` pair.
pub(super) fn matching(build: &mut Build<'_>, pair: &Pair<'_>) -> Matching {
    let subject = cond_inside(build, pair);
    let mut arms = Vec::new();
    if let Some(inner) = child(pair, Rule::arms) {
        for one in inner.into_inner() {
            arms.push(arm(build, &one));
        }
    }
    Matching { subject, arms }
}

fn arm(build: &mut Build<'_>, pair: &Pair<'_>) -> MatchArm {
    let at = build.at(pair);
    let Some(body) = child(pair, Rule::arm_body) else {
        stray(build, pair, Place::Arms);
        return MatchArm { patterns: Vec::new(), body: ArmBody::Value(hole(at)), at };
    };
    let patterns = children(pair, Rule::pattern).map(|one| pattern(build, &one)).collect();
    MatchArm { patterns, body: arm_body(build, &body), at }
}

fn arm_body(build: &mut Build<'_>, pair: &Pair<'_>) -> ArmBody {
    let at = build.at(pair);
    let Some(inner) = pair.clone().into_inner().next() else { return ArmBody::Value(hole(at)) };
    match inner.as_rule() {
        Rule::block => ArmBody::Block(block(build, &inner)),
        Rule::one_statement => {
            let statements = vec![statement(build, &inner, Place::Steps)];
            ArmBody::Block(Block { statements, at })
        }
        _ => ArmBody::Value(expr(build, &inner)),
    }
}

fn pattern(build: &mut Build<'_>, pair: &Pair<'_>) -> Pattern {
    let at = build.at(pair);
    let kind = match pair.clone().into_inner().next() {
        None => PatternKind::Else,
        Some(inner) => match inner.as_rule() {
            Rule::pattern_else => PatternKind::Else,
            Rule::literal => PatternKind::Literal(literal(inner.as_str()).unwrap_or(Literal::Null)),
            Rule::text => PatternKind::Text(text(build, &inner)),
            Rule::bound => number_pattern(build, &inner),
            _ => PatternKind::Name(build.name(&inner)),
        },
    };
    Pattern { kind, at }
}

fn number_pattern(build: &mut Build<'_>, pair: &Pair<'_>) -> PatternKind {
    let value = bound(build, pair);
    let negative = pair.as_str().starts_with('-');
    let literal = match value.kind {
        ExprKind::Literal(literal) => literal,
        ExprKind::Unary { operand, .. } => match operand.kind {
            ExprKind::Literal(literal) => literal,
            _ => Literal::Null,
        },
        _ => Literal::Null,
    };
    PatternKind::Literal(if negative { negated(literal) } else { literal })
}

fn negated(literal: Literal) -> Literal {
    match literal {
        Literal::Int(value) => Literal::Int(-value),
        Literal::Decimal(value) => Literal::Decimal(-value),
        Literal::Null | Literal::Bool(_) | Literal::Duration { .. } | Literal::Size { .. } => literal,
    }
}

/// A `cond` or an `expr` pair inside a pair, whichever is there.
pub(super) fn value_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> crate::ast::Expr {
    let inner = pair.clone().into_inner().find(|inner| matches!(inner.as_rule(), Rule::cond | Rule::expr));
    match inner {
        Some(inner) => expr(build, &inner),
        None => missing(build, build.at(pair), "a value"),
    }
}
