//! Rows inside a row, as they are read: each its cells, from which a value is made or the answer's text at once.
use super::{read, write};
use crate::eval::Scope;
use crate::plan::nest::Nest;
use crate::stop::Run;
use crate::store::session::{InnerRows, Row};
use crate::value::Value;

impl Nest {
    /// The value that rows are.
    pub(super) fn value(&self, mut rows: InnerRows<'_>, scope: &Scope<'_>) -> Run<Value> {
        let (mut items, mut cells) = (Vec::new(), Vec::new());
        while items.len() < self.most
            && let Some(row) = rows.next(self.width(), &mut cells)?
        {
            let values = read::cells(row, &self.cells.list, scope)?;
            let item = Scope { row: Some(&values), ..*scope }.plain(&self.make.value)?;
            if self.one {
                return Ok(item);
            }
            if !(self.distinct && items.contains(&item)) {
                items.push(item);
            }
        }
        Ok(if self.one { Value::Null } else { Value::List(items.into()) })
    }

    /// Appends them as text: a list, or the one there is.
    pub(super) fn write(&self, out: &mut Vec<u8>, mut rows: InnerRows<'_>, scope: &Scope<'_>) -> Run<()> {
        let (mut cells, mut room) = (Vec::with_capacity(self.width()), Vec::new());
        let mut each = |out: &mut Vec<u8>, row: Row<'_>| {
            write::row(out, row, &self.cells.list, &self.make, (scope, &mut room))
        };
        if self.one {
            let Some(row) = rows.next(self.width(), &mut cells)? else {
                out.extend_from_slice(b"null");
                return Ok(());
            };
            return each(out, row);
        }
        out.push(b'[');
        let mut count = 0;
        while count < self.most
            && let Some(row) = rows.next(self.width(), &mut cells)?
        {
            if count > 0 {
                out.push(b',');
            }
            each(out, row)?;
            count += 1;
        }
        out.push(b']');
        Ok(())
    }
}
