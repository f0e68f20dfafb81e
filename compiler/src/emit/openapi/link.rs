//! What can be done with a row that was just made.
use super::endpoint::Location;
use super::model::Link;
use indexmap::IndexMap;
use quater_ir::entity::Entity;
use quater_ir::expr::Node;
use quater_ir::operation::Place;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use std::collections::BTreeMap;

const CREATED: u16 = 201;

/// Routes by the entity whose row their path names, with what that parameter is called.
pub(super) struct Links<'p> {
    routes: BTreeMap<Id<Entity>, Vec<(&'p str, &'p str)>>,
}

impl<'p> Links<'p> {
    /// Of all routes.
    pub(super) fn new(program: &'p Program, places: &'p [Location<'p>]) -> Self {
        let mut routes = BTreeMap::<_, Vec<_>>::new();
        for at in places {
            let operation = &program.operations[at.route.operation];
            for input in operation.inputs.iter().filter(|input| input.place == Place::Path) {
                if let Type::Ref(entity) = input.ty {
                    routes.entry(entity).or_default().push((operation.name.as_str(), at.shown(&input.name)));
                }
            }
        }
        Self { routes }
    }

    /// From what a route makes to the routes that take its key.
    pub(super) fn from(&self, program: &Program, at: &Location<'_>) -> IndexMap<String, Link> {
        let Some((entity, key)) = made(program, at) else { return IndexMap::new() };
        let targets = self.routes.get(&entity).into_iter().flatten();
        let link = |(operation, parameter): &(&str, &str)| {
            let link = Link {
                operation_id: (*operation).to_owned(),
                parameters: IndexMap::from([((*parameter).to_owned(), format!("$response.body#/{key}"))]),
                description: format!("Takes the `{key}` of what was made."),
            };
            ((*operation).to_owned(), link)
        };
        targets.map(link).collect()
    }
}

/// The entity of which a route makes a row and shows its key, and the member that holds it.
fn made<'p>(program: &'p Program, at: &Location<'_>) -> Option<(Id<Entity>, &'p str)> {
    let Some(Type::Record(shape)) = program.operations[at.route.operation].output else { return None };
    let record = &program.records[shape];
    let entity = record.of.filter(|_| at.route.status == CREATED)?;
    let key = program.entities[entity].key;
    let is_key =
        |node: &Node| matches!(node, Node::Column { via, column, .. } if via.is_empty() && *column == key);
    let field =
        record.fields.values().find(|field| field.source.as_ref().is_some_and(|it| is_key(&it.node)))?;
    Some((entity, &field.name))
}
