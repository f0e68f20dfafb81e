//! Upstream calls in the middle of a transaction: the answer may take long, and what it did is not undone.
use super::body::{Block, Line, Work};
use crate::check::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::Statement;
use quater_ir::resource::{Resource, ResourceKind, UpstreamCall};

/// Nothing was written and no row is held when an upstream is called.
pub(super) fn no_upstream_is_called_in_the_middle(
    checker: &Checker<'_>,
    work: &Work<'_>,
    found: &mut Vec<Report>,
) {
    let mut walk = Walk { checker, busy: None, found };
    walk.block(work.block());
    // A body in Rust begins behind what its inputs hold; what it does itself is held by the types of its crate.
    let requests = work.rust.map(|rust| rust.requests.as_slice()).unwrap_or_default();
    requests.iter().for_each(|(resource, call)| walk.asks(*resource, *call, work.at));
}

/// What makes a transaction one that must not wait.
#[derive(Clone, Copy)]
struct Busy {
    at: Span,
    why: &'static str,
}

struct Walk<'w, 'c> {
    checker: &'w Checker<'c>,
    busy: Option<Busy>,
    found: &'w mut Vec<Report>,
}

impl Walk<'_, '_> {
    fn block(&mut self, block: Block<'_>) {
        block.lines().for_each(|line| self.line(line));
    }

    fn line(&mut self, line: Line<'_>) {
        match line.statement {
            Statement::Request { resource, call, .. } => self.asks(*resource, *call, line.at),
            Statement::Call { operation, .. } => {
                let called = &self.checker.operations[*operation];
                if !called.effects.requests.is_empty() {
                    self.leaves(&format!("`{}`, which calls an upstream,", called.name), line.at);
                }
                self.touched(called.effects.writes(), called.effects.locks, line.at);
            }
            Statement::Read { query, .. } => self.touched(false, query.lock, line.at),
            Statement::Keys { .. } => self.touched(false, false, line.at),
            Statement::For { .. } => self.again(line),
            Statement::ForRows { batch, .. } => {
                // Each lot is committed, and with it all that was written before.
                self.busy = None;
                if *batch > 1 {
                    self.again(line);
                } else {
                    line.blocks().into_iter().for_each(|block| self.block(block));
                }
                self.busy = None;
            }
            Statement::If { .. } | Statement::Match { .. } => self.choice(line),
            Statement::Create { .. }
            | Statement::Update { .. }
            | Statement::UpdateWhere { .. }
            | Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::Upsert { .. }
            | Statement::Enqueue { .. } => self.touched(true, false, line.at),
            Statement::Let { .. }
            | Statement::Require { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. }
            | Statement::Link { .. }
            | Statement::ReadFile { .. }
            | Statement::Progress { .. }
            | Statement::Return(_) => {}
        }
    }

    fn asks(&mut self, resource: Id<Resource>, call: Id<UpstreamCall>, at: Span) {
        let name = &self.checker.resources[resource];
        let called = if let ResourceKind::Http(upstream) = &name.kind {
            format!("`{}.{}`", name.name, upstream.calls[call].name)
        } else {
            format!("`{}`", name.name)
        };
        self.leaves(&called, at);
    }

    /// A loop comes round: what stands behind a call in its block stands before the next one.
    fn again(&mut self, line: Line<'_>) {
        for _ in 0..2 {
            line.blocks().into_iter().for_each(|block| self.block(block));
        }
    }

    fn choice(&mut self, line: Line<'_>) {
        let before = self.busy;
        let mut after =
            if matches!(line.statement, Statement::Match { otherwise: None, .. }) { before } else { None };
        for block in line.blocks() {
            self.busy = before;
            self.block(block);
            if !block.ends() {
                after = after.or(self.busy);
            }
        }
        self.busy = after;
    }

    fn touched(&mut self, writes: bool, locks: bool, at: Span) {
        let why = match (writes, locks) {
            (true, _) => "written here",
            (false, true) => "a row is held from here on",
            (false, false) => return,
        };
        self.busy = self.busy.or(Some(Busy { at, why }));
    }

    fn leaves(&mut self, called: &str, at: Span) {
        let Some(busy) = self.busy else { return };
        let message = format!("{called} is called while the transaction has written or holds a row");
        let report = Report::new(Code::E0420, at, message).label(busy.at, busy.why);
        let help = "call it first, before anything is written; or `enqueue` a job that calls it";
        let report = report.help(help);
        if !self.found.contains(&report) {
            self.found.push(report);
        }
    }
}
