//! Answers written while they are worked out: no value of the whole is put together first.
use super::read;
use crate::eval::Scope;
use crate::plan::cells::Cell;
use crate::plan::make::{Make, Op, Test};
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::Row;
use crate::store::stored::Stored;
use crate::value::Value;
use crate::wire;

/// Appends what is made of a row; what of it has to be a value stands in room that is used again.
pub(super) fn row(
    out: &mut Vec<u8>,
    row: Row<'_>,
    selected: &[Cell],
    make: &Make,
    (scope, room): (&Scope<'_>, &mut Vec<Value>),
) -> Run<()> {
    room.clear();
    for (at, (needed, cell)) in make.needed.iter().zip(selected).enumerate() {
        room.push(if *needed { read::one(row, at, cell, scope)? } else { Value::Null });
    }
    text(out, &make.text, row, Some(&Scope { row: Some(room), ..*scope }))
}

/// Appends the text of a row. What takes more than its cells needs to know whose call it is.
pub(crate) fn text(out: &mut Vec<u8>, ops: &[Op], row: Row<'_>, scope: Option<&Scope<'_>>) -> Run<()> {
    let known = || scope.ok_or(Stop::Defect("a text of more than its row"));
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        at += 1;
        match op {
            Op::Text(text) => text.write(out),
            Op::Cell(cell, kind, as_number) => code::write(out, row.get(*cell)?, *kind, *as_number)?,
            Op::Rows(cell, nest) => nest.write(out, row.rows(*cell)?, known()?)?,
            Op::Made(cell, none) => match row.get(*cell)? {
                Stored::Blob(text) => out.extend_from_slice(text),
                Stored::Null => out.extend_from_slice(none),
                Stored::Integer(_) | Stored::Real(_) | Stored::Decimal(_) | Stored::Text(_) => {
                    return Err(Stop::Defect("rows that are no text"));
                }
            },
            Op::Value(expr, ty) => {
                let scope = known()?;
                wire::write::value(out, &scope.facts.program, &scope.value(expr)?, ty)?;
            }
            Op::Unless(test, to) => {
                let holds = match test {
                    Test::Cell(cell) => matches!(row.get(*cell)?, Stored::Integer(truth) if truth != 0),
                    Test::Condition(condition) => known()?.holds(condition)?,
                };
                if !holds {
                    at = *to;
                }
            }
            Op::Goto(to) => at = *to,
        }
    }
    Ok(())
}
