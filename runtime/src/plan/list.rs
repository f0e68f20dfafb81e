//! Conditions over the items of a list that is bound, as SQL.
use super::sql::{Form, Sql, form, unsupported};
use super::walk::reads_row;
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, ListFunction};
use quater_ir::types::Type;

type Written = Result<(), StartError>;

impl Sql<'_> {
    /// Appends whether a condition, which looks at the row too, holds for any or for all items.
    pub(super) fn fold(
        &mut self,
        of: Id<Entity>,
        function: ListFunction,
        list: &Expr,
        each: Option<&Expr>,
    ) -> Written {
        let [before, after] = if function == ListFunction::Any {
            ["EXISTS (SELECT 1 FROM ", ")"]
        } else if function == ListFunction::All {
            ["NOT EXISTS (SELECT 1 FROM ", " IS NOT TRUE)"]
        } else {
            return unsupported("a list function other than `any` and `all`");
        };
        let (Some(each), Type::List(inner, _)) = (each, list.ty.required()) else {
            return unsupported("a list without a condition");
        };
        let kind = if let Form::Scalar(kind) = form(self.program, inner) { Some(kind) } else { None };
        let alias = self.alias('e');
        let item = kind.and_then(|kind| Some((kind, self.dialect.item(kind, &alias)?)));
        let (Some((kind, item)), false) = (item, reads_row(list)) else {
            return unsupported("a condition over such a list");
        };
        let [open, close] = self.dialect.list();
        self.push(&format!("{before}{open}"));
        self.bind(list.clone(), Form::Items(kind));
        self.push(&format!("{close} AS {alias} WHERE "));
        self.items.push(item);
        let written = self.wrap(of, "(", each, ")");
        self.items.pop();
        self.push(after);
        written
    }

    /// Appends the item that the list function so many levels out is looking at.
    pub(super) fn item(&mut self, out: u32) -> Written {
        match self.items.iter().rev().nth(out as usize).cloned() {
            Some(item) => self.push_all(&item),
            None => unsupported("an item outside its list"),
        }
    }
}
