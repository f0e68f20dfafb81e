//! Rows inside a row: which cells each has, and what is made of them.
use super::cells::Cells;
use super::make::Make;
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::expr::{Rows, RowsGive};

/// How rows in a cell are read.
#[derive(Debug, PartialEq)]
pub(crate) struct Nest {
    /// What is selected of each row.
    pub(crate) cells: Cells,
    pub(crate) make: Make,
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
        let each = cells.capture(program, each)?;
        let make = Make::new(program, each, &cells.list);
        let one = matches!(rows.gives, RowsGive::One(_));
        Ok(Self { cells, make, one, distinct: matches!(rows.gives, RowsGive::Distinct(_)) })
    }

    /// How many values stand for each row: one at least.
    pub(crate) fn width(&self) -> usize {
        self.cells.list.len().max(1)
    }
}
