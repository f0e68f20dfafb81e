//! A row points only to rows of its own tenant: what is not known to be one is asked when it is written.
use super::implied::Known;
use super::scope::Scope;
use super::{Checker, Typed};
use crate::ast;
use crate::report::{Code, Report};
use quater_ir::Id;
use quater_ir::body::Assign;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::through;
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::types::Type;
use quater_ir::value::Literal;

impl Checker<'_> {
    /// A permission that also asks whether what a row is made to point to is of the row's tenant.
    pub(crate) fn of_one_tenant(
        &self,
        scope: &Scope,
        entity: Id<Entity>,
        permit: Expr,
        values: &[Assign],
    ) -> Expr {
        let asked = values.iter().filter_map(|assign| self.tenant_of_target(scope, entity, assign));
        super::guard::all(std::iter::once(permit).chain(asked).collect())
    }

    /// Over the row as written: whether a relation leads to a row of its tenant, where that is not known.
    fn tenant_of_target(&self, scope: &Scope, entity: Id<Entity>, assign: &Assign) -> Option<Expr> {
        let relation = assign.column;
        let Type::Ref(target) = *self.entities[entity].columns[relation].ty.required() else { return None };
        let (own, theirs) = (self.tenant_of(entity)?, self.tenant_of(target)?);
        if self.leads_to_tenant(own, relation) || self.is_ours(scope, target, &assign.value) {
            return None;
        }
        let theirs = through(relation, theirs.clone());
        let same = Node::Compare(Compare::Equal, Box::new(theirs), Box::new(own.clone()));
        let same = Expr::new(same, Type::Bool);
        if !self.entities[entity].columns[relation].ty.is_optional() {
            return Some(same);
        }
        let absent = Expr::new(Node::IsNull(Box::new(self.column(entity, relation))), Type::Bool);
        Some(Expr::new(Node::Or(vec![absent, same]), Type::Bool))
    }

    /// Whether the tenant of a row is that of the row a relation leads to, or that row itself.
    fn leads_to_tenant(&self, own: &Expr, relation: Id<Column>) -> bool {
        let Node::Column { via, column, .. } = &own.node else { return false };
        via.first().unwrap_or(column) == &relation
    }

    /// A permission to add a row without that it is of the caller's tenant, where what it points to makes it so: a row
    /// that is known to be of that tenant.
    pub(crate) fn but_its_tenant(
        &self,
        entity: Id<Entity>,
        permit: Expr,
        values: &[Assign],
        is_ours: impl Fn(Id<Entity>, &Assign) -> bool,
    ) -> Expr {
        let (Some(own), Some(mine)) = (self.tenant_of(entity), self.mine(entity)) else { return permit };
        let Node::Column { via, .. } = &own.node else { return permit };
        let follows = values.iter().any(|assign| {
            let ty = self.entities[entity].columns[assign.column].ty.required();
            let target = if let Type::Ref(target) = ty { Some(*target) } else { None };
            via.first() == Some(&assign.column) && target.is_some_and(|target| is_ours(target, assign))
        });
        if !follows {
            return permit;
        }
        let parts = if let Node::And(parts) = permit.node { parts } else { vec![permit] };
        super::guard::all(parts.into_iter().filter(|part| *part != mine).collect())
    }

    /// Whether a value is known to be the key of a row of the caller's tenant.
    pub(crate) fn is_ours(&self, scope: &Scope, target: Id<Entity>, value: &Expr) -> bool {
        if let Node::RowColumn { row, .. } = &value.node {
            let target_row = *row.ty.required() == Type::Row(target);
            return target_row && self.known_of_held(scope, row).has_tenant(self, target);
        }
        matches!(value.node, Node::Literal(Literal::Null))
    }

    /// New values over rows, in which what related rows hold counts where the caller may read it.
    pub(crate) fn values_seen(
        &mut self,
        scope: &Scope,
        entity: Id<Entity>,
        values: Vec<Assign>,
        query: &ast::Query,
    ) -> Option<Vec<Assign>> {
        let across = query.across_tenants.is_some();
        let mut seen = Vec::new();
        for assign in values {
            let value = Typed { expr: assign.value, secret: false, at: query.at };
            self.related_readable(entity, &value, scope.body.doer)?;
            let (value, hides) = self.seen(entity, value.expr, scope.body.doer, across, Known::default());
            let column = &self.entities[entity].columns[assign.column];
            if hides && !column.ty.is_optional() {
                let message = format!("the new value of `{}` may be hidden from the caller", column.name);
                let report = Report::new(Code::E0303, query.at, message);
                return self.report(report.help(
                    "let callers read what it leads to, or, where a relation may be absent, give another value with `else`",
                ));
            }
            seen.push(Assign { value, ..assign });
        }
        Some(seen)
    }
}
