//! Operations that anybody may try as often as they like.
use crate::ast::ClauseKind;
use crate::check::Checker;
use crate::report::{Code, Report};
use quater_ir::Service;
use quater_ir::operation::{Access, Operation};
use quater_ir::types::Type;

/// What strangers can write by, and what takes something that can be guessed, has a limit.
pub(super) fn what_invites_trying_is_limited(
    checker: &Checker<'_>,
    service: &Service,
    found: &mut Vec<Report>,
) {
    if !service.limits.is_empty() {
        return;
    }
    for (operation, (_, node)) in checker.operations.values().zip(&checker.names.operations) {
        let reached = operation.doors.http || operation.doors.mcp;
        let Some(why) = inviting(operation).filter(|_| reached && operation.limits.is_empty()) else {
            continue;
        };
        let name = &node.name;
        let report = Report::new(Code::W0502, name.at, format!("`{}` has no limit, and {why}", name.text));
        let open = node.clauses.iter().find(|clause| matches!(clause.kind, ClauseKind::Allow(_)));
        let report = open.map_or(report.clone(), |clause| report.label(clause.at, "these callers"));
        found.push(report.help("say how often: `limit 10/min per ip` here, or a `limit` of the service"));
    }
}

/// What there is in trying an operation again and again.
fn inviting(operation: &Operation) -> Option<String> {
    let guessed = operation.inputs.iter().find(|it| it.secret || matches!(it.ty.required(), Type::Password));
    if let Some(input) = guessed {
        return Some(format!("`{}` can be guessed", input.name));
    }
    let open = operation.access.iter().any(|access| matches!(access, Access::Public));
    (open && operation.effects.writes()).then(|| "anybody may write by it".to_owned())
}
