//! Channels: where they are listened to, who may listen, what is sent and received.
use super::members::{self, Place};
use super::{Comparison, Flow, Pair, Subject, allowances, routes, shapes};
use crate::contract::Channel;
use crate::report::Code;
use smol_str::SmolStr;

/// A channel that is on both sides.
struct Both<'a> {
    name: &'a SmolStr,
    was: &'a Channel,
    is: &'a Channel,
}

impl Both<'_> {
    fn subject(&self) -> Subject {
        Subject::Channel(self.name.clone())
    }

    fn place(&self, root: String) -> Place {
        Place { subject: self.subject(), root, path: String::new() }
    }
}

type Rule = for<'a> fn(&Both<'a>, &mut Comparison<'a>);

const RULES: &[Rule] = &[
    a_channel_that_has_moved_breaks_its_listeners,
    a_protocol_that_is_gone_breaks_its_listeners,
    its_listeners_are_compared,
    inputs_are_compared_one_by_one,
    a_change_that_is_not_told_any_more_breaks_those_who_wait_for_it,
    a_change_that_is_new_surprises_those_who_know_them_all,
    what_is_sent_is_compared,
    what_is_received_is_compared,
    a_new_error_is_noted,
];

/// Compares one channel.
pub(super) fn compare<'a>(pair: &Pair<'a, Channel>, all: &mut Comparison<'a>) {
    let name = pair.name;
    match (pair.was, pair.is) {
        (Some(_), None) => a_channel_that_is_gone_breaks_its_listeners(name, all),
        (None, Some(is)) => a_channel_that_is_new_breaks_nobody(name, is, all),
        (Some(was), Some(is)) => {
            let both = Both { name, was, is };
            for rule in RULES {
                rule(&both, all);
            }
        }
        (None, None) => {}
    }
}

fn a_channel_that_is_gone_breaks_its_listeners(name: &SmolStr, all: &mut Comparison<'_>) {
    all.breaks(Code::E0716, Subject::Channel(name.clone()), format!("`{name}` is gone"));
}

fn a_channel_that_is_new_breaks_nobody(name: &SmolStr, is: &Channel, all: &mut Comparison<'_>) {
    let text = format!("`{name}` can be listened to by {}", allowances::listed(is.access.iter()));
    all.adds(Subject::Channel(name.clone()), text);
}

fn a_channel_that_has_moved_breaks_its_listeners<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    if routes::plain(&both.was.path) != routes::plain(&both.is.path) {
        let text = format!("`{}` is at `{}`, and was at `{}`", both.name, both.is.path, both.was.path);
        all.breaks(Code::E0716, both.subject(), text);
    }
}

fn a_protocol_that_is_gone_breaks_its_listeners<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let word = |way: &SmolStr| if way == "ws" { "WebSockets" } else { "server-sent events" };
    for way in both.was.via.difference(&both.is.via) {
        let text = format!("`{}` can't be had by {} any more", both.name, word(way));
        all.breaks(Code::E0716, both.subject(), text);
    }
    for way in both.is.via.difference(&both.was.via) {
        all.adds(both.subject(), format!("`{}` can be had by {}", both.name, word(way)));
    }
}

fn its_listeners_are_compared<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let (was, is) = (both.was, both.is);
    let subject = both.subject();
    let callers = allowances::Callers { subject: &subject, name: both.name, verb: "listened to" };
    allowances::access(&callers, &was.access, &is.access, all);
    allowances::limits(&callers, &was.limits, &is.limits, all);
    allowances::lifecycle(&callers, was.deprecated.as_ref(), is.deprecated.as_ref(), all);
}

fn inputs_are_compared_one_by_one<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let place = both.place(format!("`{}`", both.name));
    let in_path = |name: &'a SmolStr| position(&both.was.path, name).and_then(|at| named(both.is, at));
    let named = both.was.inputs.iter().map(|(name, input)| {
        (
            both.is
                .inputs
                .get_key_value(name)
                .map(|(name, _)| name)
                .or_else(|| in_path(name))
                .unwrap_or(name),
            input,
        )
    });
    members::taken(&named.collect(), &both.is.inputs.iter().collect(), &place, all);
}

/// Which part of a path a parameter is.
fn position(path: &str, name: &str) -> Option<usize> {
    path.split('/')
        .position(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name))
}

/// The input that stands at a part of the path.
fn named(channel: &Channel, at: usize) -> Option<&SmolStr> {
    let part = channel.path.split('/').nth(at)?.strip_prefix('{')?.strip_suffix('}')?;
    channel.inputs.get_key_value(part).map(|(name, _)| name)
}

fn a_change_that_is_not_told_any_more_breaks_those_who_wait_for_it<'a>(
    both: &Both<'a>,
    all: &mut Comparison<'a>,
) {
    for change in both.was.on.difference(&both.is.on) {
        let text = format!("`{}` does not tell of `{change}` any more", both.name);
        all.breaks(Code::E0706, both.subject(), text);
    }
}

fn a_change_that_is_new_surprises_those_who_know_them_all<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for change in both.is.on.difference(&both.was.on) {
        let text = format!("`{}` tells of `{change}`, which it did not", both.name);
        all.breaks(Code::W0704, both.subject(), text);
    }
}

fn what_is_sent_is_compared<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    match (&both.was.sends, &both.is.sends) {
        (Some(was), Some(is)) => {
            let place = both.place(format!("what `{}` sends", both.name));
            shapes::compare(was, is, Flow::Out, &place, all);
        }
        (Some(_), None) => {
            all.breaks(Code::E0706, both.subject(), format!("`{}` sends nothing any more", both.name));
        }
        (None, Some(_)) => all.adds(both.subject(), format!("`{}` sends messages", both.name)),
        (None, None) => {}
    }
}

fn what_is_received_is_compared<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    match (&both.was.receives, &both.is.receives) {
        (Some(was), Some(is)) => {
            let place = both.place(format!("what `{}` receives", both.name));
            shapes::compare(was, is, Flow::In, &place, all);
        }
        (Some(_), None) => {
            all.breaks(Code::E0702, both.subject(), format!("`{}` takes no messages any more", both.name));
        }
        (None, Some(_)) => all.adds(both.subject(), format!("`{}` takes messages", both.name)),
        (None, None) => {}
    }
}

fn a_new_error_is_noted<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for error in both.is.errors.difference(&both.was.errors) {
        all.breaks(Code::W0702, both.subject(), format!("`{}` may fail with `{error}`", both.name));
    }
}
