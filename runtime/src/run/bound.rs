//! Holding the bounds of far sides.
use super::Machine;
use crate::plan::bound::Bound;
use crate::stop::{Run, Stop};
use crate::store::session::Foreseen;
use crate::value::Value;
use quater_ir::Id;
use quater_ir::entity::Entity;

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
        let mut ask = self.session.ask(self.plan, bound.beyond)?;
        ask.value(to, &bound.form, &self.facts.program)?;
        match ask.later(Foreseen::Nothing)? {
            Some(ask) => Ok(ask.gives()?),
            None => Ok(false),
        }
    }
}
