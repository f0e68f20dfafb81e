//! Holding the bounds of far sides.
use super::Machine;
use crate::plan::bound::Bound;
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::Foreseen;
use crate::value::Value;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::storage::StoredKind;

impl Machine<'_, '_, '_> {
    /// Refuses a written row that is one too many on a far side.
    pub(super) fn within(&mut self, of: Id<Entity>, bounds: &[Bound], row: &[Value]) -> Run<()> {
        for bound in bounds {
            let to = Value::part(row, bound.column)?;
            if to.is_null() {
                continue;
            }
            if let Some(lock) = bound.lock {
                let mut ask = self.session.ask(self.plan, lock)?;
                ask.value(&to, &bound.form, &self.facts.program)?;
                if let Some(ask) = ask.later(Foreseen::Done)? {
                    ask.gives()?;
                }
            }
            if self.are_too_many(bound, &to)? {
                let column = &self.facts.program.entities[of].columns[Id::new(bound.column as u32)].name;
                let message = format!("has its most of {} `{}` already", bound.most, bound.side);
                return Err(Stop::invalid(column, "too_many", message));
            }
        }
        Ok(())
    }

    fn are_too_many(&mut self, bound: &Bound, to: &Value) -> Run<bool> {
        let most = i64::from(bound.most);
        let mut ask = self.session.ask(self.plan, bound.count)?;
        ask.value(to, &bound.form, &self.facts.program)?;
        let Some(ask) = ask.later(Foreseen::AtMost(most))? else { return Ok(false) };
        let mut rows = ask.rows()?;
        let row = rows.next()?.ok_or(Stop::Defect("a count gives one row"))?;
        Ok(code::scalar_of(row.get(0)?, StoredKind::Int)?.int()? > most)
    }
}
