//! Expressions as one line of text, the same however the file lays them out.
use crate::entity::Column;
use crate::expr::{Compare, Context, Expr, Node, Operator, Slot};
use crate::operation::Input;
use crate::types::{Field, Type};
use crate::value::Literal;
use crate::{Id, Program};

/// An expression over the caller, or a default.
pub fn text(program: &Program, expr: &Expr) -> String {
    text_over(program, &[], expr)
}

/// An expression over inputs, which it calls by their names.
pub fn text_over(program: &Program, inputs: &[Input], expr: &Expr) -> String {
    let text = |expr: &Expr| text_over(program, inputs, expr);
    let list = |items: &[Expr], between: &str| items.iter().map(text).collect::<Vec<_>>().join(between);
    match &expr.node {
        Node::Literal(literal) => text_of_literal(literal),
        Node::Slot(slot) => of_slot(inputs, *slot),
        Node::Column { via, column, .. } => {
            format!("column {}", path(via.iter().chain([column])))
        }
        Node::RowColumn { row, column } => of_row(program, row, *column, text(row)),
        Node::Member { record, field } => of_record(program, record, *field, text(record)),
        Node::Context(context) => of_context(context),
        Node::Env(value) => format!("env.{}", program.env[*value].name),
        Node::Not(inner) => format!("not {}", text(inner)),
        Node::Negate(inner) => format!("-{}", text(inner)),
        Node::And(items) => format!("({})", list(items, " and ")),
        Node::Or(items) => format!("({})", list(items, " or ")),
        Node::Compare(compare, a, b) => format!("({} {} {})", text(a), of_compare(*compare), text(b)),
        Node::In(item, items) => format!("({} in [{}])", text(item), list(items, ", ")),
        Node::Contains { list, item } => format!("({} in {})", text(item), text(list)),
        Node::IsNull(inner) => format!("({} is null)", text(inner)),
        Node::Arithmetic(how, a, b) => format!("({} {} {})", text(a), of_operator(how.operator), text(b)),
        Node::Convert(inner) | Node::Refine { value: inner, .. } => text(inner),
        Node::Call(builtin, arguments) => format!("{}({})", builtin.name(), list(arguments, ", ")),
        Node::Sign { auth, claims, life } => {
            let claims = claims.iter().map(|(name, value)| format!("{name}: {}", text(value)));
            let (auth, claims) = (&program.auths[*auth].name, claims.collect::<Vec<_>>().join(", "));
            format!("sign({auth}, {{ {claims} }}, for: {})", text(life))
        }
        Node::Concat(parts) => format!("({})", list(parts, " & ")),
        Node::Record(_, members) => format!("{{ {} }}", list(members, ", ")),
        Node::List(items) => format!("[{}]", list(items, ", ")),
        Node::Project { row, .. } => text(row),
        Node::Coalesce(first, second) => format!("({} else {})", text(first), text(second)),
        Node::If { condition, then, otherwise } => {
            format!("(if {} then {} else {})", text(condition), text(then), text(otherwise))
        }
        Node::Related { .. }
        | Node::Rows(_)
        | Node::Element(_)
        | Node::Fold { .. }
        | Node::Index { .. }
        | Node::Tuple(_)
        | Node::Part { .. }
        | Node::Map(_)
        | Node::MapOf { .. }
        | Node::Variant { .. }
        | Node::Narrow { .. }
        | Node::Patch(_)
        | Node::Match { .. }
        | Node::Has { .. }
        | Node::FilePart { .. }
        | Node::GroupKey
        | Node::Aggregate { .. } => {
            let inside = expr.children().into_iter().map(text).collect::<Vec<_>>().join(", ");
            format!("{}({inside})", form(&expr.node))
        }
    }
}

fn of_slot(inputs: &[Input], slot: Slot) -> String {
    let named = inputs.iter().find(|input| input.slot == slot);
    named.map_or_else(|| format!("input {}", slot.0), |input| input.name.to_string())
}

/// A column of a row that is told already, by its name.
fn of_row(program: &Program, row: &Expr, column: Id<Column>, told: String) -> String {
    let (Type::Row(entity) | Type::Ref(entity)) = row.ty.required() else { return told };
    let named = program.entities[*entity].columns.find(column);
    format!("{told}.{}", named.map_or("", |column| column.name.as_str()))
}

/// A member of a record that is told already, by its name.
fn of_record(program: &Program, record: &Expr, field: Id<Field>, told: String) -> String {
    let Type::Record(id) = record.ty.required() else { return told };
    let named = program.records[*id].fields.find(field);
    format!("{told}.{}", named.map_or("", |field| field.name.as_str()))
}

/// What is made of the parts of a node, with what of it is no part.
fn form(node: &Node) -> String {
    match node {
        Node::Related { up, via, .. } => format!("row {up} {}", path(via)),
        Node::Rows(rows) => {
            format!("rows {} {} {} {:?}", rows.up, path(&rows.via), rows.by.index(), rows.gives)
        }
        Node::Element(up) => format!("element {up}"),
        Node::Fold { function, .. } => format!("{function:?}").to_lowercase(),
        Node::Index { .. } => "index".to_owned(),
        Node::Tuple(_) => "tuple".to_owned(),
        Node::Part { at, .. } => format!("part {at}"),
        Node::Map(_) | Node::MapOf { .. } => "map".to_owned(),
        Node::Patch(members) => {
            format!("patch {}", path(members.iter().map(|(field, _)| field)))
        }
        Node::Variant { member, .. } | Node::Narrow { member, .. } => format!("member {member}"),
        Node::Match { arms, .. } => {
            format!("match {:?}", arms.iter().map(|(patterns, _)| patterns).collect::<Vec<_>>())
        }
        Node::Has { field, .. } => format!("has {}", field.index()),
        Node::FilePart { part, .. } => format!("{part:?}").to_lowercase(),
        Node::GroupKey => "key".to_owned(),
        Node::Aggregate { function, .. } => format!("{function:?}").to_lowercase(),
        Node::Literal(_)
        | Node::Slot(_)
        | Node::Column { .. }
        | Node::RowColumn { .. }
        | Node::Member { .. }
        | Node::Context(_)
        | Node::Env(_)
        | Node::Not(_)
        | Node::Negate(_)
        | Node::And(_)
        | Node::Or(_)
        | Node::Compare(..)
        | Node::In(..)
        | Node::Contains { .. }
        | Node::IsNull(_)
        | Node::Arithmetic(..)
        | Node::Convert(_)
        | Node::Call(..)
        | Node::Sign { .. }
        | Node::Concat(_)
        | Node::Record(..)
        | Node::List(_)
        | Node::Project { .. }
        | Node::Coalesce(..)
        | Node::If { .. }
        | Node::Refine { .. } => String::new(),
    }
}

fn path<'a, T: 'a>(columns: impl IntoIterator<Item = &'a Id<T>>) -> String {
    columns.into_iter().map(|column| column.index().to_string()).collect::<Vec<_>>().join(".")
}

/// A literal as it stands in such a text.
pub fn text_of_literal(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(truth) => truth.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => number.to_string(),
        Literal::Decimal(number) => number.normalize().to_string(),
        Literal::Text(text) => format!("\"{}\"", text.escape_default()),
        Literal::Duration(length) => format!("{length}ms"),
    }
}

fn of_context(context: &Context) -> String {
    match context {
        Context::Actor => "actor".to_owned(),
        Context::Role => "role".to_owned(),
        Context::Tenant => "tenant".to_owned(),
        Context::Door => "door".to_owned(),
        Context::RequestId => "request.id".to_owned(),
        Context::RequestIp => "request.ip".to_owned(),
        Context::Credential => "credential".to_owned(),
        Context::Claim(name) => format!("claims.{name}"),
        Context::Header(name) => format!("header \"{name}\""),
    }
}

const fn of_compare(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "==",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::AtMost => "<=",
        Compare::Greater => ">",
        Compare::AtLeast => ">=",
    }
}

const fn of_operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
    }
}
