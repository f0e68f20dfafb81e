//! Lists of rows inside a row: which cells each has, and what is made of them.
use super::cells::Cells;
use super::walk::written_out;
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::expr::{Expr, Rows, RowsGive};

/// How a nested list is read.
#[derive(Debug, PartialEq)]
pub(crate) struct Nest {
    /// What is selected of each row.
    pub(crate) cells: Cells,
    /// What is made of the cells.
    pub(crate) each: Expr,
    /// Whether there is one row at most, and no list.
    pub(crate) one: bool,
    pub(crate) distinct: bool,
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
}
