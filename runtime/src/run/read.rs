//! Reading verbs.
use super::Machine;
use super::write::{self, Over};
use crate::eval::Scope;
use crate::facts::Facts;
use crate::plan::cells::{Cell, Gives, Member, RowPlan, ShapePlan, Source};
use crate::plan::query::Read;
use crate::plan::sql::Form;
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::Row;
use crate::store::stored::Stored;
use crate::value::Value;
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
                Gives::Shape(plan) => return shape(row, &read.cells, plan, &scope),
                Gives::Shapes(plan) => shape(row, &read.cells, plan, &scope)?,
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
        let (plan, many) = match &read.gives {
            Gives::Page(page) => return self.page_text(read, page).map(Some),
            Gives::Shape(plan) => (plan, false),
            Gives::Shapes(plan) => (plan, true),
            Gives::Row(_) | Gives::Rows(_) | Gives::Count | Gives::Exists | Gives::Whole { .. } => {
                return Err(Stop::Defect("only projections are answered with"));
            }
        };
        let order = read.order(self.slots)?;
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let chosen = order.variants.choose(&scope)?.and_then(Option::as_ref);
        let Some(prepared) = chosen else { return Ok(many.then(|| b"[]".to_vec())) };
        let mut rows = self.session.bound(self.plan, prepared.number, &prepared.binds, &scope)?.rows()?;
        let mut out = Vec::with_capacity(512);
        if !many {
            let Some(row) = rows.next()? else { return Ok(None) };
            write_shape(&mut out, row, &read.cells, plan, &scope)?;
            return Ok(Some(out));
        }
        out.push(b'[');
        while let Some(row) = rows.next()? {
            if out.len() > 1 {
                out.push(b',');
            }
            write_shape(&mut out, row, &read.cells, plan, &scope)?;
        }
        out.push(b']');
        Ok(Some(out))
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
    let mut values = vec![Value::Null; plan.width];
    for (at, (column, cell)) in plan.columns.iter().zip(cells).enumerate() {
        if let Some(place) = values.get_mut(*column) {
            *place = code::decode(row.get(at)?, cell, facts)?;
        }
    }
    Ok(Value::Row(values.into()))
}

/// Every cell of a row.
pub(super) fn cells(row: Row<'_>, cells: &[Cell], scope: &Scope<'_>) -> Run<Vec<Value>> {
    cells.iter().enumerate().map(|(at, cell)| one(row, at, cell, scope)).collect()
}

/// One cell of a row.
pub(super) fn one(row: Row<'_>, at: usize, cell: &Cell, scope: &Scope<'_>) -> Run<Value> {
    match (&cell.form, row.get(at)?) {
        (Form::Nested(nest), Stored::Text(text)) => nest.decode(text, scope),
        (_, stored) => code::decode(stored, cell, scope.facts),
    }
}

pub(super) fn shape(row: Row<'_>, selected: &[Cell], plan: &ShapePlan, scope: &Scope<'_>) -> Run<Value> {
    let values = cells(row, selected, scope)?;
    let inner = Scope { row: Some(&values), ..*scope };
    let member = |member: &Member| match &member.source {
        Source::Cell(at) => Value::part(&values, *at),
        Source::Computed(expr) => inner.plain(expr),
    };
    Ok(Value::Record(plan.members.iter().map(member).collect::<Run<_>>()?))
}

pub(super) fn write_shape(
    out: &mut Vec<u8>,
    row: Row<'_>,
    selected: &[Cell],
    plan: &ShapePlan,
    scope: &Scope<'_>,
) -> Run<()> {
    let mut values = vec![Value::Null; plan.needed.len()];
    for (at, ((place, cell), needed)) in values.iter_mut().zip(selected).zip(&plan.needed).enumerate() {
        if *needed {
            *place = one(row, at, cell, scope)?;
        }
    }
    let list = |at: usize| match (selected.get(at).map(|cell| &cell.form), row.get(at)) {
        (Some(Form::Nested(nest)), Ok(Stored::Text(text))) => Some((&**nest, text)),
        _ => None,
    };
    let over = Over::lists(scope, &values, &list);
    let program = &scope.facts.program;
    if plan.members.is_empty() {
        out.push(b'{');
    }
    for member in &plan.members {
        out.extend_from_slice(&member.key);
        match &member.source {
            Source::Computed(expr) => write::expr(out, expr, &expr.ty, &over)?,
            Source::Cell(at) => match selected.get(*at).map(|cell| &cell.form) {
                Some(Form::Scalar(kind)) => {
                    code::write(out, row.get(*at)?, *kind, program.service.decimals_as_numbers)?;
                }
                Some(Form::Structure(_) | Form::Items(_) | Form::Nested(_)) | None => {
                    return Err(Stop::Defect("only scalars are written as they are stored"));
                }
            },
        }
    }
    out.push(b'}');
    Ok(())
}
