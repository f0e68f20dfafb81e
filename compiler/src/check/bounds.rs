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
        let mut records = ty.records(&self.unions).into_iter();
        let member = records.find_map(|id| if seen.insert(id) { self.secret_member(id, seen) } else { None });
        member.or_else(|| ty.children().into_iter().find_map(|part| self.secret_in(part, seen)))
    }

    fn secret_member(&self, id: Id<Record>, seen: &mut BTreeSet<Id<Record>>) -> Option<String> {
        self.records[id].fields.values().find_map(|field| {
            if field.secret {
                return Some(format!("`{}`, which is secret,", field.name));
            }
            self.secret_in(&field.ty, seen)
        })
    }

    fn unbounded(&self, ty: &Type, input: bool, seen: &mut BTreeSet<Id<Record>>) -> Option<&'static str> {
        if let Some(what) = without_end(ty, input) {
            return Some(what);
        }
        let records = ty.records(&self.unions).into_iter().filter(|id| seen.insert(*id)).collect::<Vec<_>>();
        let mut fields = records.into_iter().flat_map(|id| self.records[id].fields.values());
        let member = fields.find_map(|field| self.unbounded(&field.ty, input, seen));
        member.or_else(|| ty.children().into_iter().find_map(|part| self.unbounded(part, input, seen)))
    }
}

/// What a type is that says itself no end.
fn without_end(ty: &Type, input: bool) -> Option<&'static str> {
    if let Type::Text(TextRules { length, pattern, .. }) = ty {
        let bounded = length.max.is_some() || pattern.as_deref().is_some_and(bounded_pattern);
        return (input && !bounded).then_some("every text");
    }
    if let Type::List(_, bounds) = ty {
        return bounds.max.is_none().then_some("every list");
    }
    if let Type::Map(_, _, bounds) = ty {
        return bounds.max.is_none().then_some("every map");
    }
    (input && matches!(ty, Type::Bytes { max: None })).then_some("every `bytes`")
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
    let hir = quater_ir::pattern::for_rust(pattern).ok().and_then(|read| regex_syntax::parse(&read).ok());
    hir.is_some_and(|hir| hir.properties().maximum_len().is_some())
}
