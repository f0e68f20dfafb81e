//! What comes in and goes out is bounded, and nothing secret goes out.
use super::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::types::{Record, TextRules, Type};
use std::collections::BTreeSet;

impl Checker<'_> {
    /// Every text, list and byte string of an input says how long it may be.
    pub(crate) fn bounded_input(&mut self, ty: &Type, at: Span) {
        if let Some(what) = self.unbounded(ty, true, &mut BTreeSet::new()) {
            let report = Report::new(Code::E0507, at, format!("{what} of an input says how long it may be"));
            self.sink
                .push(report.help(bound_of(what, "give it a bound such as `text(..200)` or `[T](..50)`")));
        }
    }

    /// Every list of an output says how many items it has at most.
    pub(crate) fn bounded_output(&mut self, ty: &Type, at: Span) {
        if let Some(what) = self.unbounded(ty, false, &mut BTreeSet::new()) {
            let report = Report::new(
                Code::E0507,
                at,
                format!("{what} of an output says how many items it has at most"),
            );
            self.sink.push(report.help(bound_of(what, "give it a bound such as `[T](..50)`")));
        }
    }

    /// What of an output may never leave: a `password`, or a member that is `secret`.
    pub(crate) fn secret_in(&self, ty: &Type, seen: &mut BTreeSet<Id<Record>>) -> Option<String> {
        if *ty == Type::Password {
            return Some("a `password`".to_owned());
        }
        if let Type::Record(id) | Type::Patch(id) = *ty {
            return if seen.insert(id) { self.secret_member(id, seen) } else { None };
        }
        self.parts_of(ty).into_iter().find_map(|part| self.secret_in(&part, seen))
    }

    fn secret_member(&self, id: Id<Record>, seen: &mut BTreeSet<Id<Record>>) -> Option<String> {
        self.records[id].fields.values().find_map(|field| {
            if field.secret {
                return Some(format!("`{}`, which is secret,", field.name));
            }
            self.secret_in(&field.ty, seen)
        })
    }

    /// The types that values of a type hold, records left out.
    pub(crate) fn parts_of(&self, ty: &Type) -> Vec<Type> {
        match ty {
            Type::List(of, _) | Type::Optional(of) | Type::Stream(of) => vec![(**of).clone()],
            Type::Map(key, of, _) => vec![(**key).clone(), (**of).clone()],
            Type::Tuple(parts) => parts.clone(),
            Type::Page(page) => vec![(*page.of).clone()],
            Type::Union(id) => {
                self.unions[*id].members.iter().map(|member| Type::Record(member.record)).collect()
            }
            Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Enum(_)
            | Type::Record(_)
            | Type::Ref(_)
            | Type::Row(_)
            | Type::Patch(_)
            | Type::File(_)
            | Type::Null => Vec::new(),
        }
    }

    fn unbounded(&self, ty: &Type, input: bool, seen: &mut BTreeSet<Id<Record>>) -> Option<&'static str> {
        match ty {
            Type::Text(TextRules { length, pattern, .. }) if input && length.max.is_none() => {
                (!pattern.as_deref().is_some_and(bounded_pattern)).then_some("every text")
            }
            Type::Bytes { max: None } if input => Some("every `bytes`"),
            Type::List(_, bounds) if bounds.max.is_none() => Some("every list"),
            Type::Map(_, _, bounds) if bounds.max.is_none() => Some("every map"),
            Type::Record(id) | Type::Patch(id) if seen.insert(*id) => {
                self.records[*id].fields.values().find_map(|field| self.unbounded(&field.ty, input, seen))
            }
            Type::List(..)
            | Type::Optional(_)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Union(_)
            | Type::Page(_)
            | Type::Stream(_) => {
                self.parts_of(ty).into_iter().find_map(|part| self.unbounded(&part, input, seen))
            }
            Type::Text(_)
            | Type::Bytes { .. }
            | Type::Record(_)
            | Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Enum(_)
            | Type::Ref(_)
            | Type::Row(_)
            | Type::Patch(_)
            | Type::File(_)
            | Type::Null => None,
        }
    }
}

/// How to bound what has no end.
fn bound_of(what: &str, usual: &'static str) -> &'static str {
    if what == "every map" {
        return "give it a bound such as `{ text: T }(..50)`; a record whose only member is called `text` is \
                written as a map, so give that member another name";
    }
    usual
}

/// Whether a regex matches only texts up to some length.
fn bounded_pattern(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok_and(|hir| hir.properties().maximum_len().is_some())
}
