//! Expressions over rows in which what related rows hold counts where the caller may read it.
use super::expr::not;
use super::implied::Known;
use super::scope::Doer;
use super::{Checker, Typed};
use crate::report::{Code, Report};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::further_in;
use quater_ir::expr::{Aggregate, Expr, Node, Rows, RowsGive};
use quater_ir::value::Literal;

/// A walk that puts guards where rows are reached.
struct Seen<'c, 'n> {
    checker: &'c Checker<'n>,
    doer: Option<Doer>,
    across: bool,
    /// Whether something may be null because it may not be read.
    hides: bool,
    /// An entity of which nothing that is asked for may be read by anybody.
    denied: Option<Id<Entity>>,
}

impl Checker<'_> {
    /// A condition over rows in which what related rows hold counts where the caller may read it.
    pub(crate) fn as_seen(&self, entity: Id<Entity>, expr: Expr, doer: Option<Doer>, across: bool) -> Expr {
        self.seen(entity, expr, doer, across, Known::default()).0
    }

    /// The same, and whether it may be null because something may not be read.
    pub(crate) fn seen(
        &self,
        entity: Id<Entity>,
        mut expr: Expr,
        doer: Option<Doer>,
        across: bool,
        known: Known,
    ) -> (Expr, bool) {
        let mut seen = Seen { checker: self, doer, across, hides: false, denied: None };
        seen.walk(&mut expr, &mut vec![(entity, known)]);
        (expr, seen.hides)
    }

    /// That nothing of a related row is looked at which nobody may read.
    pub(crate) fn related_readable(
        &mut self,
        entity: Id<Entity>,
        value: &Typed,
        doer: Option<Doer>,
    ) -> Option<()> {
        let mut seen = Seen { checker: self, doer, across: true, hides: false, denied: None };
        seen.walk(&mut value.expr.clone(), &mut vec![(entity, Known::default())]);
        let Some(hidden) = seen.denied else { return Some(()) };
        self.rules_known(hidden)?;
        let name = self.entities[hidden].name.clone();
        let report = Report::new(Code::E0401, value.at, format!("no rule of `{name}` lets this be read"))
            .missing("allow");
        self.report(report.help(format!("add an `allow read …` to `{name}`")))
    }
}

impl Seen<'_, '_> {
    fn walk(&mut self, expr: &mut Expr, levels: &mut Vec<(Id<Entity>, Known)>) {
        if let Node::Convert(inner) = &mut expr.node
            && inner.ty == expr.ty
        {
            let opened = std::mem::replace(&mut **inner, Expr::constant(true));
            *expr = opened;
            return;
        }
        if let Node::Column { up, via, column } = &expr.node {
            let guard = further_in(self.of_column(*up, via, *column, levels), *up);
            return self.hide(expr, guard);
        }
        if let Node::Coalesce(value, other) = &mut expr.node {
            let before = self.hides;
            self.walk(value, levels);
            // What is hidden is the other value then.
            self.hides = before;
            return self.walk(other, levels);
        }
        if let Node::Rows(rows) = &mut expr.node {
            return self.rows(rows, levels, expr.ty.is_optional());
        }
        // A row that is handed on has its own guard.
        if !matches!(expr.node, Node::Related { .. }) {
            expr.children_mut().into_iter().for_each(|child| self.walk(child, levels));
        }
    }

    /// Where a column may be read: of the outermost row everywhere, because its query says so.
    fn of_column(
        &mut self,
        up: u32,
        via: &[Id<Column>],
        column: Id<Column>,
        levels: &[(Id<Entity>, Known)],
    ) -> Expr {
        let Some((level, entity, known)) = level(levels, up) else { return Expr::constant(true) };
        if !via.is_empty() {
            let guard = self.checker.related_guard(entity, via, Some(column), self.doer, self.across);
            if guard.is(false) {
                self.denied = Some(self.checker.related_entity(entity, via));
            }
            if self.checker.way_follows(entity, guard.clone(), known) {
                return Expr::constant(true);
            }
            return guard;
        }
        if level == 0 {
            return Expr::constant(true);
        }
        let partial = self.checker.sight(entity, self.doer, self.across).partial;
        let readable = partial.into_iter().find(|(other, _)| *other == column);
        readable.map_or(Expr::constant(true), |(_, guard)| guard)
    }

    /// The value where a guard holds, else null.
    fn hide(&mut self, expr: &mut Expr, guard: Expr) {
        if guard.is(true) {
            return;
        }
        self.hides = true;
        let ty = expr.ty.clone();
        let null = Expr::new(Node::Literal(Literal::Null), ty.clone().optional());
        let value = std::mem::replace(expr, Expr::constant(true));
        let (condition, then, otherwise) = (Box::new(guard), Box::new(value), Box::new(null));
        *expr = Expr::new(Node::If { condition, then, otherwise }, ty);
    }

    fn rows(&mut self, rows: &mut Rows, levels: &mut Vec<(Id<Entity>, Known)>, optional: bool) {
        let Some((_, entity, outer)) = level(levels, rows.up) else { return };
        let sight = self.checker.sight(rows.entity, self.doer, self.across);
        let way = self.checker.related_guard(entity, &rows.via, None, self.doer, self.across);
        let sight_rows = sight.rows;
        let guard = super::guard::all(vec![sight_rows.clone(), further_in(way, rows.up + 1)]);
        if guard.is(false) {
            self.denied = Some(rows.entity);
        }
        let known = self.checker.known_of(rows.entity, &sight_rows, outer.has_caller());
        rows.guard = guard;
        let before = self.hides;
        levels.push((rows.entity, known));
        if let Some(condition) = &mut rows.condition {
            self.walk(condition, levels);
        }
        if let Some(each) = rows.gives.each_mut() {
            self.walk(each, levels);
        }
        levels.pop();
        // What is null is not counted, and a condition that is null does not hold.
        let whole = matches!(
            rows.gives,
            RowsGive::Aggregate(Aggregate::Count | Aggregate::Sum, _) | RowsGive::Any(_) | RowsGive::All(_)
        );
        if whole || optional {
            self.hides = before;
        }
    }
}

/// The row so many levels further out, and how many are around it.
fn level(levels: &[(Id<Entity>, Known)], up: u32) -> Option<(usize, Id<Entity>, &Known)> {
    let at = levels.len().checked_sub(1 + up as usize)?;
    levels.get(at).map(|(entity, known)| (at, *entity, known))
}

/// A condition that holds where another one does not, null counting as false.
pub(crate) fn fails(condition: Expr) -> Expr {
    not(super::truth::known(condition))
}
