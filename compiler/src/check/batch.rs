//! `for x in list E … batch n { … }`: every row of a query, so many to a commit.
use super::Checker;
use super::scope::{Doer, Scope, slot_value};
use crate::ast::{self, ExprKind, Verb};
use crate::report::{Code, Report, Span};
use quater_ir::body::{Fetch, Query, Statement};
use quater_ir::types::Type;

/// The list of a `for` that goes through it in batches.
pub(crate) fn batched(list: &ast::Expr) -> Option<(&ast::Query, &ast::Expr)> {
    let ExprKind::Verb(verb) = &list.kind else { return None };
    let Verb::List(query) = &**verb else { return None };
    Some((query, query.batch.as_ref()?))
}

impl Checker<'_> {
    /// A loop that commits behind every so many rows.
    pub(crate) fn batch_loop(
        &mut self,
        scope: &mut Scope,
        element: &ast::Name,
        (query, size): (&ast::Query, &ast::Expr),
        body: &ast::Block,
    ) -> Option<()> {
        self.fresh(scope, element);
        let found = self.batch_rows(scope, query, size);
        let ((), block) = scope.nested(|scope| {
            match &found {
                Some((_, _, slot, ty)) => {
                    self.note_local(element, ty);
                    scope.bind_at(element, slot_value(*slot, ty.clone()), false);
                }
                None => scope.unknown(&element.text),
            }
            self.block(scope, body);
        });
        let (rows, batch, slot, _) = found?;
        scope.body.block.push(Statement::ForRows { slot, query: rows, batch, block });
        self.has_index(scope, query.at);
        Some(())
    }

    fn batch_rows(
        &mut self,
        scope: &mut Scope,
        query: &ast::Query,
        size: &ast::Expr,
    ) -> Option<(Query, u32, quater_ir::expr::Slot, Type)> {
        self.may_commit(scope, size.at)?;
        let count = self.whole(size)?;
        let Some(batch) = u32::try_from(count).ok().filter(|count| (1..=1_000).contains(count)) else {
            return self.error(Code::E0604, size.at, "a batch has between 1 and 1,000 rows");
        };
        if query.sort.is_some() || query.take.is_some() {
            let report =
                Report::new(Code::E0631, query.at, "batches go through all rows, in the order of their keys");
            return self.report(report.help("leave `sort` and `take` out: rows that a batch changes would otherwise be met again or passed over"));
        }
        let entity = self.entity_named(&query.entity)?;
        let plain = ast::Query { batch: None, ..query.clone() };
        let (select, _) = self.select(scope, entity, &plain)?;
        let ty = Type::Row(entity);
        let slot = scope.slot(self.entities[entity].name.to_lowercase(), ty.clone());
        scope.body.partly.insert(slot, (entity, query.at));
        scope.body.effects.reads.insert(entity);
        scope.body.effects.locks |= query.lock.is_some();
        let columns = self.entities[entity].columns.ids().collect();
        let query = Query { select, fetch: Fetch::Many(columns), lock: query.lock.is_some() };
        Some((query, batch, slot, ty))
    }

    /// A commit in the middle is for work that can go on from there.
    fn may_commit(&mut self, scope: &Scope, at: Span) -> Option<()> {
        let why = if scope.body.depth > 0 {
            "a batch inside another loop or condition would commit half of what stands around it"
        } else {
            match scope.body.doer {
                Some(Doer::Job(_)) => return Some(()),
                Some(Doer::Operation(id)) if !self.operations[id].idempotent => return Some(()),
                Some(Doer::Operation(_)) => {
                    "an idempotent operation is committed with its answer, as a whole"
                }
                Some(Doer::Channel(_)) | None => "only jobs and operations commit",
            }
        };
        let report = Report::new(Code::E0631, at, "no batch can be committed here");
        self.report(report.note(why).help("leave `batch` out and say `take n`, or move the loop into a job"))
    }
}
