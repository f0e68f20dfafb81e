//! Rows inside a row: an array of records in the binary format of Postgres's protocol.
use super::cell::read;
use crate::store::stored::Stored;
use tokio_postgres::types::Type;

/// The rows of such an array.
pub(crate) struct Rows<'a> {
    left: u32,
    rest: &'a [u8],
}

impl<'a> Rows<'a> {
    /// The rows of an array of one dimension, or of an empty one; no bytes have none. Nothing where they begin
    /// otherwise.
    pub(crate) fn of(array: &'a [u8]) -> Option<Self> {
        let mut rows = Self { left: 0, rest: array };
        if array.is_empty() {
            return Some(rows);
        }
        let (dimensions, _nulls, _element) = (rows.number()?, rows.number()?, rows.number()?);
        match dimensions {
            0 => Some(rows),
            1 => {
                let (length, _from) = (rows.number()?, rows.number()?);
                rows.left = length;
                Some(rows)
            }
            _ => None,
        }
    }

    /// Appends the cells of the next row, so many; false where there is none, nothing where it is cut off.
    pub(crate) fn next(&mut self, width: usize, cells: &mut Vec<Stored<'a>>) -> Option<bool> {
        if self.left == 0 {
            return Some(false);
        }
        self.left -= 1;
        let (_bytes, columns) = (self.number()?, self.number()?);
        if usize::try_from(columns).ok()? != width {
            return None;
        }
        for _ in 0..width {
            cells.push(self.cell()?);
        }
        Some(true)
    }

    fn cell(&mut self) -> Option<Stored<'a>> {
        let (ty, length) = (self.number()?, self.number()?.cast_signed());
        let Ok(length) = usize::try_from(length) else { return Some(Stored::Null) };
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        read(&Type::from_oid(ty)?, bytes)
    }

    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*number))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::Rows;
    use crate::store::stored::Stored;

    /// `ARRAY(SELECT ROW(7::bigint, NULL::text, 'ab'::text))`, as it is sent.
    const ARRAY: &[u8] = &[
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 8, 201, 0, 0, 0, 1, 0, 0, 0,
        1, // one dimension, records, one from 1
        0, 0, 0, 38, 0, 0, 0, 3, // its bytes, three columns
        0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7, // an int8
        0, 0, 0, 25, 255, 255, 255, 255, // no text
        0, 0, 0, 25, 0, 0, 0, 2, b'a', b'b',
    ];

    #[test]
    fn cells_come_out_as_they_are_sent() {
        let (mut rows, mut cells) = (Rows::of(ARRAY).unwrap(), Vec::new());
        assert_eq!(rows.next(3, &mut cells), Some(true));
        assert_eq!(cells, [Stored::Integer(7), Stored::Null, Stored::text("ab")]);
        assert_eq!(rows.next(3, &mut cells), Some(false));
    }

    #[test]
    fn no_rows_are_an_empty_array() {
        for none in [&[][..], &[0; 12]] {
            assert_eq!(Rows::of(none).and_then(|mut rows| rows.next(1, &mut Vec::new())), Some(false));
        }
    }

    #[test]
    fn what_is_cut_off_or_has_other_columns_is_no_row() {
        for end in 1..ARRAY.len() {
            let read = Rows::of(&ARRAY[..end]).and_then(|mut rows| rows.next(3, &mut Vec::new()));
            assert_eq!(read, None, "{end}");
        }
        assert_eq!(Rows::of(ARRAY).and_then(|mut rows| rows.next(2, &mut Vec::new())), None);
    }
}
