//! Bodies as steps.
use super::Statements;
use super::change::{self, Adding, Candidates, Changing, Removing};
use super::query::{self, Prepared, Read};
use super::switch::Switched;
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::body::{Fetch, Raise, Statement};
use quater_ir::expr::{Expr, Node, Slot};

/// One step of a body: a statement with its queries planned.
#[derive(Debug)]
pub(crate) enum Step {
    Let {
        slot: Slot,
        value: Expr,
    },
    Read {
        slot: Slot,
        read: Read,
        otherwise: Option<Raise>,
    },
    /// Reads and ends with what was read, written out row by row.
    Answer {
        read: Read,
        otherwise: Option<Raise>,
    },
    Create {
        slot: Option<Slot>,
        create: Adding,
    },
    Update {
        row: Slot,
        update: Changing,
    },
    UpdateWhere {
        slot: Option<Slot>,
        rows: Candidates,
        update: Changing,
    },
    Delete {
        row: Slot,
        delete: Removing,
    },
    DeleteWhere {
        slot: Option<Slot>,
        rows: Switched<Option<Prepared>>,
        otherwise: Option<Raise>,
    },
    Require {
        condition: Expr,
        otherwise: Raise,
    },
    If {
        condition: Expr,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    For {
        slot: Slot,
        list: Expr,
        block: Vec<Step>,
    },
    Return(Option<Expr>),
}

/// Plans the statements of a block.
pub(crate) fn block(
    program: &Program,
    statements: &mut Statements,
    block: &[Statement],
) -> Result<Vec<Step>, StartError> {
    let mut steps = Vec::new();
    let mut rest = block.iter().peekable();
    while let Some(statement) = rest.next() {
        let answers = rest.peek().is_some_and(|next| answers(statement, next));
        let planned = step(program, statements, statement)?;
        if let (true, Step::Read { .. }) = (answers, &planned) {
            steps.extend(answer(planned));
            break;
        }
        steps.push(planned);
    }
    Ok(steps)
}

fn answer(step: Step) -> Option<Step> {
    if let Step::Read { read, otherwise, .. } = step { Some(Step::Answer { read, otherwise }) } else { None }
}

/// Whether a statement reads projections that the next one returns, so that nobody else sees them.
fn answers(statement: &Statement, next: &Statement) -> bool {
    let Statement::Read { slot, query, .. } = statement else { return false };
    let Statement::Return(Some(output)) = next else { return false };
    matches!(query.fetch, Fetch::OneShaped(_) | Fetch::ManyShaped(_))
        && matches!(output.node, Node::Slot(returned) if returned == *slot)
}

fn step(program: &Program, statements: &mut Statements, statement: &Statement) -> Result<Step, StartError> {
    Ok(match statement {
        Statement::Let { slot, value } => Step::Let { slot: *slot, value: value.clone() },
        Statement::Read { slot, query, otherwise } => {
            let read = query::read(program, statements, query)?;
            Step::Read { slot: *slot, read, otherwise: otherwise.clone() }
        }
        Statement::Create { slot, create } => {
            Step::Create { slot: *slot, create: change::create(program, statements, create)? }
        }
        Statement::Update { row, update } => {
            Step::Update { row: *row, update: change::update(program, statements, update)? }
        }
        Statement::UpdateWhere { slot, select, update } => {
            let (rows, update) = change::update_where(program, statements, select, update)?;
            Step::UpdateWhere { slot: *slot, rows, update }
        }
        Statement::Delete { row, entity, permit } => {
            Step::Delete { row: *row, delete: change::delete(program, statements, *entity, permit)? }
        }
        Statement::DeleteWhere { slot, select, otherwise } => {
            let rows = query::delete_where(program, statements, select)?;
            Step::DeleteWhere { slot: *slot, rows, otherwise: otherwise.clone() }
        }
        Statement::Require { condition, otherwise } => {
            Step::Require { condition: condition.clone(), otherwise: otherwise.clone() }
        }
        Statement::If { condition, then, otherwise } => Step::If {
            condition: condition.clone(),
            then: block(program, statements, then)?,
            otherwise: block(program, statements, otherwise)?,
        },
        Statement::For { slot, list, block } => {
            Step::For { slot: *slot, list: list.clone(), block: self::block(program, statements, block)? }
        }
        Statement::Return(output) => Step::Return(output.clone()),
    })
}

/// How many queries a block may make; a loop counts as many.
pub(crate) fn queries(block: &[Step]) -> usize {
    block
        .iter()
        .map(|step| match step {
            Step::Let { .. } | Step::Require { .. } | Step::Return(_) => 0,
            Step::If { then, otherwise, .. } => queries(then).max(queries(otherwise)),
            Step::For { block, .. } => queries(block).saturating_mul(2),
            Step::Read { .. }
            | Step::Answer { .. }
            | Step::Create { .. }
            | Step::Update { .. }
            | Step::UpdateWhere { .. }
            | Step::Delete { .. }
            | Step::DeleteWhere { .. } => 1,
        })
        .sum()
}
