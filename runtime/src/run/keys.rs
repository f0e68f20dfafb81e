//! Asking for the rows that keys inside a value name.
use super::Machine;
use crate::plan::keys::{self, Keys};
use crate::stop::Run;
use crate::value::Value;
use quater_ir::body::Raise;
use std::collections::BTreeMap;

impl Machine<'_, '_, '_> {
    /// Ends the body unless every key names a row that is known or found; they are asked for in one statement.
    pub(super) fn all_found(&mut self, keys: &Keys, otherwise: &Raise) -> Run<()> {
        let value = self.scope().value(&keys.value)?;
        let mut found = BTreeMap::new();
        keys::gather(&self.facts.program, (&value, &keys.value.ty), keys.entity, &mut found);
        found.retain(|_, key| !self.course.known.has(keys.entity, key));
        if found.is_empty() {
            return Ok(());
        }
        self.course.known.ask();
        let wanted = found.len() as i64;
        self.set(keys.slot, Value::List(found.into_values().collect()))?;
        let all = self.read(&keys.count)?.int()? == wanted;
        self.found(all, Some(otherwise))
    }
}
