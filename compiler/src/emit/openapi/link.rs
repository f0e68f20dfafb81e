//! What can be done with an answer: with a row that was just made, and with a page that is not the last.
use super::endpoint::Location;
use super::model::Link;
use indexmap::IndexMap;
use quater_ir::body::Statement;
use quater_ir::entity::Entity;
use quater_ir::expr::{Node, Slot};
use quater_ir::operation::{Input, Place};
use quater_ir::types::{Page, Type};
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
        let Some((entity, key)) = made(program, at) else { return next(program, at) };
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

/// From a page to the one behind it: the same call, with its cursor.
fn next(program: &Program, at: &Location<'_>) -> IndexMap<String, Link> {
    let operation = &program.operations[at.route.operation];
    let Some(Type::Page(Page { by_offset: false, .. })) = operation.output else { return IndexMap::new() };
    let (None, Some(cursor)) = (&at.route.output, cursor(&operation.body.block)) else {
        return IndexMap::new();
    };
    let parameter = |input: &Input| {
        let name = at.shown(&input.name);
        let value = match &input.place {
            Place::Query if input.slot == cursor => "$response.body#/next".to_owned(),
            Place::Query => format!("$request.query.{name}"),
            Place::Path => format!("$request.path.{name}"),
            Place::Member | Place::Part | Place::Body | Place::Header(_) | Place::Cookie(_) => return None,
        };
        Some((name.to_owned(), value))
    };
    let parameters = operation.inputs.iter().filter_map(parameter).collect();
    let description = "The next page, unless `next` is null.".to_owned();
    let link = Link { operation_id: operation.name.to_string(), parameters, description };
    IndexMap::from([("next".to_owned(), link)])
}

/// The input that says where a page goes on.
fn cursor(block: &[Statement]) -> Option<Slot> {
    block.iter().find_map(|statement| {
        if let Statement::Read { query, .. } = statement
            && let Some(paging) = &query.select.page
        {
            return Some(paging.from);
        }
        statement.blocks().into_iter().find_map(cursor)
    })
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
