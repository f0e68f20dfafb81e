//! Rows inside a row: which cells each has, and what is made of them.
use super::cells::Cells;
use super::make::Make;
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::expr::{Rows, RowsGive};
use std::sync::Arc;

/// How rows in a cell are read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Nest {
    /// What is selected of each row.
    pub(crate) cells: Cells,
    pub(crate) make: Make,
    /// Whether there is one row at most, and no list.
    pub(crate) one: bool,
    pub(crate) distinct: bool,
    /// Most rows.
    pub(crate) most: usize,
    /// Its number, where the database makes text of the rows.
    pub(crate) text: Option<usize>,
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
        let most = rows.take.and_then(|take| usize::try_from(take).ok()).unwrap_or(usize::MAX);
        let distinct = matches!(rows.gives, RowsGive::Distinct(_));
        Ok(Self { cells, make, one, distinct, most, text: None })
    }

    /// How many values stand for each row: one at least.
    pub(crate) fn width(&self) -> usize {
        self.cells.list.len().max(1)
    }

    /// The same where the database makes text of the rows, if it can: with a number, as one of all.
    pub(super) fn as_text(&self, all: &mut Vec<Arc<Self>>) -> Option<Arc<Self>> {
        let before = all.len();
        let Self { mut cells, make, one, distinct, most, .. } = self.clone();
        let make = make.into_text(&mut cells, all);
        if distinct || !make.is_plain() {
            all.truncate(before);
            return None;
        }
        let nest = Arc::new(Self { cells, make, one, distinct, most, text: Some(all.len()) });
        all.push(Arc::clone(&nest));
        Some(nest)
    }
}
