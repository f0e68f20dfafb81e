//! Rows inside a row: one blob with the cells of each, a tag before every cell.
use crate::store::stored::Stored;
use rusqlite::Error;
use rusqlite::functions::{Aggregate, Context};
use rusqlite::types::ValueRef;

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

/// `quater_rows(cell, …)`: all rows as one blob, in the order in which they come; an empty one where none does.
pub(super) struct Pack;

impl Aggregate<Vec<u8>, Vec<u8>> for Pack {
    fn init(&self, _: &mut Context<'_>) -> Result<Vec<u8>, Error> {
        Ok(Vec::with_capacity(512))
    }

    fn step(&self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        (0..context.len()).try_for_each(|at| append(out, context.get_raw(at)))
    }

    fn finalize(&self, _: &mut Context<'_>, all: Option<Vec<u8>>) -> Result<Vec<u8>, Error> {
        Ok(all.unwrap_or_default())
    }
}

fn append(out: &mut Vec<u8>, cell: ValueRef<'_>) -> Result<(), Error> {
    match cell {
        ValueRef::Null => out.push(NULL),
        ValueRef::Integer(it) => {
            out.push(INTEGER);
            out.extend_from_slice(&it.to_le_bytes());
        }
        ValueRef::Real(it) => {
            out.push(REAL);
            out.extend_from_slice(&it.to_le_bytes());
        }
        ValueRef::Text(it) => append_bytes(out, TEXT, it)?,
        ValueRef::Blob(it) => append_bytes(out, BLOB, it)?,
    }
    Ok(())
}

fn append_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) -> Result<(), Error> {
    let length = u32::try_from(bytes.len()).map_err(|_| Error::InvalidQuery)?;
    out.push(tag);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// The rows of such a blob.
pub(crate) struct Rows<'a>(&'a [u8]);

impl<'a> Rows<'a> {
    pub(crate) const fn of(blob: &'a [u8]) -> Self {
        Self(blob)
    }

    /// Appends the cells of the next row, so many; false where there is none, nothing where it is cut off.
    pub(crate) fn next(&mut self, width: usize, cells: &mut Vec<Stored<'a>>) -> Option<bool> {
        if self.0.is_empty() {
            return Some(false);
        }
        for _ in 0..width {
            cells.push(self.cell()?);
        }
        Some(true)
    }

    fn cell(&mut self) -> Option<Stored<'a>> {
        let (tag, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(match *tag {
            NULL => Stored::Null,
            INTEGER => Stored::Integer(i64::from_le_bytes(*self.fixed()?)),
            REAL => Stored::Real(f64::from_le_bytes(*self.fixed()?)),
            TEXT => Stored::Text(self.bytes()?),
            BLOB => Stored::Blob(self.bytes()?),
            _ => return None,
        })
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_le_bytes(*self.fixed()?);
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    fn fixed<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (fixed, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(fixed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::Rows;
    use crate::store::sqlite::open::Location;
    use crate::store::stored::Stored;

    fn packed(query: &str) -> Vec<u8> {
        let connection = Location::Memory.connect().unwrap();
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }

    const ROWS: [[Stored<'_>; 4]; 3] = [
        [Stored::Null, Stored::Integer(i64::MIN), Stored::Real(-0.5), Stored::Text(b"")],
        [Stored::Blob(b""), Stored::Integer(-1), Stored::Text("Tee \u{0}\u{1f375}".as_bytes()), Stored::Null],
        [Stored::Integer(i64::MAX), Stored::Blob(&[0, 255]), Stored::Null, Stored::Real(1e300)],
    ];

    fn all() -> Vec<u8> {
        packed(
            "SELECT quater_rows(a, b, c, d ORDER BY n) FROM (SELECT 3 AS n, 9223372036854775807 AS a, x'00ff' AS b, \
             NULL AS c, 1e300 AS d UNION ALL SELECT 1, NULL, -9223372036854775807 - 1, -0.5, '' \
             UNION ALL SELECT 2, x'', -1, 'Tee ' || char(0) || '🍵', NULL)",
        )
    }

    #[test]
    fn cells_come_out_as_they_went_in_and_rows_in_their_order() {
        let blob = all();
        let (mut rows, mut cells) = (Rows::of(&blob), Vec::new());
        for row in &ROWS {
            cells.clear();
            assert_eq!(rows.next(4, &mut cells), Some(true));
            assert_eq!(cells, row);
        }
        assert_eq!(rows.next(4, &mut cells), Some(false));
    }

    #[test]
    fn no_rows_are_an_empty_blob() {
        let blob = packed("SELECT quater_rows(1) FROM (SELECT 1 WHERE FALSE)");
        assert_eq!(Rows::of(&blob).next(1, &mut Vec::new()), Some(false));
    }

    #[test]
    fn what_is_cut_off_or_no_such_blob_is_no_row() {
        let whole = all();
        let first = 1 + 9 + 9 + 5;
        for end in 1..first {
            assert_eq!(Rows::of(&whole[..end]).next(4, &mut Vec::new()), None, "{end}");
        }
        assert_eq!(Rows::of(&whole[..first]).next(4, &mut Vec::new()), Some(true));
        assert_eq!(Rows::of(&[9]).next(1, &mut Vec::new()), None);
    }
}
