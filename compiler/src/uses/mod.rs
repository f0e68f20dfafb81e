//! The index of uses: what each name of a service means, for whoever asks about a place.
//!
//! The checker notes a meaning where it finds one ([`notebook::Notebook`]) and only if that is asked for;
//! what can be meant stands in the trees ([`definitions`]). A definition is known by the place of its name.
mod definitions;
mod known;
mod notebook;

pub(crate) use definitions::definitions;
pub use definitions::{Definition, DefinitionKind};
pub(crate) use known::InputPlaces;
pub use known::builtin;
pub use notebook::{CURSOR, Inferred, Offer};
pub(crate) use notebook::{Found, Notebook};

use crate::report::{FileId, Span};

/// One name that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Where it is written.
    pub at: Span,
    /// The place of the name that it means.
    pub of: Span,
}

/// What one name means, and whether it stands for a member and its value at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It means one thing.
    Plain,
    /// `{ title }`: as the member.
    PunMember,
    /// `{ title }`: as the value.
    PunValue,
}

/// Every definition and every use of a service.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    /// By place.
    definitions: Vec<Definition>,
    /// By place; of two at one place, the member comes before the value.
    uses: Vec<Use>,
    /// The same, by what they mean.
    meanings: Vec<Use>,
    /// What bodies were found to do, by the place of the name of what does it.
    inferred: Vec<Inferred>,
    /// What may stand at the cursor, where there is one.
    offers: Vec<Offer>,
}

impl Uses {
    pub(crate) fn new(files: &[crate::ast::File], notebook: Notebook) -> Self {
        let all = files.iter().flat_map(|file| &file.declarations).map(AsRef::as_ref);
        let mut definitions = definitions::definitions(all, |name| !name.is_empty());
        definitions::placed_in_routes(files, &notebook);
        let (uses, locals, mut inferred, offers) = notebook.finish();
        let mut meanings = uses.clone();
        meanings.sort_by_key(|one| (one.of, one.at));
        inferred.sort_by_key(|one| one.at);
        definitions.extend(locals);
        definitions.sort_by_key(|definition| definition.at);
        definitions.dedup_by_key(|definition| definition.at);
        Self { definitions, uses, meanings, inferred, offers }
    }

    /// The same at other places, in the same order.
    pub(crate) fn placed(mut self, place: &impl Fn(Span) -> Span) -> Self {
        for one in self.uses.iter_mut().chain(&mut self.meanings) {
            (one.at, one.of) = (place(one.at), place(one.of));
        }
        self.definitions = self.definitions.into_iter().map(|one| one.placed(place)).collect();
        self.inferred.iter_mut().for_each(|one| one.at = place(one.at));
        self
    }

    /// Every definition, by place.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The definitions of one file.
    pub fn defined_in(&self, file: FileId) -> impl Iterator<Item = &Definition> {
        self.definitions.iter().filter(move |definition| definition.at.file == file)
    }

    /// The definition whose name stands at a place.
    pub fn definition(&self, at: Span) -> Option<&Definition> {
        let found = self.definitions.binary_search_by_key(&at, |definition| definition.at).ok()?;
        self.definitions.get(found)
    }

    /// Every use, by place.
    pub fn all(&self) -> &[Use] {
        &self.uses
    }

    /// The names around an offset, each with what it means: a definition means itself.
    pub fn at(&self, file: FileId, offset: u32) -> Vec<Use> {
        let covers = |at: Span| at.file == file && at.contains(offset);
        let from = self.uses.partition_point(|one| (one.at.file, one.at.end) < (file, offset));
        let near = self.uses.iter().skip(from.saturating_sub(2)).take_while(|one| one.at.file <= file);
        let mut found: Vec<Use> =
            near.take_while(|one| one.at.start <= offset || one.at.file < file).copied().collect();
        found.retain(|one| covers(one.at));
        let from = self.definitions.partition_point(|one| (one.at.file, one.at.end) < (file, offset));
        let near = self.definitions.iter().skip(from.saturating_sub(1)).take(2);
        found.extend(near.filter(|one| covers(one.at)).map(|one| Use { at: one.at, of: one.at }));
        found
    }

    /// The places that mean a definition, without its own.
    pub fn of(&self, definition: Span) -> impl Iterator<Item = Span> {
        let from = self.meanings.partition_point(|one| one.of < definition);
        let same = self.meanings.iter().skip(from).take_while(move |one| one.of == definition);
        same.map(|one| one.at).filter(move |at| *at != definition)
    }

    /// How a name that means a definition is to be read.
    pub fn reading(&self, at: Span, of: Span) -> Reading {
        let from = self.uses.partition_point(|one| one.at < at);
        // A record that is taken whole means all its members, whose names do not stand there.
        let name = |of: Span| self.definition(of).map(|definition| &definition.name);
        let here = self.uses.iter().skip(from).take_while(|one| one.at == at).map(|one| one.of);
        let here: Vec<Span> = here.filter(|one| name(*one) == name(of)).collect();
        match here.as_slice() {
            [member, _, ..] if *member == of => Reading::PunMember,
            [_, _, ..] => Reading::PunValue,
            [] | [_] => Reading::Plain,
        }
    }

    /// The declaration behind the type of a definition, where it has one.
    pub fn type_of(&self, definition: &Definition) -> Option<&Definition> {
        if let Some(at) = definition.ty_of {
            return self.definition(at);
        }
        if definition.kind == DefinitionKind::Value {
            return self.definition(definition.owner?);
        }
        let ty = definition.ty?;
        let inside = |one: &&Use| one.at.file == ty.file && ty.start <= one.at.start && one.at.end <= ty.end;
        let from = self.uses.partition_point(|one| one.at < Span { end: ty.start, ..ty });
        self.uses.iter().skip(from).take(64).find(inside).and_then(|one| self.definition(one.of))
    }

    /// What something was found to do.
    pub fn inferred(&self, name: Span) -> Option<&Inferred> {
        let found = self.inferred.binary_search_by_key(&name, |inferred| inferred.at).ok()?;
        self.inferred.get(found)
    }

    /// What may stand at the cursor that was asked about.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The definitions of what stands directly inside another.
    pub fn members(&self, owner: Span) -> impl Iterator<Item = &Definition> {
        self.definitions.iter().filter(move |definition| definition.owner == Some(owner))
    }
}
