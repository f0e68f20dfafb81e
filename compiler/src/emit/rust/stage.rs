//! What a body may do at which time: one that asks upstreams and writes does first the one, then the other.
use super::rows;
use super::types::Types;
use quater_ir::entity::Entity;
use quater_ir::native::{RustBody, Verb};
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};

/// A part of the work of a body, with a context of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// All of it.
    Whole,
    /// Before it writes: upstreams are asked, and rows are read.
    Asking,
    /// From where it writes.
    Writing,
}

impl Stage {
    /// The stages of a body.
    pub(super) fn of(operation: &Operation) -> &'static [Self] {
        if asks(operation) && operation.effects.holds() {
            &[Self::Asking, Self::Writing]
        } else {
            &[Self::Whole]
        }
    }

    /// Its context.
    pub(super) const fn context(self) -> &'static str {
        match self {
            Self::Whole | Self::Asking => "Context",
            Self::Writing => "Writing",
        }
    }

    /// What is done in it, of something that holds rows or does not, and for which a struct has that name.
    fn part<'p, T>(
        self,
        all: impl Iterator<Item = &'p T> + Clone,
        holds: impl Fn(&T) -> bool,
        name: String,
    ) -> Option<(String, Vec<&'p T>)> {
        let reading: Vec<&T> = all.clone().filter(|it| !holds(it)).collect();
        let all: Vec<&T> = all.collect();
        let both = !reading.is_empty() && reading.len() < all.len();
        let (name, part) = match self {
            Self::Whole => (name, all),
            Self::Asking => (name, reading),
            Self::Writing if both => (format!("Writing{name}"), all),
            Self::Writing => (name, all),
        };
        (!part.is_empty()).then_some((name, part))
    }

    /// What may be done to rows of an entity, and the struct that has it.
    pub(super) fn verbs<'p>(
        self,
        types: &Types<'_>,
        rust: &'p RustBody,
        entity: Id<Entity>,
    ) -> Option<(String, Vec<&'p Verb>)> {
        let verbs = rust.verbs.iter().filter(|verb| verb.entity == entity);
        self.part(verbs, Verb::holds, rows::repository(types, entity))
    }

    /// The operations that may be called, and the struct that has them.
    pub(super) fn calls<'p>(
        self,
        program: &'p Program,
        rust: &RustBody,
        name: &str,
    ) -> Option<(String, Vec<&'p Operation>)> {
        let called: Vec<&Operation> = rust.calls.iter().map(|id| &program.operations[*id]).collect();
        self.part(called.into_iter(), |operation| operation.effects.holds(), name.to_owned())
    }
}

/// Whether a body asks upstreams.
pub(super) fn asks(operation: &Operation) -> bool {
    operation.rust.as_ref().is_some_and(|rust| !rust.requests.is_empty())
}

/// How a body takes its context: the first of two is used up by the second.
pub(super) fn by(operation: &Operation) -> &'static str {
    if let [Stage::Whole] = Stage::of(operation) { "&mut " } else { "" }
}
