//! Queries that a loop makes again for each of many items.
use super::body::{Block, Work};
use crate::check::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::body::Statement;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;

/// Most rounds of a loop that nobody minds; the runtime takes them together.
const FEW: u32 = 100;

/// A loop that asks the database in every round has few rounds.
pub(super) fn queries_stand_in_short_loops(checker: &Checker<'_>, work: &Work<'_>, found: &mut Vec<Report>) {
    look(checker, work.block(), None, found);
}

/// Looks through a block that stands in a loop of so many rounds.
fn look(checker: &Checker<'_>, block: Block<'_>, around: Option<Rounds>, found: &mut Vec<Report>) {
    for line in block.lines() {
        if let Some(rounds) = around
            && let Some(asked) = asks(checker, line.statement)
        {
            found.push(rounds.report(&asked, line.at));
        }
        let here = if let Statement::For { list, .. } = line.statement {
            long(most(list), line.at)
        } else if let Statement::ForRows { batch, .. } = line.statement {
            long(Some(*batch), line.at)
        } else {
            None
        };
        let inner = here.or(around);
        line.blocks().into_iter().for_each(|block| look(checker, block, inner, found));
    }
}

/// A loop with many rounds.
#[derive(Clone, Copy)]
struct Rounds {
    most: Option<u32>,
    at: Span,
}

fn long(most: Option<u32>, at: Span) -> Option<Rounds> {
    most.is_none_or(|most| most > FEW).then_some(Rounds { most, at })
}

/// Most items of a list.
fn most(list: &Expr) -> Option<u32> {
    if let Node::List(items) = &list.node {
        return u32::try_from(items.len()).ok();
    }
    if let Type::List(_, bounds) = list.ty.required() { bounds.max } else { None }
}

/// What a statement asks the database for, its blocks left out.
fn asks(checker: &Checker<'_>, statement: &Statement) -> Option<String> {
    match statement {
        Statement::Read { query, .. } => {
            Some(format!("`{}` is read", checker.entity_name(query.select.entity)))
        }
        Statement::UpdateWhere { select, .. } | Statement::DeleteWhere { select, .. } => {
            Some(format!("`{}` is searched", checker.entity_name(select.entity)))
        }
        Statement::Call { operation, .. } => {
            let called = &checker.operations[*operation];
            (!called.effects.reads.is_empty()).then(|| format!("`{}` reads", called.name))
        }
        Statement::Let { .. }
        | Statement::Create { .. }
        | Statement::Update { .. }
        | Statement::Delete { .. }
        | Statement::Keys { .. }
        | Statement::Require { .. }
        | Statement::If { .. }
        | Statement::For { .. }
        | Statement::ForRows { .. }
        | Statement::Match { .. }
        | Statement::Upsert { .. }
        | Statement::Request { .. }
        | Statement::Enqueue { .. }
        | Statement::Emit { .. }
        | Statement::Send { .. }
        | Statement::Link { .. }
        | Statement::ReadFile { .. }
        | Statement::Progress { .. }
        | Statement::Return(_) => None,
    }
}

impl Rounds {
    fn report(self, asked: &str, at: Span) -> Report {
        let rounds = self.most.map_or_else(|| "any number of".to_owned(), |most| format!("up to {most}"));
        let message = format!("{asked} again for each of {rounds} items");
        let report = Report::new(Code::W0602, at, message).label(self.at, "in this loop");
        report.help(format!(
            "read all of them with one `list` before the loop, or bound the loop to at most {FEW} items"
        ))
    }
}
