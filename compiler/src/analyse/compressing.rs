//! The length of what is compressed tells of what is in it.
use crate::ast::ClauseKind;
use crate::check::Checker;
use crate::report::{Code, Report};
use quater_ir::Id;
use quater_ir::operation::Operation;

/// No answer that may be compressed has a secret in it, or what lets somebody in: whoever chooses a part of an answer
/// and sees how long it is learns the rest, a letter at a time (the attack is known as BREACH).
pub(super) fn nothing_that_lets_somebody_in_is_compressed(checker: &Checker<'_>, found: &mut Vec<Report>) {
    for ((id, operation), (_, node)) in checker.operations.iter().zip(&checker.names.operations) {
        let line = node.clauses.iter().find(|clause| matches!(clause.kind, ClauseKind::Compress));
        let (Some(line), true) = (line, operation.compress) else { continue };
        let mut all = vec![id];
        let mut next = 0;
        while let Some(called) = all.get(next).map(|id| &checker.operations[*id]) {
            let more: Vec<Id<Operation>> = called.effects.invokes.clone();
            all.extend(more.into_iter().filter(|id| !all.contains(id)).collect::<Vec<_>>());
            next += 1;
        }
        let Some(what) = all.iter().find_map(|id| lets_in(&checker.operations[*id])) else { continue };
        let message =
            format!("`{}` {what}, and the length of what is compressed tells of it", operation.name);
        found.push(Report::new(Code::E0515, line.at, message).help("take `compress` out"));
    }
}

/// What an operation makes or shows that must not be guessed.
fn lets_in(operation: &Operation) -> Option<&'static str> {
    if !operation.reveals.is_empty() {
        return Some("shows a secret");
    }
    let body = serde_json::to_string(&operation.body).unwrap_or_default();
    let made = [("\"Sign\"", "signs a token"), ("\"Link\"", "makes a link to a file")];
    made.into_iter().find_map(|(node, what)| body.contains(node).then_some(what))
}
