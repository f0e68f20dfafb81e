//! Expressions, with parentheses where they are needed and nowhere else.
use std::fmt::Write;

use super::doc::{Doc, Item, Shape, group, row, text, words};
use super::record::{map, record};
use super::{statement, verb};
use crate::ast::{
    Argument, ArgumentKind, BinaryOp, Call, Expr, ExprKind, Literal, Range, SizeUnit, TimeUnit, UnaryOp,
};
use crate::ast::{Text, TextPart};

/// Where an expression stands, as far as parentheses go.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// What binds looser than this needs parentheses.
    least: u8,
    /// Whether a record would be read as a block.
    condition: bool,
    /// Whether `in` would be read as something else.
    no_in: bool,
    /// Whether nothing follows that a verb could take for its own.
    last: bool,
}

const ELSE: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const ADD: u8 = 5;
const MULTIPLY: u8 = 6;
const NEGATE: u8 = 7;
const POSTFIX: u8 = 8;

impl Around {
    /// Where anything may stand.
    pub(super) const FREE: Self = Self { least: ELSE, condition: false, no_in: false, last: true };
    /// Behind `if`, `require`, `when`.
    pub(super) const CONDITION: Self = Self { least: OR, condition: true, no_in: false, last: true };
    /// In a clause that others may follow.
    pub(super) const CLAUSE: Self = Self { least: OR, condition: true, no_in: false, last: false };
    /// Behind the `=` of a field.
    pub(super) const DEFAULT: Self = Self { least: ELSE, condition: false, no_in: true, last: false };

    /// Whether nothing follows that a verb could take for its own.
    pub(super) fn is_last(self) -> bool {
        self.last
    }

    fn tighter(self, least: u8) -> Self {
        Self { least, ..self }
    }

    fn not_last(self) -> Self {
        Self { last: false, ..self }
    }
}

/// An expression where anything may stand.
pub(super) fn free(expr: &Expr) -> Doc {
    expr_doc(expr, Around::FREE)
}

/// An expression where some things need parentheses.
pub(super) fn expr_doc(expr: &Expr, around: Around) -> Doc {
    if needs_parentheses(expr, around) {
        return row([text("("), bare(expr, Around::FREE), text(")")]);
    }
    bare(expr, around)
}

fn needs_parentheses(expr: &Expr, around: Around) -> bool {
    if let ExprKind::Verb(inner) = &expr.kind {
        let opens = around.condition && verb::opens_block(inner);
        return opens || !(around.last || verb::is_closed(inner));
    }
    let record = matches!(expr.kind, ExprKind::Record(_) | ExprKind::Map(_) | ExprKind::MapFor { .. });
    let matching = matches!(expr.kind, ExprKind::Match(_));
    let within = matches!(expr.kind, ExprKind::Binary { op: BinaryOp::In | BinaryOp::NotIn, .. });
    (record && around.condition)
        || (matching && (around.condition || !around.last))
        || (within && around.no_in)
        || weight(&expr.kind) < around.least
}

fn weight(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::Else { .. } | ExprKind::Lambda { .. } => ELSE,
        ExprKind::Binary { op, .. } => op_weight(*op),
        ExprKind::IsNull { .. } | ExprKind::Has { .. } => COMPARE,
        ExprKind::Unary { op: UnaryOp::Not, .. } => NOT,
        ExprKind::Unary { op: UnaryOp::Negate, .. } => NEGATE,
        ExprKind::Literal(_)
        | ExprKind::Text(_)
        | ExprKind::Regex(_)
        | ExprKind::Name(_)
        | ExprKind::Field { .. }
        | ExprKind::Index { .. }
        | ExprKind::Call(_)
        | ExprKind::List(_)
        | ExprKind::Tuple(_)
        | ExprKind::Record(_)
        | ExprKind::Map(_)
        | ExprKind::MapFor { .. }
        | ExprKind::Match(_)
        | ExprKind::Verb(_)
        | ExprKind::Hole => POSTFIX + 1,
    }
}

fn op_weight(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => OR,
        BinaryOp::And => AND,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual
        | BinaryOp::In
        | BinaryOp::NotIn => COMPARE,
        BinaryOp::Add | BinaryOp::Subtract => ADD,
        BinaryOp::Multiply | BinaryOp::Divide => MULTIPLY,
    }
}

fn op_sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::In => "in",
        BinaryOp::NotIn => "not in",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
    }
}

fn bare(expr: &Expr, around: Around) -> Doc {
    match &expr.kind {
        ExprKind::Literal(literal) => text(literal_text(literal)),
        ExprKind::Text(value) => text(quoted(value)),
        ExprKind::Regex(pattern) => text(format!("/{pattern}/")),
        ExprKind::Name(name) => text(name.text.as_str()),
        ExprKind::Field { base, name } => {
            row([expr_doc(base, around.tighter(POSTFIX).not_last()), text(format!(".{}", name.text))])
        }
        ExprKind::Index { base, index } => {
            row([expr_doc(base, around.tighter(POSTFIX).not_last()), text("["), free(index), text("]")])
        }
        ExprKind::Call(inner) => call(inner),
        ExprKind::Unary { op: UnaryOp::Not, operand } => {
            words([text("not"), expr_doc(operand, around.tighter(NOT))])
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => {
            row([text("-"), expr_doc(operand, around.tighter(NEGATE))])
        }
        ExprKind::Binary { op, left, right, .. } => binary(*op, left, right, around),
        ExprKind::IsNull { value, negated } => {
            let test = if *negated { "is not null" } else { "is null" };
            words([expr_doc(value, around.tighter(ADD).not_last()), text(test)])
        }
        ExprKind::Has { value, name } => {
            words([expr_doc(value, around.tighter(ADD).not_last()), text("has"), text(name.text.as_str())])
        }
        ExprKind::Else { value, otherwise } => {
            let value_last = !matches!(&value.kind, ExprKind::Verb(inner) if verb::takes_else(inner));
            let value_around = Around { last: value_last, ..around };
            words([expr_doc(value, value_around), text("else"), expr_doc(otherwise, around.tighter(OR))])
        }
        ExprKind::List(elements) => group(Shape::Square, elements.iter().map(element).collect(), expr.at),
        ExprKind::Tuple(elements) => group(Shape::Round, elements.iter().map(element).collect(), expr.at),
        ExprKind::Record(inner) => record(inner),
        ExprKind::Map(entries) => map(entries, expr.at),
        ExprKind::MapFor { key, value, element, list } => {
            let made = words([
                row([expr_doc(key, Around::FREE.tighter(POSTFIX)), text(":")]),
                expr_doc(value, Around::FREE.not_last()),
                text(format!("for {} in", element.text)),
                free(list),
            ]);
            row([text("{ "), made, text(" }")])
        }
        ExprKind::Lambda { parameter, body } => words([text(format!("{} =>", parameter.text)), free(body)]),
        ExprKind::Match(inner) => statement::matching(inner, expr.at),
        ExprKind::Verb(inner) => verb::verb(inner, around),
        ExprKind::Hole => text(""),
    }
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, around: Around) -> Doc {
    let weight = op_weight(op);
    let mixes = |side: &Expr| match (&side.kind, op) {
        (ExprKind::Binary { op: BinaryOp::And, .. }, BinaryOp::Or) => POSTFIX,
        _ => weight,
    };
    let left_least = if weight == COMPARE { ADD } else { mixes(left) };
    let right_least = if mixes(right) == POSTFIX { POSTFIX } else { weight + 1 };
    words([
        expr_doc(left, around.tighter(left_least).not_last()),
        text(op_sign(op)),
        expr_doc(right, around.tighter(right_least)),
    ])
}

fn element(expr: &Expr) -> Item {
    Item { at: expr.at, doc: free(expr) }
}

/// `name(…)`
pub(super) fn call(call: &Call) -> Doc {
    let names: Vec<&str> = call.callee.names.iter().map(|name| name.text.as_str()).collect();
    if let (
        [Argument { kind: ArgumentKind::Value(Expr { kind: ExprKind::Text(header), .. }), .. }],
        ["header"],
    ) = (call.arguments.as_slice(), names.as_slice())
    {
        return text(format!("header {}", quoted(header)));
    }
    row([text(names.join(".")), arguments(&call.arguments, call.at)])
}

/// What stands in parentheses behind a name.
pub(super) fn arguments(arguments: &[Argument], at: crate::report::Span) -> Doc {
    let items = arguments.iter().map(|one| Item { at: one.at, doc: argument(one) }).collect();
    group(Shape::Round, items, at)
}

fn argument(argument: &Argument) -> Doc {
    match &argument.kind {
        ArgumentKind::Value(value) => free(value),
        ArgumentKind::Named { name, value, optional } => words([
            text(format!("{}:", name.text)),
            row([free(value), text(if *optional { "?" } else { "" })]),
        ]),
        ArgumentKind::Computed { name, value } => words([text(format!("{} =", name.text)), free(value)]),
        ArgumentKind::Optional(value) => {
            row([expr_doc(value, Around::FREE.tighter(POSTFIX).not_last()), text("?")])
        }
        ArgumentKind::Range(bounds) => range(bounds),
        ArgumentKind::Everything => text("*"),
        ArgumentKind::Stray => text(""),
    }
}

/// `1..80`
pub(super) fn range(range: &Range) -> Doc {
    let end = |end: &Option<Box<Expr>>| end.as_deref().map_or_else(|| text(""), free);
    row([end(&range.low), text(".."), end(&range.high)])
}

/// A literal as it is written.
pub(super) fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Decimal(value) => value.to_string(),
        Literal::Duration { count, unit } => format!("{count}{}", time_unit(*unit)),
        Literal::Size { count, unit } => format!("{count}{}", size_unit(*unit)),
    }
}

fn time_unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Millisecond => "ms",
        TimeUnit::Second => "s",
        TimeUnit::Minute => "m",
        TimeUnit::Hour => "h",
        TimeUnit::Day => "d",
        TimeUnit::Week => "w",
    }
}

fn size_unit(unit: SizeUnit) -> &'static str {
    match unit {
        SizeUnit::Byte => "b",
        SizeUnit::Kilobyte => "kb",
        SizeUnit::Megabyte => "mb",
        SizeUnit::Gigabyte => "gb",
    }
}

/// A text with its quotes.
pub(super) fn quoted(value: &Text) -> String {
    let mut out = String::from("\"");
    for part in &value.parts {
        match part {
            TextPart::Letters(letters) => letters.chars().for_each(|letter| escape(&mut out, letter)),
            TextPart::Value(inner) => {
                let flat = free(inner).flat();
                let space = if flat.starts_with('{') || flat.ends_with('}') { " " } else { "" };
                out.extend(["{", space, &flat, space, "}"]);
            }
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, letter: char) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '{' => out.push_str("{{"),
        '}' => out.push_str("}}"),
        letter if letter.is_control() => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:X}}}", u32::from(letter));
        }
        letter => out.push(letter),
    }
}
