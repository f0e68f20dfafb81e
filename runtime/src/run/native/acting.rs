//! What a body in Rust does by its context.
use super::{Work, remember};
use crate::native::{
    Acting, Duration as Lasting, Failure, File as Sent, Given, Gives, Level, Mark, Shape, To, UpstreamError,
};
use crate::plan::common::{RELEASE, ROLLBACK_TO, SAVEPOINT};
use crate::question::Question;
use crate::stop::Stop;
use crate::value::File;
use quater_ir::Id;
use quater_ir::types::Record;
use std::sync::atomic::Ordering;
use std::time::Instant;
use uuid::Uuid;

impl Acting for Work<'_, '_, '_, '_> {
    fn verb(
        &mut self,
        (entity, verb): (&str, &str),
        arguments: &dyn Gives,
        to: To<'_>,
    ) -> Result<(), Failure> {
        self.goes_on()?;
        let named = self.verb_named(entity, verb).map_err(|stop| self.fail(stop))?;
        if !named.plan.reads {
            self.holds()?;
        }
        let begun = Instant::now();
        let done = self.done(&named, arguments);
        self.away += begun.elapsed();
        let (value, shape) = done.map_err(|stop| self.fail(stop))?;
        if self.plan.reads_files {
            remember(&mut self.files, &value);
        }
        let program = &self.machine.facts.program;
        to(Given { program, value: &value, shape }).map_err(Failure::internal)
    }

    fn call(&mut self, operation: &str, arguments: &dyn Gives, to: To<'_>) -> Result<(), Failure> {
        self.goes_on()?;
        let id = self.operation_named(operation).map_err(|stop| self.fail(stop))?;
        if self.machine.facts.program.operations[id].effects.holds() {
            self.holds()?;
        }
        let begun = Instant::now();
        let called = self.called(id, arguments);
        self.away += begun.elapsed();
        let (value, shape) = called.map_err(|stop| self.fail(stop))?;
        let program = &self.machine.facts.program;
        to(Given { program, value: &value, shape }).map_err(Failure::internal)
    }

    fn request(
        &mut self,
        named: (&str, &str),
        arguments: &dyn Gives,
        to: To<'_>,
    ) -> Result<(), UpstreamError> {
        self.goes_on()?;
        let begun = Instant::now();
        let requested = self.requested(named, arguments);
        self.away += begun.elapsed();
        let asked = requested.map_err(|stop| self.fail(stop))?;
        let (value, shape) = asked.ok_or_else(Failure::unasked)??;
        let program = &self.machine.facts.program;
        Ok(to(Given { program, value: &value, shape }).map_err(Failure::internal)?)
    }

    fn write(&mut self) -> Result<(), Failure> {
        self.goes_on()?;
        self.holds()
    }

    fn ask(&mut self, question: Question) -> Result<Vec<u8>, Failure> {
        self.goes_on()?;
        self.asked(question)
    }

    fn form(&self, name: &str) -> Option<Id<Record>> {
        self.form_named(name)
    }

    fn log(&mut self, level: Level, text: &str) {
        if !self.rust.log || !self.replay.says() {
            return;
        }
        let (request, operation) = (self.machine.about.request, self.operation.name.as_str());
        match level {
            Level::Debug => tracing::debug!(%request, operation, "{text}"),
            Level::Info => tracing::info!(%request, operation, "{text}"),
            Level::Warning => tracing::warn!(%request, operation, "{text}"),
            Level::Error => tracing::error!(%request, operation, "{text}"),
        }
        self.machine.about.saying.say(level, text);
    }

    fn begin(&mut self) -> Result<Mark, Failure> {
        self.goes_on()?;
        if self.plan.writes && !self.replay.asking {
            self.execute(SAVEPOINT)?;
        }
        self.marks.push((self.machine.tally.clone(), self.known.clone()));
        Ok(Mark(self.marks.len()))
    }

    /// What the database itself could not do fails the whole call: nobody knows what is left of it.
    fn end(&mut self, mark: Mark, stays: bool) -> Result<(), Failure> {
        let at = mark.0.saturating_sub(1);
        let before = self.marks.get(at).cloned();
        self.marks.truncate(at);
        if self.replay.leaves || matches!(self.failed, Some(Stop::Database(_) | Stop::Defect(_) | Stop::Gone))
        {
            return Err(Failure::ended());
        }
        let swallowed = self.failed.take();
        let undone = !stays || swallowed.is_some();
        if self.plan.writes && !self.replay.asking {
            if undone {
                self.execute(ROLLBACK_TO)?;
            }
            self.execute(RELEASE)?;
        }
        if let Some((tally, known)) = before.filter(|_| undone) {
            *self.machine.tally = tally;
            self.known = known;
        }
        match swallowed.filter(|_| stays) {
            Some(stop) => Err(Failure::of(&stop, &self.machine.facts.program)),
            None => Ok(()),
        }
    }

    /// Who hears of it hears growing numbers only, also of a body that is run again.
    fn progress(&self, done: i64, total: i64, text: Option<&str>) {
        if self.rust.progress && !self.replay.leaves {
            self.machine.about.progress.tell(done, total, text);
        }
    }

    fn read(&self, file: &Sent) -> Result<Vec<u8>, Failure> {
        let known = self.file(|it| it.digest == file.digest && it.size == file.size, file)?;
        let bytes = self.machine.facts.files.as_ref().and_then(|files| files.read(known));
        bytes.ok_or_else(|| Failure::internal(format!("the bytes of `{}` are gone", file.name)))
    }

    fn link(&self, file: &Sent, life: Option<Lasting>) -> Result<String, Failure> {
        let kept = |it: &File| {
            (it.digest.as_str(), it.name.as_str()) == (&file.digest, &file.name)
                && it.kept.load(Ordering::Relaxed)
        };
        let known = self.file(kept, file)?;
        self.machine
            .link_to(known, life.map(Lasting::milliseconds))
            .map_err(|_| Failure::internal(format!("`{}` can have no link", file.name)))
    }

    fn uuid(&self) -> Uuid {
        self.replay.id()
    }

    fn now(&self) -> i64 {
        self.machine.about.now
    }

    fn actor(&self, to: To<'_>) -> Result<(), Failure> {
        let program = &self.machine.facts.program;
        let entity = program.actor.map(|actor| &program.entities[actor]);
        let (Some(entity), Ok(row)) = (entity, self.machine.about.actor.row()) else {
            return Ok(());
        };
        let (Some(value), ty) = (row.get(entity.key.index()), &entity.columns[entity.key].ty) else {
            return Ok(());
        };
        to(Given { program, value, shape: Shape::Type(ty) }).map_err(Failure::internal)
    }
}
