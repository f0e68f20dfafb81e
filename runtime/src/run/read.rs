//! Reading verbs.
use super::Machine;
use super::listed::Listed;
use super::write;
use crate::eval::Scope;
use crate::facts::Facts;
use crate::plan::cells::{Cell, Gives, RowPlan};
use crate::plan::make::Make;
use crate::plan::query::Read;
use crate::plan::sql::Form;
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::Row;
use crate::value::Value;
use quater_ir::expr::Node;
use quater_ir::storage::StoredKind;

impl Machine<'_, '_, '_> {
    /// What a reading verb gives, as a value.
    pub(crate) fn read(&mut self, read: &Read) -> Run<Value> {
        if let Gives::Page(page) = &read.gives {
            return self.page(read, page);
        }
        let order = read.order(self.slots)?;
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let Some(prepared) = order.variants.choose(&scope)?.and_then(Option::as_ref) else {
            return Ok(nothing(&read.gives));
        };
        let mut rows = self.session.bound(self.plan, prepared.number, &prepared.binds, &scope)?.rows()?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            let value = match &read.gives {
                Gives::Row(plan) => return self::row(row, &read.cells, plan, self.facts),
                Gives::Rows(plan) => self::row(row, &read.cells, plan, self.facts)?,
                Gives::Shape(make) => return shape(row, &read.cells, make, &scope),
                Gives::Shapes(make) => shape(row, &read.cells, make, &scope)?,
                Gives::Count => return code::scalar_of(row.get(0)?, StoredKind::Int),
                Gives::Exists => return code::scalar_of(row.get(0)?, StoredKind::Bool),
                Gives::Whole { .. } => {
                    let cell = read.cells.first().ok_or(Stop::Defect("a value without its cell"))?;
                    return one(row, 0, cell, &scope);
                }
                Gives::Page(_) => return Err(Stop::Defect("a page is read otherwise")),
            };
            list.push(value);
        }
        Ok(match &read.gives {
            Gives::Rows(_) | Gives::Shapes(_) => Value::List(list.into()),
            other @ (Gives::Row(_)
            | Gives::Shape(_)
            | Gives::Count
            | Gives::Exists
            | Gives::Whole { .. }
            | Gives::Page(_)) => nothing(other),
        })
    }

    /// What a reading verb of projections gives, as JSON text; nothing for one that is not there.
    pub(super) fn answer(&mut self, read: &Read) -> Run<Option<Vec<u8>>> {
        let answer = self.text(read)?;
        read.room.took(answer.as_deref().unwrap_or_default());
        Ok(answer)
    }

    fn text(&mut self, read: &Read) -> Run<Option<Vec<u8>>> {
        let (make, many) = match &read.gives {
            Gives::Page(page) => return self.page_text(read, page).map(Some),
            Gives::Shape(make) => (make, false),
            Gives::Shapes(make) => (make, true),
            Gives::Row(_) | Gives::Rows(_) | Gives::Count | Gives::Exists | Gives::Whole { .. } => {
                return Err(Stop::Defect("only projections are answered with"));
            }
        };
        let order = read.order(self.slots)?;
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let chosen = order.variants.choose(&scope)?.and_then(Option::as_ref);
        let Some(prepared) = chosen else { return Ok(many.then(|| b"[]".to_vec())) };
        let (session, items) = (&mut *self.session, &self.course.items);
        let mut ask = if items.are_taken() {
            session.ask_slowly(self.plan, prepared.number)?
        } else {
            session.ask(self.plan, prepared.number)?
        };
        ask.binds(&prepared.binds, &scope)?;
        let mut rows = ask.rows()?;
        let mut room = Vec::new();
        if !many {
            let mut out = read.room.text();
            let Some(row) = rows.next()? else { return Ok(None) };
            write::row(&mut out, row, &read.cells, make, (&scope, &mut room))?;
            return Ok(Some(out));
        }
        let mut listed = Listed::new(read.room.text(), self.output, items, &self.about.presence);
        while let Some(row) = rows.next()? {
            listed.item(|out| write::row(out, row, &read.cells, make, (&scope, &mut room)))?;
        }
        Ok(Some(listed.end()))
    }
}

fn nothing(gives: &Gives) -> Value {
    match gives {
        Gives::Row(_) | Gives::Shape(_) => Value::Null,
        Gives::Rows(_) | Gives::Shapes(_) => Value::List([].into()),
        Gives::Count => Value::Int(0),
        Gives::Exists => Value::Bool(false),
        Gives::Whole { none, .. } => none.clone(),
        Gives::Page(_) => Value::Record([Value::List([].into()), Value::Null].into()),
    }
}

/// A row with the columns that were read.
pub(crate) fn row(row: Row<'_>, cells: &[Cell], plan: &RowPlan, facts: &Facts) -> Run<Value> {
    plan.of(cells.iter().enumerate().map(|(at, cell)| code::decode(row.get(at)?, cell, facts)))
}

impl RowPlan {
    /// A row of the cells that are its columns; others may stand behind them.
    pub(crate) fn of(&self, cells: impl Iterator<Item = Run<Value>>) -> Run<Value> {
        let mut values = vec![Value::Null; self.width];
        for (column, cell) in self.columns.iter().zip(cells) {
            if let Some(place) = values.get_mut(*column) {
                *place = cell?;
            }
        }
        Ok(Value::Row(values.into()))
    }
}

/// Every cell of a row.
pub(super) fn cells(row: Row<'_>, cells: &[Cell], scope: &Scope<'_>) -> Run<Vec<Value>> {
    cells.iter().enumerate().map(|(at, cell)| one(row, at, cell, scope)).collect()
}

/// One cell of a row.
pub(super) fn one(row: Row<'_>, at: usize, cell: &Cell, scope: &Scope<'_>) -> Run<Value> {
    match &cell.form {
        Form::Nested(nest) => nest.value(row.rows(at)?, scope),
        Form::Scalar(_) | Form::Structure(_) | Form::Items(_) => {
            code::decode(row.get(at)?, cell, scope.facts)
        }
    }
}

pub(super) fn shape(row: Row<'_>, selected: &[Cell], make: &Make, scope: &Scope<'_>) -> Run<Value> {
    let values = cells(row, selected, scope)?;
    let Node::Record(_, members) = &make.value.node else {
        return Err(Stop::Defect("a projection is a record"));
    };
    let inner = Scope { row: Some(&values), ..*scope };
    Ok(Value::Record(members.iter().map(|member| inner.plain(member)).collect::<Run<_>>()?))
}
