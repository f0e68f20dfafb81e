//! Writes that a row rule is there for, and that none of them could ever let happen.
use super::body::{Line, Work};
use crate::check::Checker;
use crate::check::facts::Facts;
use crate::check::scope::Doer;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Assign, Create, Statement, Update};
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::map_columns;
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::operation::{Access, Act};
use quater_ir::types::Type;

/// For every write there is a caller and a row whose rules let it happen.
pub(super) fn some_rule_permits_each_write(checker: &Checker<'_>, work: &Work<'_>, found: &mut Vec<Report>) {
    let callers = callers(checker, work);
    let mut judge = Judge { checker, work, callers: &callers, role: role_column(checker), found };
    work.block().lines().flat_map(Line::all).for_each(|line| judge.line(line));
}

/// The column of the caller's row that is the role, where every `auth` says so.
fn role_column(checker: &Checker<'_>) -> Option<Id<Column>> {
    let mut columns = checker.auths.values().map(|auth| {
        let Node::Column { up: 0, via, column } = &auth.role.as_ref()?.node else { return None };
        via.is_empty().then_some(*column)
    });
    let first = columns.next()??;
    columns.all(|column| column == Some(first)).then_some(first)
}

/// What is known of those who may call, a condition each kind of caller; none of whom nothing is known.
fn callers(checker: &Checker<'_>, work: &Work<'_>) -> Vec<Option<Expr>> {
    let caller = |access: &Access| match access {
        Access::Public => None,
        Access::SignedIn => Some(checker.signed_in()),
        Access::Role(roles) => Some(checker.has_role(roles)),
        Access::When(condition) => Some(condition.clone()),
    };
    work.access.map_or_else(Vec::new, |access| access.iter().map(caller).collect())
}

struct Judge<'j, 'c> {
    checker: &'j Checker<'c>,
    work: &'j Work<'j>,
    callers: &'j [Option<Expr>],
    role: Option<Id<Column>>,
    found: &'j mut Vec<Report>,
}

impl Judge<'_, '_> {
    fn line(&mut self, line: Line<'_>) {
        match line.statement {
            Statement::Create { create, .. } => self.create(create, line.at),
            Statement::Update { update, .. } => self.update(update, line.at),
            Statement::UpdateWhere { select, update, .. } => {
                let mut parts = vec![select.guard.clone()];
                parts.extend(select.condition.clone());
                let before = Expr::new(Node::And(parts), Type::Bool);
                let after = written(&update.permit, &update.values);
                self.judge(update.entity, Act::Update, &[before, after], line.at);
            }
            Statement::Delete { entity, permit, .. } => {
                self.judge(*entity, Act::Delete, std::slice::from_ref(permit), line.at);
            }
            Statement::DeleteWhere { select, .. } => {
                let mut parts = vec![select.guard.clone()];
                parts.extend(select.condition.clone());
                let before = Expr::new(Node::And(parts), Type::Bool);
                self.judge(select.entity, Act::Delete, &[before], line.at);
            }
            Statement::Upsert { create, update, .. } => {
                self.create(create, line.at);
                if let Some(update) = update {
                    self.update(update, line.at);
                }
            }
            Statement::Let { .. }
            | Statement::Read { .. }
            | Statement::Keys { .. }
            | Statement::Require { .. }
            | Statement::If { .. }
            | Statement::For { .. }
            | Statement::ForRows { .. }
            | Statement::Match { .. }
            | Statement::Call { .. }
            | Statement::Request { .. }
            | Statement::Enqueue { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. }
            | Statement::Link { .. }
            | Statement::ReadFile { .. }
            | Statement::Progress { .. }
            | Statement::Return(_) => {}
        }
    }

    fn create(&mut self, create: &Create, at: Span) {
        let after = written(&create.permit, &create.values);
        self.judge(create.entity, Act::Create, &[after], at);
        create.nested.iter().for_each(|nested| self.create(&nested.create, at));
    }

    fn update(&mut self, update: &Update, at: Span) {
        let after = written(&update.permit, &update.values);
        self.judge(update.entity, Act::Update, &[update.permit.clone(), after], at);
    }

    /// Reports a write for which one of some conditions can never hold.
    fn judge(&mut self, entity: Id<Entity>, act: Act, conditions: &[Expr], at: Span) {
        let conditions = conditions.iter().map(|condition| self.with_role(condition.clone()));
        let never = conditions.into_iter().any(|condition| self.never(&condition));
        if !never {
            return;
        }
        let of = self.checker.entity_name(entity);
        let by = self.checker.doer_name(self.work.doer).unwrap_or_default();
        let message = format!("no rule of `{of}` can ever let `{by}` {} this", act.name());
        let help = format!(
            "each `allow {}` of `{of}` asks for something that is never so here: a caller, or a value, of another kind",
            act.name()
        );
        self.found.push(Report::new(Code::W0403, at, message).help(help));
    }

    fn never(&self, condition: &Expr) -> bool {
        let clashes = |caller: Option<&Expr>| {
            let mut facts = Facts::new(&self.checker.enums);
            facts.nobody = matches!(self.work.doer, Doer::Job(_));
            // Nobody may call at all: that is said of the operation, not of what it writes.
            if caller.is_some_and(|caller| facts.assume(caller, true).is_some()) {
                return false;
            }
            facts.assume(condition, true).is_some()
        };
        if self.callers.is_empty() {
            return clashes(None);
        }
        let callers: Vec<Option<Expr>> =
            self.callers.iter().map(|caller| caller.clone().map(|caller| self.with_role(caller))).collect();
        callers.iter().all(|caller| clashes(caller.as_ref()))
    }

    /// `actor.role` is the caller's role, however it is written.
    fn with_role(&self, mut condition: Expr) -> Expr {
        let Some(role) = self.role else { return condition };
        let mut open = vec![&mut condition];
        while let Some(expr) = open.pop() {
            if let Node::RowColumn { row, column } = &expr.node
                && matches!(row.node, Node::Context(Context::Actor))
                && *column == role
            {
                expr.node = Node::Context(Context::Role);
            }
            open.extend(expr.children_mut());
        }
        condition
    }
}

/// A permit over a row as it is written: values stand for the columns that get them.
fn written(permit: &Expr, values: &[Assign]) -> Expr {
    let sure =
        |column: Id<Column>| values.iter().find(|assign| assign.column == column && assign.when.is_none());
    map_columns(permit.clone(), &|via, column| match sure(column) {
        Some(assign) if via.is_empty() => assign.value.node.clone(),
        _ => Node::Column { up: 0, via, column },
    })
}
