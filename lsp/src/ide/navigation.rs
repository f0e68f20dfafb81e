//! From a name to what it means, and back.
use super::service::Service;
use quater_compiler::report::{FileId, Span};
use quater_compiler::uses::{Definition, DefinitionKind};

/// Where something leads: the name there, and all that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// The name.
    pub(crate) name: Span,
    /// All of it.
    pub(crate) whole: Span,
}

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To what the name means.
    Definition,
    /// To what declares its type.
    Type,
    /// To what is made of it: the projections of an entity, the tests of an operation.
    Implementations,
}

/// A place that means a name, and whether the name is declared there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The place.
    pub(crate) at: Span,
    /// Whether it is the declaration.
    pub(crate) declares: bool,
}

fn target(definition: &Definition) -> Target {
    Target { name: definition.at, whole: definition.whole }
}

/// Where the name at an offset leads.
pub(crate) fn go(service: &Service, file: FileId, offset: u32, way: Way) -> Vec<Target> {
    let found = service.uses().at(file, offset);
    let definitions = found.iter().filter_map(|one| service.uses().definition(one.of));
    let mut targets: Vec<Target> = match way {
        Way::Definition => definitions.map(target).collect(),
        Way::Type => definitions.filter_map(|one| service.uses().type_of(one)).map(target).collect(),
        Way::Implementations => definitions.flat_map(|one| made_of(service, one)).map(target).collect(),
    };
    targets.sort_by_key(|target| target.name);
    targets.dedup();
    targets
}

/// The declarations whose first name is a definition: `type Card = Order(…)`, and tests that call it.
fn made_of<'s>(service: &'s Service, of: &'s Definition) -> Vec<&'s Definition> {
    let holds = |outer: &Definition, at: Span| {
        outer.whole.file == at.file && outer.whole.start <= at.start && at.end <= outer.whole.end
    };
    let wanted = match of.kind {
        DefinitionKind::Operation | DefinitionKind::Job | DefinitionKind::Channel => DefinitionKind::Test,
        DefinitionKind::Service
        | DefinitionKind::Env
        | DefinitionKind::Resource
        | DefinitionKind::Upstream
        | DefinitionKind::Auth
        | DefinitionKind::Type
        | DefinitionKind::Enum
        | DefinitionKind::Value
        | DefinitionKind::Error
        | DefinitionKind::Function
        | DefinitionKind::Entity
        | DefinitionKind::Test
        | DefinitionKind::Field
        | DefinitionKind::Computed
        | DefinitionKind::Parameter
        | DefinitionKind::Local => DefinitionKind::Type,
    };
    let outer = service.uses().definitions().iter().filter(|one| one.kind == wanted && one.at != of.at);
    outer.filter(|one| service.uses().of(of.at).any(|at| holds(one, at))).collect()
}

/// Every place that means what the name at an offset means.
pub(crate) fn mentions(service: &Service, file: FileId, offset: u32) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for one in service.uses().at(file, offset) {
        if service.uses().definition(one.of).is_some() {
            mentions.push(Mention { at: one.of, declares: true });
            mentions.extend(service.uses().of(one.of).map(|at| Mention { at, declares: false }));
        }
    }
    mentions.sort_by_key(|mention| mention.at);
    mentions.dedup();
    mentions
}
