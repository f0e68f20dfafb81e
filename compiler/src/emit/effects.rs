//! What the effects of an operation let its documents promise.
use quater_ir::Program;
use quater_ir::body::{Statement, Update};
use quater_ir::expr::{Context, Expr, Node, Slot};
use quater_ir::operation::Operation;
use quater_ir::surface::Hints;

/// The hints of a tool; none claims more than the body shows.
pub(super) fn hints(program: &Program, operation: &Operation) -> Hints {
    let effects = &operation.effects;
    Hints {
        read_only: !effects.writes(),
        destructive: !(effects.updates.is_empty() && effects.deletes.is_empty()),
        idempotent: !effects.writes() || (operation.rust.is_none() && repeats_alike(program, operation)),
        open_world: effects.leaves(),
    }
}

/// Whether a second equal call finds nothing left to change: all that is written are given values in
/// one row, or there is one deletion.
fn repeats_alike(program: &Program, operation: &Operation) -> bool {
    let mut writes =
        Writes { program, given: operation.inputs.iter().map(|input| input.slot).collect(), target: None };
    operation.effects.creates.is_empty() && operation.body.block.iter().all(|it| writes.repeat_alike(it))
}

/// The row, or the one statement, that writes; two different ones may undo each other.
#[derive(PartialEq)]
enum Target {
    Row(Slot),
    Rows,
}

struct Writes<'p> {
    program: &'p Program,
    given: Vec<Slot>,
    target: Option<Target>,
}

impl Writes<'_> {
    fn repeat_alike(&mut self, statement: &Statement) -> bool {
        match statement {
            Statement::Let { slot, value } => {
                if self.is_given(value) {
                    self.given.push(*slot);
                }
                true
            }
            Statement::Read { .. }
            | Statement::Keys { .. }
            | Statement::Require { .. }
            | Statement::Return(_) => true,
            Statement::Create { .. }
            | Statement::Upsert { .. }
            | Statement::ForRows { .. }
            | Statement::Call { .. }
            | Statement::Enqueue { .. } => false,
            Statement::Request { .. } | Statement::Emit { .. } | Statement::Send { .. } => false,
            Statement::Link { .. } | Statement::ReadFile { .. } | Statement::Progress { .. } => true,
            Statement::Match { subject, .. } => {
                let mut blocks = statement.blocks().into_iter().flatten();
                self.is_given(subject) && blocks.all(|it| self.repeat_alike(it))
            }
            Statement::Update { row, update } => self.first(Target::Row(*row)) && self.sets_given(update),
            Statement::UpdateWhere { select, update, .. } => {
                self.first(Target::Rows) && select.take.is_none() && self.sets_given(update)
            }
            Statement::Delete { .. } => self.first(Target::Rows),
            Statement::DeleteWhere { select, .. } => self.first(Target::Rows) && select.take.is_none(),
            Statement::If { condition, then, otherwise } => {
                let mut branches = then.iter().chain(otherwise);
                self.is_given(condition) && branches.all(|it| self.repeat_alike(it))
            }
            Statement::For { block, .. } => !block.iter().any(writes),
        }
    }

    /// Whether nothing else has been written before: the same row may be written again.
    fn first(&mut self, target: Target) -> bool {
        match &self.target {
            None => {
                self.target = Some(target);
                true
            }
            Some(before) => *before == target && target != Target::Rows,
        }
    }

    fn sets_given(&self, update: &Update) -> bool {
        let columns = &self.program.entities[update.entity].columns;
        columns.values().all(|column| column.on_update.is_none())
            && update.values.iter().all(|assign| self.is_given(&assign.value))
    }

    /// Whether a value is the same at every equal call, whatever the database holds.
    fn is_given(&self, value: &Expr) -> bool {
        match &value.node {
            Node::Slot(slot) => self.given.contains(slot),
            Node::Context(context) => matches!(context, Context::Door),
            Node::Column { .. }
            | Node::RowColumn { .. }
            | Node::Related { .. }
            | Node::Rows(_)
            | Node::GroupKey
            | Node::Aggregate { .. }
            | Node::Sign { .. }
            | Node::Project { .. } => false,
            Node::Call(builtin, arguments) => {
                builtin.is_pure() && arguments.iter().all(|part| self.is_given(part))
            }
            Node::Literal(_)
            | Node::Env(_)
            | Node::Element(_)
            | Node::Member { .. }
            | Node::Not(_)
            | Node::Negate(_)
            | Node::IsNull(_)
            | Node::Convert(_)
            | Node::Refine { .. }
            | Node::And(_)
            | Node::Or(_)
            | Node::Concat(_)
            | Node::List(_)
            | Node::Record(..)
            | Node::Compare(..)
            | Node::Arithmetic(..)
            | Node::Coalesce(..)
            | Node::Contains { .. }
            | Node::In(..)
            | Node::If { .. }
            | Node::Fold { .. }
            | Node::Index { .. }
            | Node::Tuple(_)
            | Node::Part { .. }
            | Node::Map(_)
            | Node::MapOf { .. }
            | Node::Variant { .. }
            | Node::Narrow { .. }
            | Node::Patch(_)
            | Node::Match { .. }
            | Node::Has { .. }
            | Node::FilePart { .. } => value.children().into_iter().all(|part| self.is_given(part)),
        }
    }
}

fn writes(statement: &Statement) -> bool {
    statement.writes() || statement.blocks().into_iter().flatten().any(writes)
}
