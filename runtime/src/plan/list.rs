//! What is made of the items of a list that is bound or stored, as SQL.
use super::sql::{Form, Sql, form, unsupported};
use super::walk::{reads_item, reads_row};
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::expr::{Aggregate, Expr, ListFunction, Node};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;

type Written = Result<(), StartError>;

impl Sql<'_> {
    /// Appends what a function makes of the items of a list.
    pub(super) fn fold(
        &mut self,
        of: Id<Entity>,
        function: ListFunction,
        (list, each): (&Expr, Option<&Expr>),
        ty: &Type,
    ) -> Written {
        let stored = reads_row(list) || reads_item(list, 0);
        if stored && !is_stored(list) {
            return unsupported("a function over a list that is made there");
        }
        if function == ListFunction::Count && each.is_none() {
            return self.around(of, self.dialect.items(), std::slice::from_ref(list));
        }
        // Of a list that is absent nothing is made.
        let optional = stored && list.ty.is_optional();
        if optional {
            self.wrap(of, "(CASE WHEN ", list, " IS NOT NULL THEN ")?;
        }
        let condition = match function {
            ListFunction::Any => Some(["EXISTS (SELECT 1", "))"]),
            ListFunction::All => Some(["NOT EXISTS (SELECT 1", ") IS NOT TRUE)"]),
            ListFunction::Count => Some(["(SELECT count(*)", "))"]),
            ListFunction::Sum
            | ListFunction::Min
            | ListFunction::Max
            | ListFunction::Avg
            | ListFunction::Map
            | ListFunction::Filter
            | ListFunction::Distinct
            | ListFunction::Sort
            | ListFunction::SortDescending
            | ListFunction::Take
            | ListFunction::Join => None,
        };
        match (condition, each) {
            (Some(around), Some(each)) => self.asked(of, (list, stored), each, around)?,
            (_, each) => self.summed(of, function, (list, stored, each), ty)?,
        }
        self.push(if optional { " END)" } else { "" });
        Ok(())
    }

    /// Appends a condition over the items, with what stands before where they come from and behind it.
    fn asked(
        &mut self,
        of: Id<Entity>,
        (list, stored): (&Expr, bool),
        each: &Expr,
        [before, after]: [&str; 2],
    ) -> Written {
        let alias = self.alias('e');
        let item = self.item_of(list, stored, &alias)?;
        self.push(before);
        self.items_from(of, list, stored, &alias)?;
        self.items.push(item);
        let written = self.wrap(of, " WHERE (", each, after);
        self.items.pop();
        written
    }

    /// Appends one value made of something of each item.
    fn summed(
        &mut self,
        of: Id<Entity>,
        function: ListFunction,
        (list, stored, each): (&Expr, bool, Option<&Expr>),
        ty: &Type,
    ) -> Written {
        let function = match function {
            ListFunction::Sum => Aggregate::Sum,
            ListFunction::Min => Aggregate::Min,
            ListFunction::Max => Aggregate::Max,
            ListFunction::Avg => Aggregate::Avg,
            ListFunction::Any
            | ListFunction::All
            | ListFunction::Count
            | ListFunction::Map
            | ListFunction::Filter
            | ListFunction::Distinct
            | ListFunction::Sort
            | ListFunction::SortDescending
            | ListFunction::Take
            | ListFunction::Join => return unsupported("a list that is made of another or joined"),
        };
        let Type::List(inner, _) = list.ty.required() else { return unsupported("a list that is none") };
        let whole = Expr::new(Node::Element(0), (**inner).clone());
        let each = each.unwrap_or(&whole);
        // What looks at no item would be made of the rows around.
        if !reads_item(each, 0) {
            return unsupported("a sum of what is no item");
        }
        let alias = self.alias('e');
        let item = self.item_of(list, stored, &alias)?;
        let (before, after) = self.made_of_all(function, Some(each), ty)?;
        self.items.push(item);
        let written = self.wrap(of, &format!("(SELECT {before}"), each, &after);
        self.items.pop();
        written?;
        self.items_from(of, list, stored, &alias)?;
        self.push(")");
        Ok(())
    }

    /// Appends where the items come from.
    fn items_from(&mut self, of: Id<Entity>, list: &Expr, stored: bool, alias: &str) -> Written {
        let [open, close] = self.dialect.list();
        self.push(&format!(" FROM {open}"));
        if stored {
            self.expr(of, list)?;
        } else {
            let Type::List(inner, _) = list.ty.required() else { return unsupported("a list that is none") };
            let bound = match form(self.program, inner) {
                Form::Scalar(kind) => Form::Items(kind),
                Form::Structure(_) | Form::Items(_) | Form::Nested(_) => form(self.program, &list.ty),
            };
            self.value(list, bound)?;
        }
        self.push(&format!("{close} AS {alias}"));
        Ok(())
    }

    /// An item as a value.
    fn item_of(&self, list: &Expr, stored: bool, alias: &str) -> Result<String, StartError> {
        let Type::List(inner, _) = list.ty.required() else { return unsupported("a list that is none") };
        let item = match (form(self.program, inner), stored) {
            (Form::Scalar(kind), true) => self.dialect.stored_item(kind, alias),
            // One of structures is bound as it would be stored.
            (Form::Structure(_), _) => self.dialect.stored_item(StoredKind::Json, alias),
            (Form::Scalar(kind), false) => self.dialect.item(kind, alias, true),
            (Form::Items(_) | Form::Nested(_), _) => None,
        };
        item.map_or_else(|| unsupported("a condition over such a list"), Ok)
    }

    /// Appends the item that the list function so many levels out is looking at.
    pub(super) fn item(&mut self, out: u32) -> Written {
        match self.items.iter().rev().nth(out as usize).cloned() {
            Some(item) => self.push_all(&item),
            None => unsupported("an item outside its list"),
        }
    }
}

/// Whether a value is a part of what a column of the row holds, or of an item of that.
pub(super) fn is_stored(expr: &Expr) -> bool {
    if let Node::Member { record: inner, .. }
    | Node::Index { of: inner, .. }
    | Node::Part { tuple: inner, .. } = &expr.node
    {
        return is_stored(inner);
    }
    matches!(expr.node, Node::Column { .. } | Node::Element(_))
}
