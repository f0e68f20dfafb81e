//! Keys inside inputs: a record, a list or a patch may name rows, and each is asked for like that of a
//! parameter. What the caller may not see is not found, whatever the key came in.
use super::scope::{Place, Scope};
use super::{Checker, Typed};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Raise, Select, Statement};
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node};
use quater_ir::fault;
use quater_ir::types::{Record, Type};
use std::collections::BTreeSet;

/// What is looked through, and what has been found there.
#[derive(Debug, Default)]
struct Found {
    records: BTreeSet<Id<Record>>,
    entities: BTreeSet<Id<Entity>>,
}

impl Checker<'_> {
    /// Asks for the rows that keys inside a value from outside name.
    pub(crate) fn keys_inside(&mut self, scope: &mut Scope, value: &Expr, at: Span) {
        let mut found = Found::default();
        self.named_in(&value.ty, &mut found);
        for entity in found.entities {
            self.all_tenants(scope, entity, false);
            let guard = self.sight(entity, scope.body.doer, false).rows;
            if self.may_read(entity, &guard, scope, at).is_none() {
                continue;
            }
            scope.body.effects.reads.insert(entity);
            scope.body.faults.insert(fault::NOT_FOUND);
            let otherwise = Raise { fault: fault::NOT_FOUND, arguments: Vec::new() };
            let select = Select::new(entity, guard);
            scope.body.block.push(Statement::Keys { value: value.clone(), select, otherwise });
        }
    }

    /// The entities whose keys stand in values of a type.
    fn named_in(&self, ty: &Type, found: &mut Found) {
        if let Type::Ref(entity) = ty {
            found.entities.insert(*entity);
        }
        for id in ty.records(&self.unions) {
            if found.records.insert(id) {
                self.records[id].fields.values().for_each(|field| self.named_in(&field.ty, found));
            }
        }
        ty.children().into_iter().for_each(|part| self.named_in(part, found));
    }

    /// An id as the key of a row; what is no key of such a row already is marked as made into one.
    pub(crate) fn as_key(&self, id: Expr, entity: Id<Entity>) -> Expr {
        let key = self.entities[entity].key;
        let of_row = matches!(&id.node, Node::RowColumn { row, column }
            if *column == key && *row.ty.required() == Type::Row(entity));
        let node = if of_row { id.node } else { Node::Convert(Box::new(id)) };
        Expr::new(node, Type::Ref(entity))
    }

    /// Refuses to store a plain id as a relation: nobody has asked whether the caller may see that row.
    pub(crate) fn names_a_row(&mut self, scope: &Scope, value: &Typed) -> Option<()> {
        if matches!(scope.place, Place::Test | Place::Argument) {
            return Some(());
        }
        let Some(entity) = made_key(&value.expr) else { return Some(()) };
        let name = self.entities[entity].name.clone();
        let message = format!("a plain id where the key of a `{name}` is stored");
        let report = Report::new(Code::E0301, value.at, message);
        let report = report.note("nothing has asked whether the caller may see the row that it names");
        self.report(
            report.help(format!("take the input as `{name}`, or read the row first: `find {name}(…)`")),
        )
    }
}

/// The entity whose key has been made of a plain id somewhere in a value.
fn made_key(expr: &Expr) -> Option<Id<Entity>> {
    if let (Node::Convert(_), Type::Ref(entity)) = (&expr.node, expr.ty.required()) {
        return Some(*entity);
    }
    expr.children().into_iter().find_map(made_key)
}
