//! Aggregates of rows: `sum Order where … of total`.
use super::implied::Known;
use super::scope::{Place, Scope, slot_value};
use super::{Checker, Typed};
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Fetch, Query, Statement};
use quater_ir::entity::Entity;
use quater_ir::expr::{Aggregate, Expr};
use quater_ir::types::Type;

impl Checker<'_> {
    /// `sum`, `min`, `max` and `avg` of rows.
    pub(crate) fn aggregate_rows(
        &mut self,
        scope: &mut Scope,
        kind: ast::Aggregate,
        query: &ast::Query,
    ) -> Option<Typed> {
        let function = function(kind);
        let entity = self.entity_named(&query.entity)?;
        let (select, _) = self.select(scope, entity, query)?;
        let Some(of) = &query.of else {
            let word = word(function);
            let report = Report::new(Code::E0304, query.at, format!("`{word}` does not say of what"));
            return self.report(report.help(format!("write `{word} E where … of column`")));
        };
        let across = query.across_tenants.is_some();
        let value = self.over_row(scope, entity, of, across)?;
        self.shown_value(&value)?;
        let ty = self.aggregated(function, value.ty(), value.at)?;
        let slot = scope.slot(word(function), ty.clone());
        scope.body.effects.reads.insert(entity);
        let query_at = query.at;
        let query = Query { select, fetch: Fetch::Aggregate(function, value.expr), lock: false };
        scope.body.block.push(Statement::Read { slot, query, otherwise: None });
        Some(Typed { expr: slot_value(slot, ty), secret: false, at: query_at })
    }

    /// A value over the rows of an entity, as the caller may see them.
    pub(crate) fn over_row(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        value: &ast::Expr,
        across: bool,
    ) -> Option<Typed> {
        let (row, place, seen) = (scope.row.replace(entity), scope.place, scope.seen);
        (scope.place, scope.seen) = (Place::Rule, true);
        let found = self.expr(scope, value, None);
        (scope.row, scope.place, scope.seen) = (row, place, seen);
        let found = found?;
        self.related_readable(entity, &found, scope.body.doer)?;
        let partial = self.sight(entity, scope.body.doer, across).partial;
        self.tests_readable(entity, &found.expr, &partial, found.at)?;
        let (seen, hides) = self.seen(entity, found.expr, scope.body.doer, across, Known::default());
        let ty = if hides { seen.ty.optional() } else { seen.ty };
        Some(Typed { expr: Expr::new(seen.node, ty), secret: found.secret, at: found.at })
    }

    /// Refuses a secret of which something is made that is shown.
    pub(crate) fn shown_value(&mut self, value: &Typed) -> Option<()> {
        if !value.secret {
            return Some(());
        }
        self.error(Code::E0403, value.at, "what is made of a secret would tell what it is")
    }

    /// The type of what an aggregate makes of values of a type.
    pub(crate) fn aggregated(&mut self, function: Aggregate, of: &Type, at: Span) -> Option<Type> {
        let kind = super::expr::unrefined(of.required());
        let number = matches!(kind, Type::Int(_) | Type::Float(_) | Type::Decimal { .. });
        let ordered = number || matches!(kind, Type::Text(_) | Type::Date | Type::Instant | Type::Duration);
        let found = match function {
            Aggregate::Count => Some(super::write::count_type()),
            Aggregate::Sum if number || kind == Type::Duration => Some(kind.clone()),
            Aggregate::Min | Aggregate::Max if ordered => Some(kind.clone().optional()),
            Aggregate::Avg if matches!(kind, Type::Int(_)) => Some(Type::FLOAT.optional()),
            Aggregate::Avg if number => Some(kind.clone().optional()),
            Aggregate::Sum | Aggregate::Min | Aggregate::Max | Aggregate::Avg => None,
        };
        let adds = matches!(function, Aggregate::Sum | Aggregate::Avg);
        match found {
            Some(_) if adds && of.is_optional() => {
                let report =
                    Report::new(Code::E0303, at, "this may be absent, and then it can't be reckoned with");
                self.report(report.help("give another value with `else`, as in `discount else 0`"))
            }
            Some(ty) => Some(ty),
            None => {
                let message = format!("`{}` does not take {}", word(function), self.describe(&kind));
                self.error(Code::E0304, at, message)
            }
        }
    }
}

const fn function(kind: ast::Aggregate) -> Aggregate {
    match kind {
        ast::Aggregate::Count => Aggregate::Count,
        ast::Aggregate::Sum => Aggregate::Sum,
        ast::Aggregate::Min => Aggregate::Min,
        ast::Aggregate::Max => Aggregate::Max,
        ast::Aggregate::Avg => Aggregate::Avg,
    }
}

/// The word of an aggregate.
pub(crate) const fn word(function: Aggregate) -> &'static str {
    match function {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Avg => "avg",
    }
}
