//! Conditions of queries that would tell a secret bit by bit: it may be looked for as a whole, as a key is,
//! and never by its order or by its parts, because who asks often enough then finds it out.
use super::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::builtin::Builtin;
use quater_ir::entity::Entity;
use quater_ir::expr::{Compare, Expr, Node, RowsGive};
use quater_ir::types::Type;
use smol_str::SmolStr;

impl Checker<'_> {
    /// That a condition over rows looks at no part of a secret column.
    pub(crate) fn guesses_nothing(&mut self, entity: Id<Entity>, condition: &Expr, at: Span) -> Option<()> {
        let Some(column) = self.guessed(&mut vec![entity], condition) else { return Some(()) };
        let message = format!("`{column}` is secret: whoever asks for its order or its parts finds it out");
        let report = Report::new(Code::E0403, at, message);
        self.report(report.help("look for it as a whole, by `==`"))
    }

    /// The first secret column of which a condition asks more than whether it is some value; `rows` are the
    /// rows around, the innermost last.
    fn guessed(&self, rows: &mut Vec<Id<Entity>>, expr: &Expr) -> Option<SmolStr> {
        if takes_apart(&expr.node)
            && let Some(found) = expr.children().into_iter().find_map(|part| self.secret_column(rows, part))
        {
            return Some(found);
        }
        let Node::Rows(far) = &expr.node else {
            return expr.children().into_iter().find_map(|part| self.guessed(rows, part));
        };
        rows.push(far.entity);
        let gives = match &far.gives {
            RowsGive::Any(value) | RowsGive::All(value) | RowsGive::List(value) => Some(value),
            RowsGive::Distinct(value) | RowsGive::One(value) => Some(value),
            RowsGive::Aggregate(_, value) => value.as_ref(),
        };
        let found = far.condition.as_ref().into_iter().chain(gives).find_map(|it| self.guessed(rows, it));
        rows.pop();
        found
    }

    /// A secret column of some row that a value is made of.
    fn secret_column(&self, rows: &[Id<Entity>], expr: &Expr) -> Option<SmolStr> {
        if let Node::Column { up, via, column } = &expr.node {
            let row = rows.iter().rev().nth(*up as usize)?;
            let column = &self.entities[self.related_entity(*row, via)].columns[*column];
            let kept = column.secret || *column.ty.required() == Type::Password;
            return kept.then(|| column.name.clone());
        }
        // What a digest is made of does not show in it.
        if let Node::Call(Builtin::Sha256 | Builtin::Hmac | Builtin::Verify, _) | Node::Rows(_) = &expr.node {
            return None;
        }
        expr.children().into_iter().find_map(|part| self.secret_column(rows, part))
    }
}

/// Whether something looks at the order or the parts of what it is given.
fn takes_apart(node: &Node) -> bool {
    if let Node::Compare(how, ..) = node {
        return !matches!(how, Compare::Equal | Compare::NotEqual);
    }
    let Node::Call(builtin, _) = node else { return false };
    matches!(
        builtin,
        Builtin::Contains
            | Builtin::StartsWith
            | Builtin::Length
            | Builtin::Replace
            | Builtin::Split
            | Builtin::Least
            | Builtin::Greatest
    )
}
