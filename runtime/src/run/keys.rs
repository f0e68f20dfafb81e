//! Asking for the rows that keys inside a value name.
use super::Machine;
use crate::plan::keys::{self, Keys};
use crate::stop::Run;
use crate::value::Value;
use std::collections::BTreeMap;

impl Machine<'_, '_, '_> {
    /// Whether every key names a row that is found; what is asked for is in one statement.
    pub(super) fn all_found(&mut self, keys: &Keys) -> Run<bool> {
        let value = self.scope().value(&keys.value)?;
        let mut found = BTreeMap::new();
        keys::gather(&self.facts.program, (&value, &keys.value.ty), keys.entity, &mut found);
        if found.is_empty() {
            return Ok(true);
        }
        let wanted = found.len() as i64;
        self.set(keys.slot, Value::List(found.into_values().collect()))?;
        Ok(self.read(&keys.count)?.int()? == wanted)
    }
}
