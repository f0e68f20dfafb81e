//! Named, typed members: columns of entities, members of records, parameters, env values.
use super::{Docs, Expr, Name, Path, Text, Type, TypeKind};
use crate::report::Span;

/// `name: Type modifiers…`; which modifiers may stand depends on where the field is.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its `///` lines.
    pub docs: Option<Docs>,
    /// The name; a hole for a line that is no field.
    pub name: Name,
    /// The type; a hole where it is missing.
    pub ty: Type,
    /// What follows the type, each kind at most once, in one order whatever the text has.
    pub modifiers: Vec<Modifier>,
    /// From the name to the last modifier.
    pub at: Span,
}

/// A word or clause after a field's type.
#[derive(Debug, Clone, PartialEq)]
pub struct Modifier {
    /// Which.
    pub kind: ModifierKind,
    /// The place.
    pub at: Span,
}

/// The words and clauses that may follow a field's type.
#[derive(Debug, Clone, PartialEq)]
pub enum ModifierKind {
    /// `key`
    Key,
    /// `unique` or `unique else EmailTaken`
    Unique(Option<Expr>),
    /// `secret`
    Secret,
    /// `= expr`
    Default(Expr),
    /// `= expr on update`
    DefaultOnUpdate(Expr),
    /// `was old_name`
    Was(Name),
    /// `was slug(title)`: what rows get that are there already.
    Backfill(Expr),
    /// `on delete restrict`
    OnDelete(OnDelete),
    /// `by order sort price desc`: the other side of a relation.
    By {
        /// The field of the other entity that points here.
        field: Name,
        /// The order of the rows.
        sort: Vec<SortKey>,
    },
    /// `in media`
    In(Name),
    /// `as "column"`
    Column(Text),
    /// `lock`
    Lock,
    /// `from body`, `from header "x"`, `from cookie "x"`
    From(ParameterSource),
}

/// What becomes of a row when the row that it points to goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// It goes too.
    Cascade,
    /// It forbids the going.
    Restrict,
    /// It points nowhere.
    Null,
}

/// Where a parameter is read from over HTTP.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterSource {
    /// `body`: the parameter is the whole of it.
    Body,
    /// `header "x"`
    Header(Text),
    /// `cookie "x"`
    Cookie(Text),
}

/// `created desc`
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// The column, or a path to one.
    pub path: Path,
    /// Whether `desc` was said.
    pub descending: bool,
    /// The place.
    pub at: Span,
}

impl Field {
    /// What stands for a line that is no field; the parser has reported it.
    pub(crate) fn hole(name: Name) -> Self {
        let ty = Type { kind: TypeKind::Hole, at: name.at };
        Self { docs: None, at: name.at, name, ty, modifiers: Vec::new() }
    }

    /// The first modifier that `pick` takes.
    pub fn modifier<'a, T>(&'a self, pick: impl Fn(&'a ModifierKind) -> Option<T>) -> Option<(T, Span)> {
        self.modifiers.iter().find_map(|modifier| pick(&modifier.kind).map(|found| (found, modifier.at)))
    }

    /// Where `secret` stands.
    pub fn secret(&self) -> Option<Span> {
        self.modifier(|kind| matches!(kind, ModifierKind::Secret).then_some(())).map(|((), at)| at)
    }

    /// Where `key` stands.
    pub fn key(&self) -> Option<Span> {
        self.modifier(|kind| matches!(kind, ModifierKind::Key).then_some(())).map(|((), at)| at)
    }

    /// Where `lock` stands.
    pub fn lock(&self) -> Option<Span> {
        self.modifier(|kind| matches!(kind, ModifierKind::Lock).then_some(())).map(|((), at)| at)
    }

    /// The expression behind `=`, set again on update or not.
    pub fn default(&self) -> Option<&Expr> {
        self.modifiers.iter().find_map(|modifier| match &modifier.kind {
            ModifierKind::Default(value) | ModifierKind::DefaultOnUpdate(value) => Some(value),
            ModifierKind::Key
            | ModifierKind::Unique(_)
            | ModifierKind::Secret
            | ModifierKind::Was(_)
            | ModifierKind::Backfill(_)
            | ModifierKind::OnDelete(_)
            | ModifierKind::By { .. }
            | ModifierKind::In(_)
            | ModifierKind::Column(_)
            | ModifierKind::Lock
            | ModifierKind::From(_) => None,
        })
    }
}
