//! Lists of rows inside a row: which cells each has, and what is made of them.
use super::cells::Cells;
use super::sql::Form;
use super::walk::written_out;
use crate::eval::Scope;
use crate::service::StartError;
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::value::Value;
use quater_ir::Program;
use quater_ir::expr::{Expr, Rows, RowsGive};
use serde_json::Value as Json;

const WRONG: Stop = Stop::Defect("a nested list is not as it was asked for");

/// How a nested list is read.
#[derive(Debug, PartialEq)]
pub(crate) struct Nest {
    /// What is selected of each row.
    pub(crate) cells: Cells,
    /// What is made of the cells.
    each: Expr,
    /// Whether there is one row at most, and no list.
    pub(crate) one: bool,
    distinct: bool,
}

impl Nest {
    /// Decides what to select of the rows of a far side.
    pub(crate) fn new(program: &Program, rows: &Rows) -> Result<Self, StartError> {
        let (RowsGive::List(each) | RowsGive::Distinct(each) | RowsGive::One(each)) = &rows.gives else {
            return Err(StartError::Unsupported { what: "a list that is none".to_owned() });
        };
        let mut cells = Cells::default();
        let each = cells.capture(program, &written_out(program, each))?;
        let one = matches!(rows.gives, RowsGive::One(_));
        Ok(Self { cells, each, one, distinct: matches!(rows.gives, RowsGive::Distinct(_)) })
    }

    /// The value that stands in such JSON.
    pub(crate) fn decode(&self, json: &Json, scope: &Scope<'_>) -> Run<Value> {
        if self.one {
            return self.item(json, scope);
        }
        let mut items = Vec::new();
        for item in json.as_array().ok_or(WRONG)? {
            let item = self.item(item, scope)?;
            if !(self.distinct && items.contains(&item)) {
                items.push(item);
            }
        }
        Ok(Value::List(items.into()))
    }

    fn item(&self, json: &Json, scope: &Scope<'_>) -> Run<Value> {
        let stored = json.as_array().filter(|stored| stored.len() == self.cells.list.len().max(1));
        let stored = stored.ok_or(WRONG)?;
        let cells = self.cells.list.iter().zip(stored).map(|(cell, json)| match &cell.form {
            Form::Nested(nest) if !json.is_null() => nest.decode(json, scope),
            Form::Nested(_) | Form::Scalar(_) | Form::Structure(_) | Form::Items(_) => {
                code::of_json(json, cell, scope.facts)
            }
        });
        let cells = cells.collect::<Run<Vec<_>>>()?;
        Scope { row: Some(&cells), ..*scope }.plain(&self.each)
    }
}
