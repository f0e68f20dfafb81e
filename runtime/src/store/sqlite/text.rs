//! Rows inside a row as the text that an answer has for them, made where they are found.
use crate::plan::nest::Nest;
use crate::run::write;
use crate::stop::Stop;
use crate::store::session::Row;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};
use std::sync::Arc;

/// What the function is called: `quater_text(number, cell, …)`, with the number of how the rows are written.
pub(crate) const NAME: &str = "quater_text";

/// Room for a text, which grows where it is longer.
const ROOM: usize = 512;

/// The function, with how all rows are written.
struct Write(Vec<Arc<Nest>>);

/// A text that is being made.
struct Text {
    /// The number of how its rows are written: threads that share a count would wait for each other at each text.
    of: usize,
    out: Vec<u8>,
    rows: usize,
}

/// Makes the function known to a connection, once.
pub(crate) fn function(connection: &Connection, nests: &[Arc<Nest>]) -> Result<(), Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function(NAME, -1, flags, Write(nests.to_vec()))
}

impl Aggregate<Text, Option<Vec<u8>>> for Write {
    fn init(&self, context: &mut Context<'_>) -> Result<Text, Error> {
        let number = match context.get_raw(0) {
            ValueRef::Integer(number) => usize::try_from(number).ok(),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => None,
        };
        let of = number.ok_or(Error::InvalidQuery)?;
        Ok(Text { of, out: Vec::with_capacity(ROOM), rows: 0 })
    }

    fn step(&self, context: &mut Context<'_>, text: &mut Text) -> Result<(), Error> {
        let Text { of, out, rows } = text;
        let of = self.nest(*of)?;
        if *rows >= of.most || of.one && *rows > 0 {
            return Ok(());
        }
        if !of.one {
            out.push(if *rows > 0 { b',' } else { b'[' });
        }
        *rows += 1;
        write::text(out, &of.make.text, Row::Arguments(context), None).map_err(|stop| {
            let why = if let Stop::Defect(why) = stop { why } else { "a row is not written" };
            Error::UserFunctionError(why.into())
        })
    }

    fn finalize(&self, _: &mut Context<'_>, text: Option<Text>) -> Result<Option<Vec<u8>>, Error> {
        let Some(Text { of, mut out, .. }) = text else { return Ok(None) };
        if !self.nest(of)?.one {
            out.push(b']');
        }
        Ok(Some(out))
    }
}

impl Write {
    fn nest(&self, number: usize) -> Result<&Nest, Error> {
        self.0.get(number).map(Arc::as_ref).ok_or(Error::InvalidQuery)
    }
}
