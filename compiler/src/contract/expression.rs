//! Expressions as one line of text, the same however the file lays them out.
use quater_ir::Program;
use quater_ir::expr::{Compare, Context, Expr, Node, Operator};
use quater_ir::types::Type;
use quater_ir::value::Literal;

/// An expression over the caller, or a default.
pub(super) fn text(program: &Program, expr: &Expr) -> String {
    let text = |expr: &Expr| text(program, expr);
    let list = |items: &[Expr], between: &str| items.iter().map(text).collect::<Vec<_>>().join(between);
    match &expr.node {
        Node::Literal(literal) => of_literal(literal),
        Node::Slot(slot) => format!("input {}", slot.0),
        Node::Column { via, column } => {
            let names: Vec<String> =
                via.iter().chain([column]).map(|column| column.index().to_string()).collect();
            format!("column {}", names.join("."))
        }
        Node::RowColumn { row, column } => {
            let (Type::Row(entity) | Type::Ref(entity)) = row.ty.required() else { return text(row) };
            let named = program.entities[*entity].columns.find(*column);
            format!("{}.{}", text(row), named.map_or("", |column| column.name.as_str()))
        }
        Node::Member { record, field } => {
            let Type::Record(id) = record.ty.required() else { return text(record) };
            let named = program.records[*id].fields.find(*field);
            format!("{}.{}", text(record), named.map_or("", |field| field.name.as_str()))
        }
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
            let claims = claims.collect::<Vec<_>>().join(", ");
            format!("sign({}, {{ {claims} }}, for: {})", program.auths[*auth].name, text(life))
        }
        Node::Concat(parts) => format!("({})", list(parts, " & ")),
        Node::Record(_, members) => format!("{{ {} }}", list(members, ", ")),
        Node::List(items) => format!("[{}]", list(items, ", ")),
        Node::Project { row, .. } => text(row),
        Node::Coalesce(first, second) => format!("({} else {})", text(first), text(second)),
        Node::If { condition, then, otherwise } => {
            format!("(if {} then {} else {})", text(condition), text(then), text(otherwise))
        }
    }
}

fn of_literal(literal: &Literal) -> String {
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
