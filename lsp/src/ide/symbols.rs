//! What a file declares, as a tree; what a workspace declares, by name.
use super::service::Service;
use quater_compiler::report::{FileId, Span};
use quater_compiler::uses::{Definition, DefinitionKind};
use std::collections::BTreeMap;

/// A declaration with what stands in it.
#[derive(Debug)]
pub(crate) struct Symbol<'s> {
    /// The declaration.
    pub(crate) definition: &'s Definition,
    /// What stands in it.
    pub(crate) inside: Vec<Symbol<'s>>,
}

/// The declarations of a file.
pub(crate) fn document_symbols(service: &Service, file: FileId) -> Vec<Symbol<'_>> {
    let mut members: BTreeMap<Span, Vec<Symbol<'_>>> = BTreeMap::new();
    let mut top = Vec::new();
    for definition in service.uses().defined_in(file).filter(|one| is_shown(one.kind)) {
        let symbol = Symbol { definition, inside: Vec::new() };
        match definition.owner {
            Some(owner) => members.entry(owner).or_default().push(symbol),
            None => top.push(symbol),
        }
    }
    for symbol in &mut top {
        symbol.inside = members.remove(&symbol.definition.at).unwrap_or_default();
    }
    top
}

fn is_shown(kind: DefinitionKind) -> bool {
    !matches!(kind, DefinitionKind::Local | DefinitionKind::Parameter)
}

/// Whether a name holds some letters in their order.
pub(super) fn holds_in_order(name: &str, letters: &str) -> bool {
    let mut rest = letters.chars().peekable();
    name.chars().for_each(|letter| _ = rest.next_if(|next| *next == letter));
    rest.peek().is_none()
}

/// The declarations whose names hold the letters of a query, in their order.
pub(crate) fn matching<'s>(service: &'s Service, query: &str) -> Vec<&'s Definition> {
    let query = query.to_lowercase();
    let fits = |name: &str| holds_in_order(&name.to_lowercase(), &query);
    service.uses().definitions().iter().filter(|one| is_shown(one.kind) && fits(&one.name)).collect()
}
