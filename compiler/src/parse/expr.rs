//! Expressions: the grammar gives operands and operators in a row, this weighs them.
use std::iter::Peekable;

use pest::iterators::Pairs;
use quater_grammar::Rule;
use smol_str::SmolStr;

use super::build::{Build, Pair, child, first};
use super::literal::{literal, number};
use super::text::text;
use super::{record, statement, verb};
use crate::ast::{Argument, ArgumentKind, BinaryOp, Call, Expr, ExprKind, Name, Path, UnaryOp};
use crate::report::{Code, Report, Span};

/// The most operators in a row: what is longer would be a tree too deep to walk.
const LONGEST_CHAIN: usize = 200;

/// How tight an operator binds; `else` is the loosest.
const ELSE: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const ADD: u8 = 5;
const MULTIPLY: u8 = 6;

type Row<'i> = Peekable<Pairs<'i, Rule>>;

/// An `expr`, `cond` or `default_expr` pair.
pub(super) fn expr(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let inner = pair.clone().into_inner();
    let mut alone = inner.clone();
    if let (Some(only), None) = (alone.next(), alone.next()) {
        return primary(build, &only);
    }
    let at = build.at(pair);
    if inner.clone().count() > 2 * LONGEST_CHAIN {
        build.report(
            Report::new(Code::E0109, at, format!("more than {LONGEST_CHAIN} operators in a row"))
                .help("give parts of it names with `let` or `fn`"),
        );
        return hole(at);
    }
    check_mix(build, inner.clone());
    weigh(build, &mut inner.peekable(), ELSE, at).expr
}

/// `and` and `or` do not mix without parentheses.
fn check_mix(build: &mut Build<'_>, row: Pairs<'_, Rule>) {
    let mut seen: Option<Pair<'_>> = None;
    for sign in row.filter(|pair| is_infix(pair.as_rule())) {
        match (sign.as_str(), &seen) {
            ("else", _) => seen = None,
            ("and" | "or", Some(before)) if before.as_str() != sign.as_str() => {
                let report = Report::new(Code::E0108, build.at(&sign), "`and` and `or` stand side by side")
                    .label(build.at(before), "which of the two is meant first?")
                    .help("put parentheses around one of them");
                build.report(report);
                return;
            }
            ("and" | "or", _) => seen = Some(sign),
            _ => {}
        }
    }
}

/// An operand with the place it takes, parentheses and all.
struct Operand {
    expr: Expr,
    at: Span,
}

/// The expression that is not there.
pub(super) fn hole(at: Span) -> Expr {
    Expr { kind: ExprKind::Hole, at }
}

/// The expression that is missing behind something, reported.
pub(super) fn missing(build: &mut Build<'_>, behind: Span, what: &str) -> Expr {
    build.missing(behind, what);
    hole(behind.after())
}

/// An operator between operands.
enum Infix {
    Else,
    Op(BinaryOp),
}

fn infix(word: &str) -> Option<(u8, Infix)> {
    let (weight, op) = match word {
        "else" => return Some((ELSE, Infix::Else)),
        "or" => (OR, BinaryOp::Or),
        "and" => (AND, BinaryOp::And),
        "==" => (COMPARE, BinaryOp::Equal),
        "!=" => (COMPARE, BinaryOp::NotEqual),
        "<" => (COMPARE, BinaryOp::Less),
        "<=" => (COMPARE, BinaryOp::LessEqual),
        ">" => (COMPARE, BinaryOp::Greater),
        ">=" => (COMPARE, BinaryOp::GreaterEqual),
        "in" => (COMPARE, BinaryOp::In),
        "+" => (ADD, BinaryOp::Add),
        "-" => (ADD, BinaryOp::Subtract),
        "*" => (MULTIPLY, BinaryOp::Multiply),
        "/" => (MULTIPLY, BinaryOp::Divide),
        _ if word.starts_with("not") => (COMPARE, BinaryOp::NotIn),
        _ => return None,
    };
    Some((weight, Infix::Op(op)))
}

fn is_infix(rule: Rule) -> bool {
    matches!(rule, Rule::infix | Rule::infix_plain | Rule::infix_default)
}

/// Reads operands joined by operators that bind at least as tight as `least`.
fn weigh(build: &mut Build<'_>, row: &mut Row<'_>, least: u8, around: Span) -> Operand {
    let mut left = operand(build, row, around);
    let mut compared = false;
    while let Some(next) = row.peek() {
        if matches!(next.as_rule(), Rule::is_null | Rule::has) {
            if COMPARE < least {
                break;
            }
            if let Some(test) = row.next() {
                left = tested(build, left, &test);
            }
            continue;
        }
        let Some((weight, op)) = infix(next.as_str()).filter(|_| is_infix(next.as_rule())) else { break };
        if weight < least {
            break;
        }
        let Some(sign) = row.next() else { break };
        let op_at = build.at(&sign);
        if weight == COMPARE && std::mem::replace(&mut compared, true) {
            let message = format!("comparisons do not follow each other: `{}`", sign.as_str());
            build.report(Report::new(Code::E0108, op_at, message).help("join two comparisons with `and`"));
        }
        let right = weigh(build, row, weight + 1, around);
        left = joined(left, op, op_at, right);
    }
    left
}

fn joined(left: Operand, op: Infix, op_at: Span, right: Operand) -> Operand {
    let at = left.at.to(right.at);
    let (left, right) = (Box::new(left.expr), Box::new(right.expr));
    let kind = match op {
        Infix::Else => ExprKind::Else { value: left, otherwise: right },
        Infix::Op(op) => ExprKind::Binary { op, op_at, left, right },
    };
    Operand { expr: Expr { kind, at }, at }
}

fn tested(build: &Build<'_>, value: Operand, test: &Pair<'_>) -> Operand {
    let at = value.at.to(build.at(test));
    let value = Box::new(value.expr);
    let kind = match child(test, Rule::name) {
        Some(name) => ExprKind::Has { value, name: build.name(&name) },
        None => ExprKind::IsNull { value, negated: test.as_str().contains("not") },
    };
    Operand { expr: Expr { kind, at }, at }
}

/// Reads prefixes, a primary and what follows it.
fn operand(build: &mut Build<'_>, row: &mut Row<'_>, around: Span) -> Operand {
    let Some(pair) = row.next() else {
        let expr = missing(build, around, "a value");
        return Operand { at: expr.at, expr };
    };
    let at = build.at(&pair);
    if pair.as_rule() == Rule::prefix {
        let (op, least) = match pair.as_str() {
            "not" => (UnaryOp::Not, NOT),
            _ => (UnaryOp::Negate, MULTIPLY + 1),
        };
        let operand = weigh(build, row, least, around);
        let at = at.to(operand.at);
        let kind = ExprKind::Unary { op, operand: Box::new(operand.expr) };
        return Operand { expr: Expr { kind, at }, at };
    }
    let mut value = Operand { expr: primary(build, &pair), at };
    while let Some(next) = row.next_if(|next| matches!(next.as_rule(), Rule::member | Rule::subscript)) {
        let at = value.at.to(build.at(&next));
        value = Operand { expr: reached(build, value.expr, at, &next), at };
    }
    value
}

/// A value with what stands behind it after a dot or in brackets.
pub(super) fn postfixed(build: &mut Build<'_>, mut value: Expr, pairs: Pairs<'_, Rule>) -> Expr {
    for next in pairs {
        let at = value.at.to(build.at(&next));
        value = reached(build, value, at, &next);
    }
    value
}

fn reached(build: &mut Build<'_>, base: Expr, at: Span, pair: &Pair<'_>) -> Expr {
    let (base, inner) = (Box::new(base), first(pair));
    let kind = match (pair.as_rule(), inner) {
        (Rule::member, Some(name)) => ExprKind::Field { base, name: build.name(&name) },
        (_, Some(index)) => ExprKind::Index { base, index: Box::new(expr(build, &index)) },
        (_, None) => ExprKind::Hole,
    };
    Expr { kind, at }
}

/// A pair that is a value by itself.
pub(super) fn primary(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let at = build.at(pair);
    let kind = match pair.as_rule() {
        Rule::text => ExprKind::Text(text(build, pair)),
        Rule::number => return number(build, pair),
        Rule::reference => return reference(build, pair),
        Rule::header_value => header_value(build, pair),
        Rule::paren => return paren(build, pair),
        Rule::list => {
            ExprKind::List(pair.clone().into_inner().map(|element| expr(build, &element)).collect())
        }
        Rule::braces => record::braces(build, pair),
        Rule::matching => ExprKind::Match(Box::new(statement::matching(build, pair))),
        _ => return verb::verb(build, pair),
    };
    Expr { kind, at }
}

/// `header "x"`: reads like a word of the language, and is a call of the builtin `header`.
fn header_value(build: &mut Build<'_>, pair: &Pair<'_>) -> ExprKind {
    let at = build.at(pair);
    let word = Span { end: at.start + 6, ..at };
    let name = Name { text: SmolStr::new_static("header"), at: word };
    let inner = super::field::text_inside(build, pair);
    let value = Expr { at: inner.at, kind: ExprKind::Text(inner) };
    let arguments = vec![Argument { at: value.at, kind: ArgumentKind::Value(value) }];
    ExprKind::Call(Call { callee: Path { names: vec![name], at: word }, arguments, at })
}

/// A name, a path or a call.
pub(super) fn reference(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let at = build.at(pair);
    let Some(path) = child(pair, Rule::reference_path) else { return hole(at) };
    let arguments = child(pair, Rule::arguments_loose);
    match arguments {
        Some(arguments) => {
            let callee = build.path(&path);
            let arguments = super::argument::arguments(build, &arguments);
            Expr { kind: ExprKind::Call(Call { callee, arguments, at }), at }
        }
        None => dotted(build, &path),
    }
}

/// A `reference_path` pair as a name and its members.
pub(super) fn dotted(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let mut names = build.path(pair).names.into_iter();
    let Some(name) = names.next() else { return hole(build.at(pair)) };
    let at = name.at;
    if let Some(value) = literal(&name.text).filter(|_| names.len() == 0) {
        return Expr { kind: ExprKind::Literal(value), at };
    }
    if ["and", "or", "not", "in", "is", "has", "else"].contains(&name.text.as_str()) {
        build.report(Report::new(Code::E0101, at, format!("expected a value, found `{}`", name.text)));
        return hole(at);
    }
    names.fold(Expr { kind: ExprKind::Name(name), at }, |base, name| {
        let at = base.at.to(name.at);
        Expr { kind: ExprKind::Field { base: Box::new(base), name }, at }
    })
}

fn paren(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let at = build.at(pair);
    let mut values: Vec<Expr> = pair.clone().into_inner().map(|value| expr(build, &value)).collect();
    match values.len() {
        1 => values.pop().unwrap_or_else(|| hole(at)),
        _ => Expr { kind: ExprKind::Tuple(values), at },
    }
}

/// A `regex` pair, without its slashes.
pub(super) fn regex(build: &Build<'_>, pair: &Pair<'_>) -> Expr {
    let between = pair.as_str().strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).unwrap_or("");
    let pattern = between.replace('\u{1C}', "{").replace('\u{1D}', "}");
    Expr { kind: ExprKind::Regex(SmolStr::new(pattern)), at: build.at(pair) }
}
