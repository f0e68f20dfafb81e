//! Expressions over a row as SQL that stands for itself, without anything bound.
use super::dialect::Dialect;
use super::sql::{Form, Sql, unsupported};
use crate::service::StartError;
use quater_ir::builtin::Builtin;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Case, Type};
use quater_ir::{Id, Program};

/// How values and columns are written.
#[derive(Clone, Copy)]
pub(crate) struct Plain<'a> {
    /// A value that looks at no row; nothing where it has none.
    pub(crate) value: &'a dyn Fn(&Expr, &Form) -> Option<String>,
    /// A column of the row.
    pub(crate) column: &'a dyn Fn(Id<Column>) -> String,
}

impl<'a> Sql<'a> {
    /// The text of an expression over a row.
    pub(crate) fn plain(
        program: &'a Program,
        dialect: Dialect,
        expr: &Expr,
        plain: Plain<'a>,
    ) -> Result<String, StartError> {
        let mut sql = Self::new(program, dialect, "");
        sql.plain = Some(plain);
        // Columns are written by their places alone, so it does not count whose row it is.
        sql.expr(Id::new(0), expr)?;
        Ok(sql.text)
    }

    /// Appends a value that looks at no row.
    pub(super) fn value(&mut self, value: &Expr, form: Form) -> Result<(), StartError> {
        let Some(plain) = self.plain else {
            self.bind(value.clone(), form);
            return Ok(());
        };
        match (plain.value)(value, &form) {
            Some(text) => self.push_all(&text),
            None => unsupported("a value that is not known"),
        }
    }

    /// Appends a text as its type wants it; whether it is one of that type is asked elsewhere.
    pub(super) fn normalised(&mut self, of: Id<Entity>, value: &Expr, ty: &Type) -> Result<(), StartError> {
        let (trim, case) = if let Type::Text(rules) = ty.required() {
            (rules.trim, rules.case)
        } else {
            let email = *ty.required() == Type::Email;
            (email, email.then_some(Case::Lower))
        };
        let case = case.map(|case| if case == Case::Lower { Builtin::Lower } else { Builtin::Upper });
        let wanted = trim.then_some(Builtin::Trim).into_iter().chain(case);
        let apply = |it: Expr, builtin| Expr::new(Node::Call(builtin, vec![it]), Type::TEXT);
        self.expr(of, &wanted.fold(value.clone(), apply))
    }
}
