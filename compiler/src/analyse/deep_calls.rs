//! Operations that call others that call others: each level of a call takes room while the service runs.
use crate::check::{Checker, DEEPEST_CALLS, too_deep};
use crate::report::Report;
use quater_ir::Id;
use quater_ir::operation::Operation;
use std::collections::BTreeMap;

/// Calls end within some levels. Only the operation where they first do not is spoken of.
pub(super) fn calls_end_soon(checker: &Checker<'_>, found: &mut Vec<Report>) {
    // What an operation calls, through others too, is more than what those call: they come first.
    let mut callers: Vec<_> =
        checker.operations.iter().filter(|(_, operation)| !operation.effects.invokes.is_empty()).collect();
    callers.sort_by_key(|(_, operation)| operation.effects.invokes.len());
    let mut levels: BTreeMap<Id<Operation>, usize> = BTreeMap::new();
    for (id, operation) in callers {
        let called = operation.effects.invokes.iter().filter_map(|called| levels.get(called).copied());
        let own = called.max().unwrap_or(1) + 1;
        levels.insert(id, own);
        if own == DEEPEST_CALLS + 1
            && let Some((_, node)) = checker.names.operations.nth(id.index())
        {
            found.push(too_deep(node.name.at));
        }
    }
}
