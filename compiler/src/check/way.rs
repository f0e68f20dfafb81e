//! Ways from a row to a column: through relations of the row, and through their far sides to any row there.
use super::Checker;
use super::scope::Doer;
use crate::ast::Name;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity, Side};
use quater_ir::expr::{Expr, Node, Rows, RowsGive};
use quater_ir::types::Type;

/// A way from a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Way {
    /// Relations to walk first.
    pub(crate) via: Vec<Id<Column>>,
    end: End,
}

#[derive(Debug, Clone, PartialEq)]
enum End {
    Column(Id<Column>),
    Side(Id<Side>, Box<Way>),
}

impl Way {
    /// The column, where there is one row on the way at most.
    pub(crate) const fn single(&self) -> Option<Id<Column>> {
        match &self.end {
            End::Column(column) => Some(*column),
            End::Side(..) => None,
        }
    }
}

impl Checker<'_> {
    /// The way that some names show.
    pub(crate) fn way(&mut self, entity: Id<Entity>, names: &[Name]) -> Option<Way> {
        let (mut at, mut via) = (entity, Vec::new());
        for (step, name) in names.iter().enumerate() {
            let rest = names.get(step + 1..).unwrap_or_default();
            if let Some((side, far)) = self.side_named(at, &name.text) {
                self.note_member(at, name);
                if rest.is_empty() {
                    let message = format!("`{}` is many rows: name a column of theirs", name.text);
                    return self.error(Code::E0310, name.at, message);
                }
                let inner = Box::new(self.way(far, rest)?);
                return Some(Way { via, end: End::Side(side, inner) });
            }
            let column = self.column_list(at, &[name])?.first().copied()?;
            if rest.is_empty() {
                return Some(Way { via, end: End::Column(column) });
            }
            let Type::Ref(next) = *self.entities[at].columns[column].ty.required() else {
                let message = format!("`{}` is no relation and leads nowhere", name.text);
                return self.error(Code::E0204, name.at, message);
            };
            via.push(column);
            at = next;
        }
        None
    }

    fn side_named(&self, entity: Id<Entity>, name: &str) -> Option<(Id<Side>, Id<Entity>)> {
        let sides = &self.entities[entity].sides;
        sides.iter().find(|(_, side)| side.name == name).map(|(id, side)| (id, side.entity))
    }

    /// The column at the end, and whose it is.
    pub(crate) fn way_end(&self, entity: Id<Entity>, way: &Way) -> (Id<Entity>, Id<Column>) {
        let at = self.related_entity(entity, &way.via);
        match &way.end {
            End::Column(column) => (at, *column),
            End::Side(side, inner) => self.way_end(self.entities[at].sides[*side].entity, inner),
        }
    }

    /// That what stands on the way and at its end may be read.
    pub(crate) fn way_readable(
        &mut self,
        entity: Id<Entity>,
        way: &Way,
        doer: Option<Doer>,
        across: bool,
        at: Span,
    ) -> Option<()> {
        let near = self.related_entity(entity, &way.via);
        let (last, closed) = match &way.end {
            End::Column(column) if way.via.is_empty() => {
                let partial = self.sight(entity, doer, across).partial;
                if partial.iter().any(|(other, _)| other == column) {
                    return self.unreadable(entity, *column, at);
                }
                return Some(());
            }
            End::Column(column) => {
                (near, self.related_guard(entity, &way.via, Some(*column), doer, across).is(false))
            }
            End::Side(side, inner) => {
                let far = self.entities[near].sides[*side].entity;
                self.way_readable(far, inner, doer, across, at)?;
                (far, self.sight(far, doer, across).rows.is(false))
            }
        };
        if !closed {
            return Some(());
        }
        self.rules_known(last)?;
        let name = self.entities[last].name.clone();
        let report =
            Report::new(Code::E0401, at, format!("no rule of `{name}` lets this be read")).missing("allow");
        self.report(report.help(format!("add an `allow read …` to `{name}`")))
    }

    /// A condition about the column at the end, as one over the row: through a far side it holds for any
    /// row there, and what may not be read counts as null.
    pub(crate) fn over_way(
        &self,
        entity: Id<Entity>,
        way: &Way,
        (doer, across): (Option<Doer>, bool),
        about: &dyn Fn(Expr) -> Expr,
    ) -> Expr {
        match &way.end {
            End::Column(column) => {
                let near = self.related_entity(entity, &way.via);
                let declared = &self.entities[near].columns[*column].ty;
                let optional = self.may_be_absent(entity, &way.via);
                let ty = if optional { declared.clone().optional() } else { declared.clone() };
                let node = Node::Column { up: 0, via: way.via.clone(), column: *column };
                self.as_seen(entity, about(Expr::new(node, ty)), doer, across)
            }
            End::Side(side, inner) => {
                let near = self.related_entity(entity, &way.via);
                let side = &self.entities[near].sides[*side];
                let rows = Rows {
                    up: 0,
                    via: way.via.clone(),
                    entity: side.entity,
                    by: side.by,
                    guard: self.sight(side.entity, doer, across).rows,
                    condition: None,
                    sort: Vec::new(),
                    take: None,
                    gives: RowsGive::Any(self.over_way(side.entity, inner, (doer, across), about)),
                };
                Expr::new(Node::Rows(Box::new(rows)), Type::Bool)
            }
        }
    }

    /// Whether a relation on the way may be null.
    fn may_be_absent(&self, entity: Id<Entity>, via: &[Id<Column>]) -> bool {
        (0..via.len()).any(|step| {
            let (before, rest) = via.split_at(step);
            let at = self.related_entity(entity, before);
            rest.first().is_some_and(|relation| self.entities[at].columns[*relation].ty.is_optional())
        })
    }
}
