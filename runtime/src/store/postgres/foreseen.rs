//! Statements whose answers are foreseen: nobody waits for them. They are sent before the next one that somebody
//! waits for, and their answers are looked at then.
use super::asked::{Came, What, came};
use super::cell::{Raw, Values};
use super::fault::PostgresError::{self, Unforeseen};
use crate::spans::Statement;
use crate::store::code;
use crate::store::session::Foreseen;
use crate::value::Value;
use quater_ir::storage::StoredKind;
use tokio_postgres::{Client, Error, Row};

/// Most of them that wait at once.
pub(super) const MOST: usize = 16;

/// A statement that waits to be sent.
pub(super) struct Waiting {
    pub(super) what: What,
    pub(super) values: Values,
    pub(super) foreseen: Foreseen,
    pub(super) _span: Statement,
}

/// Whether a statement that does not fail gives this for certain.
pub(super) const fn is_certain(foreseen: &Foreseen) -> bool {
    matches!(foreseen, Foreseen::Done)
}

fn is(foreseen: &Foreseen, rows: &[Row]) -> bool {
    match (foreseen, rows) {
        (Foreseen::Done, _) => true,
        (Foreseen::Some, rows) => !rows.is_empty(),
        (Foreseen::Row(cells), [row]) => is_row(cells, row).unwrap_or(false),
        (Foreseen::Nothing, rows) => rows.is_empty(),
        (Foreseen::Row(_), _) => false,
    }
}

/// Whether a row has these cells, each as it was sent; nothing where they can't be sent.
fn is_row(cells: &[(StoredKind, Value)], row: &Row) -> Option<bool> {
    let mut values = Values::default();
    for (kind, value) in cells {
        values.push(*kind, code::scalar(value, *kind).ok()?.stored()).ok()?;
    }
    let values = values.parameters();
    let same = |(at, cell)| matches!(row.try_get(at), Ok(Raw(bytes)) if bytes == cell);
    Some(values.len() == row.len() && values.iter().map(|it| it.bytes).enumerate().all(same))
}

impl Waiting {
    pub(super) async fn came(&self, client: &Client) -> Result<Came, Error> {
        came(client, &self.what, self.values.parameters()).await
    }

    /// Whether what came is what was foreseen. What the server could not do at all is told as it is.
    pub(super) fn compare(&self, came: Result<Came, Error>) -> Result<(), PostgresError> {
        match came.map_err(PostgresError::from) {
            Ok(came) if is(&self.foreseen, &came.rows) => Ok(()),
            Err(error) if error.is_passing() => Err(error),
            Ok(_) | Err(_) => Err(Unforeseen),
        }
    }
}
