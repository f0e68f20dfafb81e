//! Verbs of stored files.
use super::Machine;
use crate::files;
use crate::kernel::time;
use crate::stop::{Run, Stop};
use crate::value::{File, Value};
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
        let life = life.map(|life| scope.value(life)?.duration()).transpose()?;
        let url = self.link_to(file.file()?, life)?;
        self.set(slot, Value::Text(url.into()))
    }

    /// The URL of a file, for so many milliseconds or for as long as there is the file.
    pub(super) fn link_to(&self, file: &File, life: Option<i64>) -> Run<String> {
        let until = life.map(|life| time::now().saturating_add(life));
        let key = self.facts.seal.get().ok_or(Stop::Defect("a link without a secret to seal it with"))?;
        let ticket = files::ticket(key, file, until).ok_or(Stop::Defect("a file without a link"))?;
        let origin = self.about.origin.clone().unwrap_or_else(|| self.facts.address());
        Ok(format!("{origin}/_files/{ticket}"))
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
