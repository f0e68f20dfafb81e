//! Verbs of stored files.
use super::Machine;
use crate::files;
use crate::kernel::time;
use crate::stop::{Run, Stop};
use crate::value::Value;
use quater_ir::body::Raise;
use quater_ir::expr::{Expr, Slot};

impl Machine<'_, '_, '_> {
    /// The URL at which a stored file can be had, for a time or for as long as there is the file.
    pub(super) fn link(&mut self, slot: Slot, file: &Expr, life: Option<&Expr>) -> Run<()> {
        let scope = self.scope();
        let file = scope.value(file)?;
        if file.is_null() {
            return self.set(slot, Value::Null);
        }
        let until = match life {
            Some(life) => Some(time::now().saturating_add(scope.value(life)?.duration()?)),
            None => None,
        };
        let key = self.facts.seal.get().ok_or(Stop::Defect("a link without a secret to seal it with"))?;
        let ticket = files::ticket(key, file.file()?, until).ok_or(Stop::Defect("a file without a link"))?;
        let origin = self.about.origin.clone().unwrap_or_else(|| self.facts.address());
        self.set(slot, Value::Text(format!("{origin}/_files/{ticket}").into()))
    }

    /// The bytes of a stored file.
    pub(super) fn read_file(&mut self, slot: Slot, file: &Expr, otherwise: Option<&Raise>) -> Run<()> {
        let file = self.scope().value(file)?;
        let bytes = match &self.facts.files {
            Some(files) => files.read(file.file()?),
            None => Some(Vec::new()),
        };
        match (bytes, otherwise) {
            (Some(bytes), _) => self.set(slot, Value::Bytes(bytes.into())),
            (None, Some(raise)) => Err(self.raise(raise)?.into()),
            (None, None) => Err(self.unanswered().into()),
        }
    }
}
