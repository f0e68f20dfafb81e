//! Bodies with the places of their statements.
use crate::check::Checker;
use crate::check::mark::Mark;
use crate::check::scope::Doer;
use crate::report::Span;
use quater_ir::Id;
use quater_ir::body::{Body, Statement};
use quater_ir::native::RustBody;
use quater_ir::operation::Access;

/// One body, and who runs it.
pub(crate) struct Work<'c> {
    /// Whose it is.
    pub(crate) doer: Doer,
    /// Who may call it; nothing of a job, which has no caller.
    pub(crate) access: Option<&'c [Access]>,
    /// What it does.
    pub(crate) body: &'c Body,
    /// What of it is written in Rust.
    pub(crate) rust: Option<&'c RustBody>,
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

/// Whoever has a body.
pub(crate) fn doers(checker: &Checker<'_>) -> impl Iterator<Item = Doer> {
    let operations = checker.operations.ids().map(Doer::Operation);
    let jobs = checker.jobs.ids().map(Doer::Job);
    operations.chain(jobs).chain(checker.channels.ids().map(Doer::Channel))
}

/// The body of somebody; nothing of a channel that takes no messages.
pub(crate) fn work<'c>(checker: &'c Checker<'_>, doer: Doer) -> Option<Work<'c>> {
    let (access, (body, rust), at) = match doer {
        Doer::Operation(id) => {
            let operation = &checker.operations[id];
            let (_, node) = checker.names.operations.nth(id.index())?;
            (Some(operation.access.as_slice()), (&operation.body, operation.rust.as_ref()), node.name.at)
        }
        Doer::Job(id) => {
            let job = &checker.jobs[id];
            (None, (&job.body, job.rust.as_ref()), checker.names.jobs.get(id.index())?.1.name.at)
        }
        Doer::Channel(id) => {
            let channel = &checker.channels[id];
            let (_, node) = checker.names.channels.get(id.index())?;
            (Some(channel.access.as_slice()), (&channel.receives.as_ref()?.body, None), node.name.at)
        }
    };
    let marks = checker.marks.get(&doer).map(Vec::as_slice).unwrap_or_default();
    Some(Work { doer, access, body, rust, at, marks })
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
