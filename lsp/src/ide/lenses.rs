//! What can be done with a declaration, written above it.
use super::service::Service;
use quater_compiler::report::{FileId, Span};
use quater_compiler::uses::DefinitionKind;

/// What a lens does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Runs one test.
    RunTest(String),
    /// Calls an operation.
    Call(String),
    /// Shows the places that mean it.
    References(Vec<Span>),
}

/// A lens over a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lens {
    /// The name.
    pub(crate) at: Span,
    /// What it does.
    pub(crate) act: Act,
}

/// The lenses of a file.
pub(crate) fn lenses(service: &Service, file: FileId) -> Vec<Lens> {
    let mut lenses = Vec::new();
    for one in service.uses().defined_in(file).filter(|one| one.owner.is_none()) {
        if one.kind == DefinitionKind::Test {
            lenses.push(Lens { at: one.at, act: Act::RunTest(one.name.to_string()) });
            continue;
        }
        if one.kind == DefinitionKind::Operation {
            lenses.push(Lens { at: one.at, act: Act::Call(one.name.to_string()) });
        }
        if !matches!(one.kind, DefinitionKind::Service | DefinitionKind::Local) {
            lenses.push(Lens { at: one.at, act: Act::References(service.uses().of(one.at).collect()) });
        }
    }
    lenses
}
