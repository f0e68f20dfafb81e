//! What checking finds out about names, written down where somebody asked for it.
use super::{Definition, DefinitionKind, Use};
use crate::ast;
use crate::report::{Code, Span};
use smol_str::SmolStr;
use std::cell::RefCell;

/// The name that stands at the cursor, so that whatever looks it up tells what it would have taken.
pub const CURSOR: &str = "quater_cursor_here";

/// What may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The text.
    pub name: SmolStr,
    /// The report that another name would have been; it tells what kind of name is wanted.
    pub code: Code,
    /// Whether it is in reach of the cursor: a value there, a member of what stands before its dot.
    pub near: bool,
    /// Where its name is declared, in places of the look; nothing where the language has it.
    pub(crate) of: Option<Span>,
    /// The value that a body gave that name to, where one did.
    pub(crate) local: Option<Definition>,
}

/// What a body was found to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inferred {
    /// The name of what does it.
    pub at: Span,
    /// What it touches, as words: `reads Order`, `updates Product`.
    pub effects: Vec<String>,
    /// The errors that it may end in.
    pub errors: Vec<SmolStr>,
}

/// What a name was found to mean.
#[derive(Debug, Clone, Copy)]
struct Note {
    at: Span,
    of: Span,
    /// Whether it holds only where nothing else is noted of the place: a name was looked up among the
    /// declarations, and may have been meant otherwise.
    weak: bool,
}

/// Notes of one check.
#[derive(Debug, Default)]
pub(crate) struct Notebook {
    asked: bool,
    found: RefCell<Found>,
    /// What is declared where the cursor's name was looked for: the members of what stands before its dot.
    around: RefCell<Vec<(SmolStr, Span)>>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Found {
    notes: Vec<Note>,
    locals: Vec<Definition>,
    inferred: Vec<Inferred>,
    offers: Vec<Offer>,
}

impl Found {
    /// Whether something was offered.
    pub(crate) fn offers_something(&self) -> bool {
        !self.offers.is_empty()
    }
}

impl Notebook {
    /// One that takes notes if they are asked for.
    pub(crate) fn new(asked: bool) -> Self {
        Self { asked, ..Self::default() }
    }

    /// Whether notes are wanted.
    pub(crate) const fn asked(&self) -> bool {
        self.asked
    }

    /// Notes that a name means a definition.
    pub(crate) fn means(&self, at: Span, of: Option<Span>) {
        self.note(at, of, false);
    }

    /// Notes that a name, looked up among the declarations, is that of one.
    pub(crate) fn declared(&self, at: Span, of: Span) {
        self.note(at, Some(of), true);
    }

    fn note(&self, at: Span, of: Option<Span>, weak: bool) {
        if let (true, Some(of)) = (self.asked, of) {
            self.found.borrow_mut().notes.push(Note { at, of, weak });
        }
    }

    /// Notes a name that was given to a value, with the value's type and what that was declared by.
    pub(crate) fn local(&self, name: &ast::Name, ty: impl FnOnce() -> (String, Option<Span>)) {
        if self.asked && !name.is_hole() {
            let (inferred, ty_of) = ty();
            let made = Definition::new(DefinitionKind::Local, name, name.at);
            self.found.borrow_mut().locals.push(Definition { inferred: Some(inferred), ty_of, ..made });
        }
    }

    /// Notes what a body does.
    pub(crate) fn inferred(&self, inferred: Inferred) {
        self.found.borrow_mut().inferred.push(inferred);
    }

    /// Whether a name is the cursor's.
    pub(crate) fn is_cursor(&self, name: &ast::Name) -> bool {
        self.asked && name.text == CURSOR
    }

    /// Notes what is declared where the cursor's name is about to be looked for; what was noted first hides the
    /// rest.
    pub(crate) fn around(&self, declared: impl IntoIterator<Item = (SmolStr, Span)>) {
        self.around.borrow_mut().extend(declared);
    }

    /// Notes what could have stood where the cursor stands, beside what is declared by it where that is not noted
    /// yet.
    pub(crate) fn offer<'n>(
        &self,
        name: &ast::Name,
        code: Code,
        known: impl IntoIterator<Item = (&'n str, Option<Span>)>,
    ) {
        if self.is_cursor(name) {
            let around = std::mem::take(&mut *self.around.borrow_mut());
            let declared = |name: &str| around.iter().find(|(it, _)| it == name).map(|(_, at)| *at);
            let offers = known.into_iter().map(|(name, of)| Offer {
                name: name.into(),
                code,
                near: declared(name).is_some(),
                of: declared(name).or(of),
                local: None,
            });
            self.found.borrow_mut().offers.extend(offers);
        }
    }

    /// Takes out what was noted so far, and leaves something else noted.
    pub(crate) fn replace(&self, found: Found) -> Found {
        self.found.replace(found)
    }

    /// Notes what was noted elsewhere.
    pub(crate) fn add(&self, other: &Found) {
        let mut found = self.found.borrow_mut();
        found.notes.extend_from_slice(&other.notes);
        found.locals.extend_from_slice(&other.locals);
        found.inferred.extend_from_slice(&other.inferred);
        found.offers.extend_from_slice(&other.offers);
    }

    /// All notes: uses by place, names of values, what bodies do, what may stand at the cursor.
    pub(crate) fn finish(self) -> (Vec<Use>, Vec<Definition>, Vec<Inferred>, Vec<Offer>) {
        let Found { mut notes, locals, inferred, mut offers } = self.found.into_inner();
        notes.sort_by_key(|note| note.at);
        let mut uses: Vec<Use> = Vec::with_capacity(notes.len());
        for here in notes.chunk_by(|a, b| a.at == b.at) {
            let weak = here.iter().all(|note| note.weak);
            let from = uses.len();
            for note in here.iter().filter(|note| note.weak == weak) {
                let known = uses.get(from..).is_some_and(|there| there.iter().any(|one| one.of == note.of));
                if !known {
                    uses.push(Use { at: note.at, of: note.of });
                }
            }
        }
        offers.sort_by(|a, b| (&a.name, a.of.is_none()).cmp(&(&b.name, b.of.is_none())));
        offers.dedup_by(|a, b| a.name == b.name);
        (uses, locals, inferred, offers)
    }
}
