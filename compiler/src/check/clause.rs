//! The lines of an operation that are not steps of its body, and whether they fit what it does.
use super::Checker;
use crate::ast::{self, ClauseKind, McpDoorKind};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::operation::Operation;
use quater_ir::setting;
use quater_ir::surface::Method;
use std::mem::{Discriminant, discriminant};

/// The least and the most that an answer may be kept, in milliseconds.
const CACHE: (u64, u64) = (1_000, 365 * 86_400_000);

impl<'a> Checker<'a> {
    /// Every line of an operation, in two turns: who may call is asked by the others.
    pub(crate) fn clauses(&mut self, id: Id<Operation>, operation: &mut Operation, node: &'a ast::Operation) {
        let allow = |clause: &'a ast::Clause| {
            if let ClauseKind::Allow(access) = &clause.kind { Some(access) } else { None }
        };
        let allows: Vec<_> = node.clauses.iter().filter_map(allow).collect();
        let stray = node.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Stray))
            || node.body.statements.iter().any(|it| matches!(it.kind, ast::StatementKind::Stray));
        let door = |clause: &ast::Clause| {
            matches!(clause.kind, ClauseKind::Http(_) | ClauseKind::Mcp(_) | ClauseKind::Cli(_))
        };
        if allows.is_empty() && !stray && node.clauses.iter().any(door) {
            self.no_access(&node.name, &node.clauses);
        }
        operation.access = self.access(&allows);
        let mut said = Vec::new();
        for clause in &node.clauses {
            if self.said_once(clause, &mut said).is_some() {
                self.clause(id, operation, clause, node);
            }
        }
    }

    fn clause(
        &mut self,
        id: Id<Operation>,
        operation: &mut Operation,
        clause: &'a ast::Clause,
        node: &'a ast::Operation,
    ) {
        match &clause.kind {
            ClauseKind::Http(http) => self.http_line(id, operation, http, clause.at),
            ClauseKind::Mcp(door) => self.mcp_line(id, operation, door, node),
            ClauseKind::Cli(text) => self.cli_line(id, operation, text),
            ClauseKind::Limit(limit) => {
                operation.limits = self.limit(std::mem::take(&mut operation.limits), limit);
            }
            ClauseKind::Idempotent => operation.idempotent = true,
            ClauseKind::Approve(line) => {
                operation.approval = self.approval(operation, (line, clause.at), node)
            }
            ClauseKind::OnWaiting(_) => self.waits(clause.at, node),
            ClauseKind::Timeout(time) => {
                operation.timeout = self.time_between(time, setting::TIMEOUT, Code::E0515);
            }
            ClauseKind::Cache(time) => operation.cache = self.time_between(time, CACHE, Code::E0515),
            ClauseKind::Compress => operation.compress = true,
            ClauseKind::AuditOff(reason) => operation.unaudited = self.reason(reason),
            ClauseKind::Allow(_)
            | ClauseKind::Effects(_)
            | ClauseKind::Fails(_)
            | ClauseKind::ImplRust { .. }
            | ClauseKind::Stray => {}
            ClauseKind::Retry { .. }
            | ClauseKind::Every(_)
            | ClauseKind::EachTenant
            | ClauseKind::AcrossTenants
            | ClauseKind::On(_)
            | ClauseKind::Receives { .. } => {
                self.error::<()>(Code::E0310, clause.at, "this line does not belong into an operation");
            }
        }
    }

    fn said_once(
        &mut self,
        clause: &ast::Clause,
        said: &mut Vec<(Discriminant<ClauseKind>, Span)>,
    ) -> Option<()> {
        let once = matches!(
            clause.kind,
            ClauseKind::Idempotent
                | ClauseKind::Approve(_)
                | ClauseKind::Timeout(_)
                | ClauseKind::Cache(_)
                | ClauseKind::Compress
                | ClauseKind::AuditOff(_)
                | ClauseKind::ImplRust { .. }
        );
        let kind = discriminant(&clause.kind);
        if once && let Some((_, first)) = said.iter().find(|(other, _)| *other == kind) {
            let report = Report::new(Code::E0111, clause.at, "this line is said twice");
            return self.report(report.label(*first, "first here"));
        }
        said.push((kind, clause.at));
        Some(())
    }

    /// Why something is not as it is elsewhere; silence is no reason.
    fn reason(&mut self, text: &ast::Text) -> Option<String> {
        let plain = self.plain(text)?.trim();
        if plain.is_empty() {
            return self.error(Code::E0515, text.at, "an empty text is no reason");
        }
        Some(plain.to_owned())
    }

    fn waits(&mut self, at: Span, node: &ast::Operation) {
        if !node.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Approve(_))) {
            let report = Report::new(Code::E0514, at, "no call of this operation ever waits");
            self.sink.push(report.help("`on waiting` belongs beside an `approve` line"));
        }
    }

    /// What only the body tells: whether there is anything to repeat, to keep, to follow.
    pub(crate) fn clauses_fit(&mut self, id: Id<Operation>, node: &ast::Operation) {
        for clause in &node.clauses {
            let found = if let ClauseKind::Mcp(door) = &clause.kind {
                self.nothing_to_follow(id, &door.kind)
            } else if matches!(clause.kind, ClauseKind::Idempotent) {
                self.nothing_to_repeat(id)
            } else if matches!(clause.kind, ClauseKind::Cache(_)) {
                self.nothing_to_keep(id)
            } else if matches!(clause.kind, ClauseKind::Compress) {
                self.nothing_to_compress(id)
            } else if matches!(clause.kind, ClauseKind::Approve(_)) {
                self.no_time_to_wait(id)
            } else {
                None
            };
            if let Some((code, message, help)) = found {
                let report = Report::new(code, clause.at, message).help(help);
                // Of a body that was not understood nobody knows what it changes.
                if matches!(clause.kind, ClauseKind::Idempotent) {
                    self.telling.held.push(report);
                } else {
                    self.sink.push(report);
                }
            }
        }
        self.agents_fit(id, node);
    }

    fn nothing_to_repeat(&self, id: Id<Operation>) -> Option<Unfit> {
        let operation = &self.operations[id];
        let acts = operation.effects.writes() || operation.effects.leaves();
        let message = format!("`{}` changes nothing, so it can be repeated as it is", operation.name);
        (!acts).then_some((Code::E0515, message, "take `idempotent` out"))
    }

    fn nothing_to_keep(&self, id: Id<Operation>) -> Option<Unfit> {
        let operation = &self.operations[id];
        let name = &operation.name;
        let got = self.routes.iter().any(|route| route.operation == id && route.method == Method::Get);
        if operation.effects.writes() || operation.effects.leaves() {
            let message = format!("`{name}` does more than read: its answers can't be kept");
            return Some((Code::E0515, message, "take `cache` out"));
        }
        if !got || operation.output.is_none() {
            let message = format!("`{name}` has no GET whose answers could be kept");
            return Some((
                Code::E0515,
                message,
                "`cache` belongs to operations that are read over `http GET`",
            ));
        }
        if !operation.reveals.is_empty() {
            let message = format!("`{name}` shows a secret, which nobody may keep");
            return Some((Code::E0515, message, "take `cache` out, or do not reveal the secret"));
        }
        None
    }

    fn nothing_to_compress(&self, id: Id<Operation>) -> Option<Unfit> {
        let operation = &self.operations[id];
        let answers = operation.doors.http && operation.output.is_some();
        let message = format!("`{}` answers nothing over HTTP that could be compressed", operation.name);
        (!answers).then_some((Code::E0515, message, "take `compress` out"))
    }

    fn no_time_to_wait(&self, id: Id<Operation>) -> Option<Unfit> {
        let got = self.routes.iter().any(|route| route.operation == id && route.method == Method::Get);
        let message = "a GET is answered at once, so it can't wait for anybody".to_owned();
        got.then_some((Code::E0514, message, "use POST, PUT, PATCH or DELETE"))
    }

    fn nothing_to_follow(&self, id: Id<Operation>, door: &McpDoorKind) -> Option<Unfit> {
        let operation = &self.operations[id];
        let McpDoorKind::Tool { task: true, .. } = door else { return None };
        let slow = operation.rust.is_some() || operation.effects.progress || operation.approval.is_some();
        let message = format!("`{}` tells no progress and never waits, so it is no task", operation.name);
        let help = "a task has `progress`, `approve` or `impl rust`; write `mcp tool`";
        (!slow).then_some((Code::E0515, message, help))
    }
}

/// A line that does not fit: why, and what to do.
type Unfit = (Code, String, &'static str);
