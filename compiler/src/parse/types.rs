//! Types and the `type` declaration.
use quater_grammar::Rule;

use super::argument::arguments_inside;
use super::build::{Build, Pair, child, children};
use super::expected::{Place, stray};
use super::field::{field, name_inside};
use super::foreign;
use super::literal::range;
use crate::ast::{Field, Name, Range, Type, TypeDeclaration, TypeKind};
use crate::report::{Code, Report, Span};

/// A `type_declaration` pair.
pub(super) fn declaration(build: &mut Build<'_>, pair: &Pair<'_>) -> TypeDeclaration {
    let at = build.head(pair);
    let name = name_inside(build, pair);
    let ty = if let Some(record) = child(pair, Rule::record_type) {
        Type { at: build.at(&record), kind: TypeKind::Record(fields(build, &record)) }
    } else {
        let inner = child(pair, Rule::type_is).and_then(|is| child(&is, Rule::ty));
        ty_or_missing(build, inner, at)
    };
    TypeDeclaration { name, ty }
}

/// A `ty` pair, or a hole that is reported.
pub(super) fn ty_or_missing(build: &mut Build<'_>, pair: Option<Pair<'_>>, behind: Span) -> Type {
    match pair {
        Some(pair) => ty(build, &pair),
        None => {
            build.missing(behind, "a type");
            Type { kind: TypeKind::Hole, at: behind.after() }
        }
    }
}

/// A `ty` pair.
pub(super) fn ty(build: &mut Build<'_>, pair: &Pair<'_>) -> Type {
    let at = build.at(pair);
    let mut members: Vec<Type> = children(pair, Rule::type_term).map(|one| term(build, &one)).collect();
    match members.len() {
        1 => members.pop().unwrap_or(Type { kind: TypeKind::Hole, at }),
        _ => Type { kind: TypeKind::Union(members), at },
    }
}

fn term(build: &mut Build<'_>, pair: &Pair<'_>) -> Type {
    let at = build.at(pair);
    let mut inner = pair.clone().into_inner();
    let Some(base) = inner.next() else { return Type { kind: TypeKind::Hole, at } };
    let marks = inner.find(|inner| inner.as_rule() == Rule::marks);
    let ty = bare(build, &base);
    match marks.filter(|marks| !marks.as_str().is_empty()) {
        Some(_) => Type { kind: TypeKind::Optional(Box::new(ty)), at },
        None => ty,
    }
}

fn bare(build: &mut Build<'_>, pair: &Pair<'_>) -> Type {
    let at = build.at(pair);
    let kind = match pair.as_rule() {
        Rule::list_type => TypeKind::List {
            element: Box::new(
                child(pair, Rule::ty).map_or(Type { kind: TypeKind::Hole, at }, |one| ty(build, &one)),
            ),
            bound: bound(build, pair),
        },
        Rule::tuple_type => {
            let mut members: Vec<Type> = children(pair, Rule::ty).map(|one| ty(build, &one)).collect();
            match members.pop() {
                Some(only) if members.is_empty() => return only,
                last => TypeKind::Tuple(members.into_iter().chain(last).collect()),
            }
        }
        Rule::record_type => record_or_map(build, pair),
        Rule::prefixed_type => return prefixed(build, pair),
        _ => named(build, pair),
    };
    Type { kind, at }
}

fn named(build: &mut Build<'_>, pair: &Pair<'_>) -> TypeKind {
    let arguments = arguments_inside(build, pair);
    let at = build.at(pair);
    let name = child(pair, Rule::name).map(|name| build.name(&name));
    let name = name.map(|name| foreign::scalar(build, name));
    TypeKind::Named { name: name.unwrap_or_else(|| build.no_name(at, "a type")), arguments }
}

fn prefixed(build: &mut Build<'_>, pair: &Pair<'_>) -> Type {
    let at = build.at(pair);
    let word = child(pair, Rule::type_prefix).map_or("", |word| word.as_str());
    let base = pair.clone().into_inner().find(|inner| inner.as_rule() != Rule::type_prefix);
    let base = Box::new(base.map_or(Type { kind: TypeKind::Hole, at }, |base| bare(build, &base)));
    let kind = match word {
        "page" => TypeKind::Page(base),
        "stream" => TypeKind::Stream(base),
        "patch" => TypeKind::Patch(base),
        _ => TypeKind::New(base),
    };
    Type { kind, at }
}

/// `{ text: T }` is a map: its only key is a type that can be one, and has nothing behind its value.
fn record_or_map(build: &mut Build<'_>, pair: &Pair<'_>) -> TypeKind {
    let members: Vec<Pair<'_>> =
        pair.clone().into_inner().filter(|inner| inner.as_rule() != Rule::bounds).collect();
    if let [only] = members.as_slice()
        && let Some(key) = child(only, Rule::field_name).filter(is_map_key)
        && only.clone().into_inner().count() == 2
    {
        let key = Type { at: build.at(&key), kind: named(build, &key) };
        let value = ty_or_missing(build, child(only, Rule::ty), build.at(only));
        let bound = bound(build, pair);
        return TypeKind::Map { key: Box::new(key), value: Box::new(value), bound };
    }
    TypeKind::Record(fields(build, pair))
}

/// How many items a list or a map may have.
fn bound(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<Range> {
    let bounds = child(pair, Rule::bounds)?;
    child(&bounds, Rule::range).map(|bound| range(build, &bound))
}

fn is_map_key(key: &Pair<'_>) -> bool {
    let word = key.as_str();
    matches!(word, "text" | "int" | "uuid")
        || word.contains('(')
        || word.starts_with(|letter: char| letter.is_ascii_uppercase())
}

fn fields(build: &mut Build<'_>, pair: &Pair<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    for member in pair.clone().into_inner() {
        if member.as_rule() == Rule::bounds {
            let at = build.at(&member);
            let report = Report::new(Code::E0101, at, "a record has no number of members to bound");
            build.report(report.help("a map such as `{ text: T }(..50)` and a list have"));
        } else if member.as_rule() == Rule::field {
            fields.push(field(build, &member));
        } else {
            stray(build, &member, Place::Fields);
            let name = Name { text: smol_str::SmolStr::default(), at: build.at(&member) };
            fields.push(Field::hole(name));
        }
    }
    fields
}
