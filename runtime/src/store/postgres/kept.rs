//! A row as it was sent, kept beyond its answer.
use super::cell::{Raw, read};
use crate::store::stored::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// The cells of a row. Those of the answer itself would keep the whole of what came with it.
#[derive(Debug)]
pub(crate) struct Kept(Vec<Cell>);

/// A cell with its type; nothing for null.
type Cell = (Type, Option<Box<[u8]>>);

impl Kept {
    /// The only row of an answer.
    pub(crate) fn of(rows: &[Row]) -> Option<Self> {
        let [row] = rows else { return None };
        let types = row.columns().iter().map(|column| column.type_().clone());
        let cells = types.enumerate().map(|(at, ty)| Some((ty, raw(row, at)?.map(Box::from))));
        cells.collect::<Option<_>>().map(Self)
    }

    /// Whether an answer is this row, and nothing else.
    pub(crate) fn is(&self, rows: &[Row]) -> bool {
        let [row] = rows else { return false };
        let same = |(at, (ty, cell)): (usize, &Cell)| {
            raw(row, at).is_some_and(|its| its == cell.as_deref())
                && row.columns().get(at).is_some_and(|column| column.type_() == ty)
        };
        row.len() == self.0.len() && self.0.iter().enumerate().all(same)
    }

    /// What stands in it; nothing where some of it can't be read.
    pub(super) fn cells(&self) -> Option<Vec<Stored<'_>>> {
        let cells = self.0.iter();
        cells.map(|(ty, cell)| cell.as_ref().map_or(Some(Stored::Null), |cell| read(ty, cell))).collect()
    }

    /// Bytes that it takes, about.
    pub(crate) fn weight(&self) -> usize {
        self.0.iter().map(|(_, cell)| size_of::<Cell>() + cell.as_ref().map_or(0, |it| it.len())).sum()
    }
}

fn raw(row: &Row, at: usize) -> Option<Option<&[u8]>> {
    row.try_get(at).ok().map(|Raw(bytes)| bytes)
}
