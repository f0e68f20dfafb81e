//! Answers written while they are worked out: no value of the whole is put together first.
use super::read;
use crate::eval::Scope;
use crate::plan::cells::Cell;
use crate::plan::make::{Make, Part};
use crate::stop::Run;
use crate::store::code;
use crate::store::session::Row;
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
    part(out, &make.text, row, &Scope { row: Some(room), ..*scope })
}

fn part(out: &mut Vec<u8>, it: &Part, row: Row<'_>, scope: &Scope<'_>) -> Run<()> {
    let program = &scope.facts.program;
    match it {
        Part::Record(members) => {
            if members.is_empty() {
                out.push(b'{');
            }
            for (key, member) in members {
                out.extend_from_slice(key);
                part(out, member, row, scope)?;
            }
            out.push(b'}');
            Ok(())
        }
        Part::Choice { condition, then, otherwise } => {
            part(out, if scope.holds(condition)? { then } else { otherwise }, row, scope)
        }
        Part::Cell(at, kind) => code::write(out, row.get(*at)?, *kind, program.service.decimals_as_numbers),
        Part::Rows(at, nest) => nest.write(out, row.rows(*at)?, scope),
        Part::Value(expr, ty) => wire::write::value(out, program, &scope.value(expr)?, ty),
    }
}
