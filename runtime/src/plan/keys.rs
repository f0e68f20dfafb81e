//! Keys inside a value, and how the rows that they name are asked for.
use super::body::Planner;
use super::query::Read;
use crate::service::StartError;
use crate::value::Value;
use crate::wire;
use quater_ir::body::{Fetch, Query, Select};
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::types::{Bounds, Record, Type};
use quater_ir::{Id, Program};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Keys of an entity inside a value, every one of which must name a row.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) value: Expr,
    pub(crate) entity: Id<Entity>,
    /// Holds them while they are asked for.
    pub(crate) slot: Slot,
    /// Counts the rows that they name.
    pub(crate) count: Read,
}

impl Planner<'_> {
    /// Plans the question after all of them at once.
    pub(super) fn keys(&mut self, value: Expr, select: Select) -> Result<Keys, StartError> {
        let (entity, slot) = (select.entity, self.slot());
        let of = &self.program.entities[entity];
        let key = Node::Column { up: 0, via: Vec::new(), column: of.key };
        let item = Box::new(Expr::new(key, of.columns[of.key].ty.clone()));
        let list = Type::List(Box::new(Type::Ref(entity)), Bounds::ANY);
        let named = Node::Contains { list: Box::new(Expr::new(Node::Slot(slot), list)), item };
        let condition = Some(Expr::new(named, Type::Bool));
        let query = Query { select: Select { condition, ..select }, fetch: Fetch::Count, lock: false };
        Ok(Keys { value, entity, slot, count: self.read(&query)? })
    }
}

/// The keys of an entity in a value of a type, by their text so that each is there once.
pub(crate) fn gather(
    program: &Program,
    (value, ty): (&Value, &Type),
    of: Id<Entity>,
    found: &mut BTreeMap<String, Value>,
) {
    match (value, ty) {
        (Value::Null, _) => {}
        (value, Type::Optional(inner)) => gather(program, (value, inner), of, found),
        (value, Type::Ref(entity)) if *entity == of => {
            if let Some(text) = wire::text::of(value).map(Cow::into_owned) {
                found.insert(text, value.clone());
            }
        }
        (Value::List(items), Type::List(item, _)) => {
            items.iter().for_each(|it| gather(program, (it, item), of, found));
        }
        (Value::List(items), Type::Tuple(parts)) => {
            items.iter().zip(parts).for_each(|part| gather(program, part, of, found));
        }
        (Value::Map(entries), Type::Map(key, inner, _)) => {
            for (its, value) in entries.iter() {
                gather(program, (its, key), of, found);
                gather(program, (value, inner), of, found);
            }
        }
        (Value::Record(members), Type::Record(id)) => {
            members_of(program, *id, members.iter().map(Some), of, found);
        }
        (Value::Patch(members), Type::Patch(id)) => {
            members_of(program, *id, members.iter().map(Option::as_ref), of, found);
        }
        (Value::Variant(member, members), Type::Union(id)) => {
            if let Some(member) = program.unions[*id].members.get(*member as usize) {
                members_of(program, member.record, members.iter().map(Some), of, found);
            }
        }
        (_, _) => {}
    }
}

fn members_of<'v>(
    program: &Program,
    shape: Id<Record>,
    members: impl Iterator<Item = Option<&'v Value>>,
    of: Id<Entity>,
    found: &mut BTreeMap<String, Value>,
) {
    for (field, member) in program.records[shape].fields.values().zip(members) {
        if let Some(member) = member {
            gather(program, (member, &field.ty), of, found);
        }
    }
}
