//! `was slug(title)`: what rows get that were there before the column.
use super::Checker;
use super::computed::asks_who;
use super::scope::Scope;
use crate::ast::{self, EntityItemKind, ModifierKind};
use crate::report::{Code, Report};
use quater_ir::Id;
use quater_ir::builtin::Builtin;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::columns_in;
use quater_ir::expr::{Arithmetic, Expr, Node, Operands, Operator, Pattern};
use quater_ir::types::Type;
use std::collections::BTreeSet;

/// The functions that every database works out as the language does.
const FUNCTIONS: [Builtin; 11] = [
    Builtin::Trim,
    Builtin::Lower,
    Builtin::Upper,
    Builtin::Slug,
    Builtin::Sha256,
    Builtin::Length,
    Builtin::Contains,
    Builtin::StartsWith,
    Builtin::Abs,
    Builtin::Least,
    Builtin::Greatest,
];

impl Checker<'_> {
    /// Takes what a field says behind `was`, if it is more than a name.
    pub(crate) fn backfill(&mut self, id: Id<Entity>, field: &ast::Field) -> Option<()> {
        let (value, at) = field
            .modifier(|kind| if let ModifierKind::Backfill(value) = kind { Some(value) } else { None })?;
        let column = self.column_named(id, &field.name.text)?;
        if field.key().is_some() {
            return self.error(Code::E0610, at, "every row that is there has its key already");
        }
        let declared = &self.entities[id].columns[column];
        let (ty, keeps) = (declared.ty.clone(), declared.secret);
        let value = self.expect(&mut Scope::rule(Some(id)), value, &ty, &field.name.text)?;
        self.kept(&value, keeps, &field.name)?;
        if let Some(why) = self.reads_amiss(id, column, &value.expr) {
            return self.error(Code::E0610, value.at, why);
        }
        if let Some(what) = self.beyond_databases(&value.expr) {
            let names = FUNCTIONS.map(Builtin::name).join(" ");
            let report = Report::new(Code::E0610, value.at, format!("rows can't be given {what}"));
            return self.report(report.help(format!(
                "a database knows columns of the row, operators, `match` and `{names}`; for anything else let \
                 the column be absent at first (`?`), and fill it by an operation"
            )));
        }
        self.entities[id].columns[column].backfill = Some(value.expr);
        Some(())
    }

    /// Why a value looks at something that rows do not have before they get it.
    fn reads_amiss(&self, id: Id<Entity>, own: Id<Column>, value: &Expr) -> Option<String> {
        if asks_who(value) {
            return Some("nobody calls when rows get this".to_owned());
        }
        let mut reads = BTreeSet::new();
        columns_in(value, &mut |column| _ = reads.insert(column));
        reads.into_iter().find_map(|column| {
            let name = &self.entities[id].columns[column].name;
            if column == own {
                Some(format!("`{name}` is not there yet when rows get this"))
            } else if self.is_backfilled(id, name) {
                Some(format!("`{name}` gets its own values by `was`, so it may not be there yet"))
            } else {
                None
            }
        })
    }

    fn is_backfilled(&self, id: Id<Entity>, name: &str) -> bool {
        let Some((_, node)) = self.names.entities.nth(id.index()) else { return false };
        node.items.iter().any(|item| {
            let EntityItemKind::Field(field) = &item.kind else { return false };
            let said = |modifier: &ast::Modifier| matches!(modifier.kind, ModifierKind::Backfill(_));
            field.name.text == name && field.modifiers.iter().any(said)
        })
    }

    /// What of a value not every database works out.
    fn beyond_databases(&self, value: &Expr) -> Option<String> {
        let parts = || value.children().into_iter().find_map(|part| self.beyond_databases(part));
        self.unknown_to_some(value).or_else(parts)
    }

    /// What of a value, apart from its parts, is not worked out by every database as the language does it. What
    /// looks at no row is worked out here.
    fn unknown_to_some(&self, value: &Expr) -> Option<String> {
        let node = &value.node;
        let given = |known: bool, what: &str| (!known).then(|| what.to_owned());
        if let Node::Call(Builtin::Hash, _) = node {
            Some("a `password`: it is hashed when it is set".to_owned())
        } else if let Node::Sign { .. } = node {
            Some("a token: it is signed for who asks".to_owned())
        } else if !reads_row(value) {
            None
        } else if let Node::Column { via, .. } = node {
            given(via.is_empty(), "a value of another row")
        } else if let Node::Call(builtin, arguments) = node {
            let counts = arguments.iter().all(|it| !matches!(it.ty.required(), Type::Map(..)));
            let known = FUNCTIONS.contains(builtin) && counts;
            (!known).then(|| format!("what `{}` makes of a column", builtin.name()))
        } else if let Node::Concat(parts) = node {
            let part = parts.iter().find(|it| !is_text_or_int(&it.ty))?;
            Some(format!("a text with {} in it", self.describe(part.ty.required())))
        } else if let Node::Arithmetic(how, left, right) = node {
            let exact = is_exact(*how, [left, right], &value.ty);
            given(exact, "a calculation that databases round otherwise")
        } else if let Node::Member { .. } = node {
            given(!matches!(value.ty.required(), Type::Bytes { .. }), "bytes inside a record")
        } else if let Node::Contains { list, item } = node {
            let plain = is_text_or_int(item.ty.required()) || *item.ty.required() == Type::Bool;
            given(plain || !reads_row(item) || !reads_row(list), "such a look into a list")
        } else if let Node::Match { arms, .. } = node {
            let variant = |pattern: &Pattern| matches!(pattern, Pattern::Variant(_));
            let known = !arms.iter().any(|(patterns, _)| patterns.iter().any(variant));
            given(known, "a choice by the member of a union")
        } else {
            given(is_operator(node), "other rows, records or lists, or parts of such")
        }
    }
}

/// Whether every database has it as an operator.
const fn is_operator(node: &Node) -> bool {
    matches!(
        node,
        Node::Not(_)
            | Node::Negate(_)
            | Node::IsNull(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::In(..)
            | Node::Convert(_)
            | Node::Coalesce(..)
            | Node::If { .. }
            | Node::Refine { .. }
    )
}

fn reads_row(value: &Expr) -> bool {
    let own = matches!(value.node, Node::Column { .. } | Node::Related { .. } | Node::Rows(_));
    own || value.children().into_iter().any(reads_row)
}

const fn is_text_or_int(ty: &Type) -> bool {
    matches!(ty, Type::Text(_) | Type::Email | Type::Url | Type::Enum(_) | Type::Int(_))
}

/// Whether databases come to the same digits as the language does.
fn is_exact(how: Arithmetic, operands: [&Expr; 2], ty: &Type) -> bool {
    let scale = |ty: &Type| if let Type::Decimal { scale, .. } = ty.required() { *scale } else { 0 };
    match (how.on, how.operator) {
        (Operands::Float, Operator::Remainder) | (Operands::Decimal, Operator::Divide) => false,
        (Operands::Decimal, Operator::Multiply) => {
            operands.map(|it| scale(&it.ty)).iter().sum::<u8>() == scale(ty)
        }
        (_, _) => true,
    }
}
