//! Bodies with the places of their statements.
use crate::check::Checker;
use crate::check::mark::Mark;
use crate::check::scope::Doer;
use crate::report::Span;
use quater_ir::Id;
use quater_ir::body::{Body, Statement};
use quater_ir::operation::Access;

/// One body, and who runs it.
pub(crate) struct Work<'c> {
    /// Whose it is.
    pub(crate) doer: Doer,
    /// Who may call it; nothing of a job, which has no caller.
    pub(crate) access: Option<&'c [Access]>,
    /// What it does.
    pub(crate) body: &'c Body,
    /// The name of what does it.
    pub(crate) at: Span,
    marks: &'c [Mark],
}

/// Statements of one block.
#[derive(Clone, Copy)]
pub(crate) struct Block<'c> {
    statements: &'c [Statement],
    marks: &'c [Mark],
    around: Span,
}

/// One statement, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Line<'c> {
    /// The statement.
    pub(crate) statement: &'c Statement,
    /// Its place, or that of what it was made for.
    pub(crate) at: Span,
    mark: Option<&'c Mark>,
}

/// Every body of a service.
pub(crate) fn works<'c>(checker: &'c Checker<'_>) -> Vec<Work<'c>> {
    let work = |doer: Doer, access: Option<&'c [Access]>, body: &'c Body, at: Span| {
        let marks = checker.marks.get(&doer).map(Vec::as_slice).unwrap_or_default();
        Work { doer, access, body, at, marks }
    };
    let operations = checker.operations.iter().filter_map(|(id, operation)| {
        let at = checker.names.operations.get(id.index())?.1.name.at;
        Some(work(Doer::Operation(id), Some(operation.access.as_slice()), &operation.body, at))
    });
    let jobs = checker.jobs.iter().filter_map(|(id, job)| {
        Some(work(Doer::Job(id), None, &job.body, checker.names.jobs.get(id.index())?.1.name.at))
    });
    let channels = checker.channels.iter().filter_map(|(id, channel)| {
        let body = &channel.receives.as_ref()?.body;
        let at = checker.names.channels.get(id.index())?.1.name.at;
        Some(work(Doer::Channel(id), Some(channel.access.as_slice()), body, at))
    });
    operations.chain(jobs).chain(channels).collect()
}

impl<'c> Work<'c> {
    /// Its statements.
    pub(crate) fn block(&self) -> Block<'c> {
        Block { statements: &self.body.block, marks: self.marks, around: self.at }
    }
}

impl<'c> Block<'c> {
    /// Its statements, in order.
    pub(crate) fn lines(self) -> impl Iterator<Item = Line<'c>> {
        self.statements.iter().enumerate().map(move |(nth, statement)| {
            let mark = self.marks.get(nth);
            Line { statement, at: mark.and_then(|mark| mark.at).unwrap_or(self.around), mark }
        })
    }

    /// Whether nothing runs behind it.
    pub(crate) fn ends(self) -> bool {
        crate::check::ends(self.statements)
    }
}

impl<'c> Line<'c> {
    /// The blocks inside.
    pub(crate) fn blocks(self) -> Vec<Block<'c>> {
        let marks = |nth: usize| self.mark.and_then(|mark| mark.blocks.get(nth)).map(Vec::as_slice);
        let block =
            |(nth, statements)| Block { statements, marks: marks(nth).unwrap_or_default(), around: self.at };
        self.statement.blocks().into_iter().enumerate().map(block).collect()
    }

    /// This statement and all those inside it, outer ones first.
    pub(crate) fn all(self) -> Vec<Self> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(line) = all.get(next).copied() {
            all.extend(line.blocks().into_iter().flat_map(Block::lines));
            next += 1;
        }
        all
    }
}

impl Checker<'_> {
    /// The name of an entity.
    pub(crate) fn entity_name(&self, id: Id<quater_ir::entity::Entity>) -> &str {
        &self.entities[id].name
    }
}
