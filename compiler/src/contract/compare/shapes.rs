//! Types of inputs and outputs: an input may take more, an output may give less.
use super::fits::{self, Fit};
use super::members::{self, Place};
use super::{Comparison, Flow, Subject};
use crate::contract::shape::Plain;
use crate::contract::{Contract, Range, Scalar, Shape};
use crate::report::Code;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// A type before and after, neither of them optional.
struct Both<'a> {
    was: &'a Shape,
    is: &'a Shape,
    fit: Fit,
    place: &'a Place,
}

type Rule = fn(&Both<'_>, &mut Comparison<'_>);

const TAKEN: &[Rule] =
    &[an_input_that_takes_less_breaks_those_who_give_more, an_input_of_another_type_breaks_everybody];

const GIVEN: &[Rule] =
    &[an_output_of_another_type_breaks_those_who_read_it, an_output_that_may_hold_more_is_noted];

/// Compares a type at one place.
pub(super) fn compare<'a>(
    was: &'a Shape,
    is: &'a Shape,
    flow: Flow,
    place: &Place,
    all: &mut Comparison<'a>,
) {
    match flow {
        Flow::In => null_that_is_not_taken_breaks_those_who_give_it(was, is, place, all),
        Flow::Out => null_that_may_come_breaks_those_who_do_not_look(was, is, place, all),
    }
    let (was, is) = (was.required(), is.required());
    match (was, is) {
        (Shape::Record(old), Shape::Record(new)) => records(old, new, flow, place, all),
        (Shape::Enum(old), Shape::Enum(new)) => enums(old, new, flow, place, all),
        (Shape::List(old, few), Shape::List(new, many)) => {
            let fit = lists(few, many, flow);
            judge(&Both { was, is, fit, place }, flow, all);
            compare(old, new, flow, &place.items(), all);
        }
        (Shape::Page(old, before), Shape::Page(new, after)) if before == after => {
            compare(old, new, flow, &place.items(), all);
        }
        (Shape::Map(key, old, few), Shape::Map(other, new, many)) => {
            let fit = lists(few, many, flow);
            judge(&Both { was, is, fit, place }, flow, all);
            compare(key, other, flow, &place.items(), all);
            compare(old, new, flow, &place.items(), all);
        }
        (Shape::Tuple(old), Shape::Tuple(new)) if old.len() == new.len() => {
            for (old, new) in old.iter().zip(new) {
                compare(old, new, flow, &place.items(), all);
            }
        }
        (Shape::Union(old), Shape::Union(new)) => unions(old, new, flow, place, all),
        (Shape::Patch(old), Shape::Patch(new)) => records(old, new, flow, place, all),
        (Shape::Stream(old), Shape::Stream(new)) => compare(old, new, flow, &place.items(), all),
        (_, _) => {
            let fit = match flow {
                // What waits for a job is tidy already.
                Flow::In if is_left_untidy(was, is) && !matches!(place.subject, Subject::Job(_)) => {
                    Fit::Beyond
                }
                Flow::In => fit(was, is, all.before),
                Flow::Out => fit(is, was, all.after),
            };
            judge(&Both { was, is, fit, place }, flow, all);
        }
    }
}

/// Whether a text that was made tidy before it was looked at is not any more, and may be refused as it comes.
fn is_left_untidy(was: &Shape, is: &Shape) -> bool {
    let (Shape::Scalar(Scalar::Text(was)), Shape::Scalar(Scalar::Text(is))) = (was, is) else { return false };
    let long = is.length.max.is_some() || is.pattern.is_some();
    (was.trim && !is.trim && long) || (was.case.is_some() && is.case != was.case && is.pattern.is_some())
}

fn judge(both: &Both<'_>, flow: Flow, all: &mut Comparison<'_>) {
    let rules = match flow {
        Flow::In => TAKEN,
        Flow::Out => GIVEN,
    };
    for rule in rules {
        rule(both, all);
    }
}

fn lists(was: &Range<u32>, is: &Range<u32>, flow: Flow) -> Fit {
    let (narrow, wide) = match flow {
        Flow::In => (was, is),
        Flow::Out => (is, was),
    };
    if wide.cover(narrow) { Fit::Within } else { Fit::Beyond }
}

/// How one type lies in another; the contract is that of the narrow one.
fn fit(narrow: &Shape, wide: &Shape, contract: &Contract) -> Fit {
    match (narrow, wide) {
        (Shape::Scalar(narrow), Shape::Scalar(wide)) => fits::scalar(narrow, wide),
        (Shape::Enum(name), Shape::Scalar(_)) => {
            let members = contract.enums.get(name).into_iter().flatten().map(SmolStr::as_str);
            fits::members(members, wide)
        }
        (Shape::File(narrow), Shape::File(wide)) => {
            let media = wide.media.is_empty()
                || (!narrow.media.is_empty() && narrow.media.iter().all(|it| wide.media.contains(it)));
            if media && wide.size.cover(&narrow.size) { Fit::Within } else { Fit::Beyond }
        }
        (_, Shape::Scalar(Scalar::Plain(Plain::Json))) => Fit::Within,
        (_, _) => Fit::Otherwise,
    }
}

fn unions<'a>(old: &'a SmolStr, new: &'a SmolStr, flow: Flow, place: &Place, all: &mut Comparison<'a>) {
    if !all.seen.insert((old, new, flow)) {
        return;
    }
    let (Some(was), Some(is)) = (all.before.unions.get(old), all.after.unions.get(new)) else { return };
    match flow {
        Flow::In => a_kind_that_is_not_taken_breaks_those_who_give_it(was, is, place, all),
        Flow::Out => a_kind_that_is_new_breaks_those_who_know_them_all(was, is, place, all),
    }
    for (was, is) in was.iter().filter_map(|name| Some((name, is.get(name)?))) {
        records(was, is, flow, place, all);
    }
}

fn a_kind_that_is_not_taken_breaks_those_who_give_it(
    was: &BTreeSet<SmolStr>,
    is: &BTreeSet<SmolStr>,
    place: &Place,
    all: &mut Comparison<'_>,
) {
    for gone in was.difference(is) {
        let text = format!("{} does not take a `{gone}` any more", place.words());
        all.breaks(Code::E0704, place.subject.clone(), text);
    }
}

fn a_kind_that_is_new_breaks_those_who_know_them_all(
    was: &BTreeSet<SmolStr>,
    is: &BTreeSet<SmolStr>,
    place: &Place,
    all: &mut Comparison<'_>,
) {
    for new in is.difference(was) {
        let text = format!("{} may be a `{new}`, which is new", place.words());
        all.breaks(Code::E0707, place.subject.clone(), text);
    }
}

fn records<'a>(old: &'a SmolStr, new: &'a SmolStr, flow: Flow, place: &Place, all: &mut Comparison<'a>) {
    if !all.seen.insert((old, new, flow)) {
        return;
    }
    let (Some(was), Some(is)) = (all.before.types.get(old), all.after.types.get(new)) else { return };
    // A record without a name of its own is spoken of by its place.
    let named = !new.contains('.');
    let own =
        Place { subject: Subject::Type(new.clone(), None), root: format!("`{new}`"), path: String::new() };
    let place = if named { &own } else { place };
    match flow {
        Flow::In => members::taken(&was.iter().collect(), &is.iter().collect(), place, all),
        Flow::Out => members::given(was, is, place, all),
    }
}

fn enums<'a>(old: &'a SmolStr, new: &'a SmolStr, flow: Flow, place: &Place, all: &mut Comparison<'a>) {
    if !all.seen.insert((old, new, flow)) {
        return;
    }
    let (Some(was), Some(is)) = (all.before.enums.get(old), all.after.enums.get(new)) else { return };
    match flow {
        Flow::In => a_member_that_is_not_taken_breaks_those_who_give_it(was, is, new, all),
        Flow::Out => a_member_that_is_new_breaks_those_who_know_them_all(was, is, new, place, all),
    }
}

fn a_member_that_is_not_taken_breaks_those_who_give_it(
    was: &BTreeSet<SmolStr>,
    is: &BTreeSet<SmolStr>,
    name: &SmolStr,
    all: &mut Comparison<'_>,
) {
    for gone in was.difference(is) {
        let text = format!("`{name}` has no `{gone}` any more, which callers may give");
        all.breaks(Code::E0704, Subject::Enum(name.clone()), text);
    }
}

fn a_member_that_is_new_breaks_those_who_know_them_all(
    was: &BTreeSet<SmolStr>,
    is: &BTreeSet<SmolStr>,
    name: &SmolStr,
    place: &Place,
    all: &mut Comparison<'_>,
) {
    for new in is.difference(was) {
        let text = format!("`{name}` has a new `{new}`, which {} may hold", place.words());
        all.breaks(Code::E0708, Subject::Enum(name.clone()), text);
    }
}

fn null_that_is_not_taken_breaks_those_who_give_it(
    was: &Shape,
    is: &Shape,
    place: &Place,
    all: &mut Comparison<'_>,
) {
    if was.is_optional() && !is.is_optional() {
        let text = format!("{} does not take null any more", place.words());
        all.breaks(Code::E0704, place.subject.clone(), text);
    }
}

fn null_that_may_come_breaks_those_who_do_not_look(
    was: &Shape,
    is: &Shape,
    place: &Place,
    all: &mut Comparison<'_>,
) {
    if !was.is_optional() && is.is_optional() {
        all.breaks(Code::E0707, place.subject.clone(), format!("{} may be null", place.words()));
    }
}

fn an_input_that_takes_less_breaks_those_who_give_more(both: &Both<'_>, all: &mut Comparison<'_>) {
    if both.fit == Fit::Beyond {
        let text = format!("{} takes `{}`, and took `{}`", both.place.words(), both.is, both.was);
        all.breaks(Code::E0704, both.place.subject.clone(), text);
    }
}

fn an_input_of_another_type_breaks_everybody(both: &Both<'_>, all: &mut Comparison<'_>) {
    if both.fit == Fit::Otherwise {
        let text = format!("{} is `{}`, and was `{}`", both.place.words(), both.is, both.was);
        all.breaks(Code::E0704, both.place.subject.clone(), text);
    }
}

fn an_output_of_another_type_breaks_those_who_read_it(both: &Both<'_>, all: &mut Comparison<'_>) {
    if both.fit == Fit::Otherwise {
        let text = format!("{} is `{}`, and was `{}`", both.place.words(), both.is, both.was);
        all.breaks(Code::E0707, both.place.subject.clone(), text);
    }
}

fn an_output_that_may_hold_more_is_noted(both: &Both<'_>, all: &mut Comparison<'_>) {
    if both.fit == Fit::Beyond {
        let text = format!("{} may hold `{}`, and held `{}`", both.place.words(), both.is, both.was);
        all.breaks(Code::W0704, both.place.subject.clone(), text);
    }
}
