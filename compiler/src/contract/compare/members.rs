//! Inputs of operations and members of records: what is taken, and what is given.
use super::{Comparison, Flow, Subject, shapes};
use crate::contract::{Input, Member, Shape};
use crate::report::Code;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Where in a contract a comparison stands.
#[derive(Clone)]
pub(super) struct Place {
    /// What a change here is about.
    pub(super) subject: Subject,
    /// What is looked at, in words.
    pub(super) root: String,
    /// The way from there, as in `lines[].sku`; empty for the root itself.
    pub(super) path: String,
}

impl Place {
    /// The place in words.
    pub(super) fn words(&self) -> String {
        if self.path.is_empty() { self.root.clone() } else { format!("`{}` of {}", self.path, self.root) }
    }

    /// The place of a member.
    pub(super) fn member(&self, name: &SmolStr) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let subject = match &self.subject {
            Subject::Type(of, _) if self.path.is_empty() => Subject::Type(of.clone(), Some(name.clone())),
            Subject::Operation(of) => Subject::Input { operation: of.clone(), input: name.clone() },
            whole @ (Subject::Service
            | Subject::Auth(_)
            | Subject::Input { .. }
            | Subject::Output(_)
            | Subject::Channel(_)
            | Subject::Job(_)
            | Subject::Assets(_)
            | Subject::Type(..)
            | Subject::Enum(_)
            | Subject::Error(_)
            | Subject::Table(..)) => whole.clone(),
        };
        Self { subject, root: self.root.clone(), path: format!("{}{dot}{name}", self.path) }
    }

    /// The place of a list's items.
    pub(super) fn items(&self) -> Self {
        Self { path: format!("{}[]", self.path), ..self.clone() }
    }
}

/// What a caller gives under a name.
pub(super) struct Given<'a> {
    shape: &'a Shape,
    required: bool,
    default: Option<&'a str>,
}

impl<'a> From<&'a Input> for Given<'a> {
    fn from(input: &'a Input) -> Self {
        Self { shape: &input.shape, required: input.required, default: input.default.as_deref() }
    }
}

impl<'a> From<&'a Member> for Given<'a> {
    fn from(member: &'a Member) -> Self {
        Self { shape: &member.shape, required: member.required, default: member.default.as_deref() }
    }
}

/// One name that callers give, at one side or both.
struct Taken<'a> {
    was: Option<Given<'a>>,
    is: Option<Given<'a>>,
    place: Place,
    whole: &'a Place,
    name: &'a str,
}

type Rule = fn(&Taken<'_>, &mut Comparison<'_>);

const RULES: &[Rule] = &[
    an_input_that_is_gone_breaks_those_who_give_it,
    a_new_input_that_must_be_given_breaks_everybody,
    an_input_that_could_be_left_out_breaks_those_who_did,
    another_default_is_noted,
    a_new_input_that_may_be_left_out_is_new,
];

/// Compares what callers give under one set of names and another.
pub(super) fn taken<'a, T>(
    was: &BTreeMap<&'a SmolStr, &'a T>,
    is: &BTreeMap<&'a SmolStr, &'a T>,
    place: &Place,
    all: &mut Comparison<'a>,
) where
    Given<'a>: From<&'a T>,
{
    let names: BTreeSet<&SmolStr> = was.keys().chain(is.keys()).copied().collect();
    for name in names {
        let given = |side: &BTreeMap<&'a SmolStr, &'a T>| side.get(name).map(|it| Given::from(*it));
        let (was, is) = (given(was), given(is));
        let shapes = was.as_ref().zip(is.as_ref()).map(|(was, is)| (was.shape, is.shape));
        let newly_needed = needed(was.as_ref(), is.as_ref());
        let one = Taken { was, is, place: place.member(name), whole: place, name };
        for rule in RULES {
            rule(&one, all);
        }
        if let Some((was, is)) = shapes {
            // That it must be given now says already that null is not taken.
            let was = if newly_needed { was.required() } else { was };
            shapes::compare(was, is, Flow::In, &one.place, all);
        }
    }
}

fn needed(was: Option<&Given<'_>>, is: Option<&Given<'_>>) -> bool {
    was.is_some_and(|was| !was.required) && is.is_some_and(|is| is.required)
}

fn an_input_that_is_gone_breaks_those_who_give_it(one: &Taken<'_>, all: &mut Comparison<'_>) {
    if one.is.is_none() {
        let text = format!("{} does not take `{}` any more", one.whole.words(), one.name);
        all.breaks(Code::E0702, one.whole.subject.clone(), text);
    }
}

fn a_new_input_that_must_be_given_breaks_everybody(one: &Taken<'_>, all: &mut Comparison<'_>) {
    if one.was.is_none() && one.is.as_ref().is_some_and(|is| is.required) {
        let text = format!("{} is new, and must be given", one.place.words());
        all.breaks(Code::E0703, one.place.subject.clone(), text);
    }
}

fn an_input_that_could_be_left_out_breaks_those_who_did(one: &Taken<'_>, all: &mut Comparison<'_>) {
    if needed(one.was.as_ref(), one.is.as_ref()) {
        let text = format!("{} must be given, and could be left out", one.place.words());
        all.breaks(Code::E0703, one.place.subject.clone(), text);
    }
}

fn another_default_is_noted(one: &Taken<'_>, all: &mut Comparison<'_>) {
    if let (Some(was), Some(is)) = (&one.was, &one.is)
        && !was.required
        && !is.required
        && was.default != is.default
    {
        let word = |default: Option<&str>| default.unwrap_or("null").to_owned();
        let (was, is) = (word(was.default), word(is.default));
        let text = format!("{} is `{is}` where it is left out, and was `{was}`", one.place.words());
        all.breaks(Code::W0705, one.place.subject.clone(), text);
    }
}

fn a_new_input_that_may_be_left_out_is_new(one: &Taken<'_>, all: &mut Comparison<'_>) {
    if one.was.is_none() && one.is.as_ref().is_some_and(|is| !is.required) {
        all.adds(one.place.subject.clone(), format!("{} may be given", one.place.words()));
    }
}

type GivenRule = fn(&super::Pair<'_, Member>, &Place, &mut Comparison<'_>);

const GIVEN_RULES: &[GivenRule] =
    &[a_member_that_is_gone_breaks_those_who_read_it, a_member_that_is_new_breaks_nobody];

/// Compares what callers get.
pub(super) fn given<'a>(
    was: &'a BTreeMap<SmolStr, Member>,
    is: &'a BTreeMap<SmolStr, Member>,
    place: &Place,
    all: &mut Comparison<'a>,
) {
    for pair in super::pairs(was, is) {
        for rule in GIVEN_RULES {
            rule(&pair, place, all);
        }
        if let (Some(was), Some(is)) = (pair.was, pair.is) {
            shapes::compare(&was.shape, &is.shape, Flow::Out, &place.member(pair.name), all);
        }
    }
}

fn a_member_that_is_gone_breaks_those_who_read_it(
    pair: &super::Pair<'_, Member>,
    place: &Place,
    all: &mut Comparison<'_>,
) {
    if pair.is.is_none() {
        let text = format!("{} has no `{}` any more", place.words(), pair.name);
        all.breaks(Code::E0706, place.subject.clone(), text);
    }
}

fn a_member_that_is_new_breaks_nobody(
    pair: &super::Pair<'_, Member>,
    place: &Place,
    all: &mut Comparison<'_>,
) {
    if pair.was.is_none() {
        let place = place.member(pair.name);
        all.adds(place.subject.clone(), format!("{} is there", place.words()));
    }
}
