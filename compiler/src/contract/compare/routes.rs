//! Routes of operations: their addresses, statuses, where they carry inputs, and how they wrap bodies.
use super::{Comparison, Subject};
use crate::contract::{Operation, Route};
use crate::report::Code;
use smol_str::SmolStr;

/// An operation that is on both sides.
struct Both<'a> {
    name: &'a SmolStr,
    was: &'a Operation,
    is: &'a Operation,
}

impl<'a> Both<'a> {
    fn subject(&self) -> Subject {
        Subject::Operation(self.name.clone())
    }

    /// Routes that are on both sides, by their new names.
    fn kept(&self) -> impl Iterator<Item = (&'a SmolStr, &'a Route, &'a Route)> {
        let (was, is) = (self.was, self.is);
        was.http.iter().filter_map(|(before, old)| {
            let (now, new) = is.http.iter().find(|(now, _)| plain(now) == plain(before))?;
            Some((now, old, new))
        })
    }
}

type Rule = fn(&Both<'_>, &mut Comparison<'_>);

const RULES: &[Rule] = &[
    a_route_that_is_gone_breaks_its_callers,
    another_status_breaks_those_who_compare_it,
    an_input_that_has_moved_breaks_requests,
    a_body_that_is_read_otherwise_breaks_requests,
    a_body_that_lacks_what_it_had_breaks_those_who_read_it,
];

/// Compares the routes of an operation.
pub(super) fn compare(name: &SmolStr, was: &Operation, is: &Operation, all: &mut Comparison<'_>) {
    let both = Both { name, was, is };
    for rule in RULES {
        rule(&both, all);
    }
}

/// Routes that are only on the later side.
pub(super) fn added<'a>(was: &Operation, is: &'a Operation) -> impl Iterator<Item = &'a SmolStr> {
    let was: Vec<String> = was.http.keys().map(|route| plain(route)).collect();
    is.http.keys().filter(move |route| !was.contains(&plain(route)))
}

/// The new name of an input, where requests alone could tell, and they can't: in a path only the order counts.
pub(super) fn renamed<'a>(was: &Operation, is: &'a Operation, name: &'a SmolStr) -> &'a SmolStr {
    let by_name =
        !was.mcp.is_empty() || !was.cli.is_empty() || !was.resources.is_empty() || !was.prompts.is_empty();
    if by_name || is.inputs.contains_key(name) {
        return name;
    }
    let braced = format!("{{{name}}}");
    let new = was.http.keys().find_map(|before| {
        let at = before.split('/').position(|part| part == braced)?;
        let now = is.http.keys().find(|now| plain(now) == plain(before))?;
        let part = now.split('/').nth(at)?.strip_prefix('{')?.strip_suffix('}')?;
        is.inputs.get_key_value(part).map(|(name, _)| name)
    });
    new.unwrap_or(name)
}

/// A route without the names of its parameters, which do not show in a request.
pub(super) fn plain(route: &str) -> String {
    let parts = route.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn a_route_that_is_gone_breaks_its_callers(both: &Both<'_>, all: &mut Comparison<'_>) {
    for route in added(both.is, both.was) {
        all.breaks(Code::E0709, both.subject(), format!("`{route}` does not call `{}` any more", both.name));
    }
}

fn another_status_breaks_those_who_compare_it(both: &Both<'_>, all: &mut Comparison<'_>) {
    // That there is an output now, or none any more, is said for itself.
    if both.was.output.is_some() != both.is.output.is_some() {
        return;
    }
    for (route, was, is) in both.kept().filter(|(_, was, is)| was.status != is.status) {
        let text = format!("`{route}` answers {}, and answered {}", is.status, was.status);
        all.breaks(Code::E0712, both.subject(), text);
    }
}

fn an_input_that_has_moved_breaks_requests(both: &Both<'_>, all: &mut Comparison<'_>) {
    if both.was.http.is_empty() || both.is.http.is_empty() {
        return;
    }
    for (name, was) in &both.was.inputs {
        let Some(is) = both.is.inputs.get(name).filter(|is| is.place != was.place) else { continue };
        let subject = Subject::Input { operation: both.name.clone(), input: name.clone() };
        let (is, was) = (place(&is.place), place(&was.place));
        let text = format!("`{name}` of `{}` is read from {is}, and was read from {was}", both.name);
        all.breaks(Code::E0705, subject, text);
    }
}

fn place(word: &str) -> String {
    match word.split_once(' ') {
        Some((kind, name)) => format!("the {kind} `{name}`"),
        None if word == "member" => "a member of the body".to_owned(),
        None => format!("the {word}"),
    }
}

fn a_body_that_is_read_otherwise_breaks_requests(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (route, was, is) in both.kept().filter(|(_, was, is)| was.takes != is.takes) {
        let shown = |route: &Route| {
            route.takes.as_ref().map_or("the inputs alone".to_owned(), |it| format!("`{it}`"))
        };
        let text = format!("the body of `{route}` is {}, and was {}", shown(is), shown(was));
        all.breaks(Code::E0705, both.subject(), text);
    }
}

fn a_body_that_lacks_what_it_had_breaks_those_who_read_it(both: &Both<'_>, all: &mut Comparison<'_>) {
    let holds = |was: &Route, is: &Route| match (&was.gives, &is.gives) {
        (Some(was), Some(is)) => is.holds(was),
        (was, is) => was == is,
    };
    for (route, was, is) in both.kept().filter(|(_, was, is)| !holds(was, is)) {
        let shown = |route: &Route| {
            route.gives.as_ref().map_or("the output alone".to_owned(), |it| format!("`{it}`"))
        };
        let text = format!("`{route}` answers {}, and answered {}", shown(is), shown(was));
        all.breaks(Code::E0706, both.subject(), text);
    }
}
