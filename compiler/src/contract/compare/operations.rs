//! Operations: their doors, who may call them, what they take, give and fail with.
use super::members::{self, Place};
use super::{Comparison, Flow, Pair, Subject, shapes};
use crate::contract::{Access, Operation};
use crate::report::Code;
use smol_str::SmolStr;

/// An operation that is on both sides.
struct Both<'a> {
    name: &'a SmolStr,
    was: &'a Operation,
    is: &'a Operation,
}

impl Both<'_> {
    fn subject(&self) -> Subject {
        Subject::Operation(self.name.clone())
    }
}

type Rule = for<'a> fn(&Both<'a>, &mut Comparison<'a>);

const RULES: &[Rule] = &[
    a_route_that_is_gone_breaks_its_callers,
    a_tool_that_is_gone_breaks_its_models,
    a_command_that_is_gone_breaks_its_scripts,
    another_status_breaks_those_who_compare_it,
    fewer_who_may_call_breaks_the_others,
    more_who_may_call_is_noted,
    inputs_are_compared_one_by_one,
    an_input_that_has_moved_breaks_requests,
    an_output_that_is_gone_breaks_those_who_read_it,
    outputs_are_compared_by_their_types,
    a_new_error_is_noted,
    a_new_door_breaks_nobody,
];

/// Compares one operation.
pub(super) fn compare<'a>(pair: &Pair<'a, Operation>, all: &mut Comparison<'a>) {
    let name = pair.name;
    match (pair.was, pair.is) {
        (Some(_), None) => an_operation_that_is_gone_breaks_its_callers(name, all),
        (None, Some(is)) => an_operation_that_is_new_breaks_nobody(name, is, all),
        (Some(was), Some(is)) => {
            let both = Both { name, was, is };
            for rule in RULES {
                rule(&both, all);
            }
        }
        (None, None) => {}
    }
}

fn an_operation_that_is_gone_breaks_its_callers(name: &SmolStr, all: &mut Comparison<'_>) {
    let text = format!("`{name}` is gone, or has no door any more");
    all.breaks(Code::E0701, Subject::Operation(name.clone()), text);
}

fn an_operation_that_is_new_breaks_nobody(name: &SmolStr, is: &Operation, all: &mut Comparison<'_>) {
    let text = format!("`{name}` can be called by {}", listed(is.access.iter()));
    all.adds(Subject::Operation(name.clone()), text);
}

/// A route without the names of its parameters, which do not show in a request.
fn plain(route: &str) -> String {
    let parts = route.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn a_route_that_is_gone_breaks_its_callers<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let is: Vec<String> = both.is.http.keys().map(|route| plain(route)).collect();
    for route in both.was.http.keys().filter(|route| !is.contains(&plain(route))) {
        all.breaks(Code::E0709, both.subject(), format!("`{route}` does not call `{}` any more", both.name));
    }
}

fn a_tool_that_is_gone_breaks_its_models<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for tool in both.was.mcp.difference(&both.is.mcp) {
        all.breaks(Code::E0710, both.subject(), format!("the tool `{tool}` of `{}` is gone", both.name));
    }
}

fn a_command_that_is_gone_breaks_its_scripts<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for words in both.was.cli.difference(&both.is.cli) {
        all.breaks(Code::E0711, both.subject(), format!("the command `{words}` of `{}` is gone", both.name));
    }
}

fn another_status_breaks_those_who_compare_it<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for (route, was) in &both.was.http {
        let Some(is) = both.is.http.get(route).filter(|is| *is != was) else { continue };
        let gains_an_output = both.was.output.is_none() && both.is.output.is_some();
        let loses_its_output = both.was.output.is_some() && both.is.output.is_none();
        if !(gains_an_output || loses_its_output) {
            all.breaks(Code::E0712, both.subject(), format!("`{route}` answers {is}, and answered {was}"));
        }
    }
}

/// Whether everybody whom one `allow` lets in is let in by others.
fn covers(by: &Operation, access: &Access) -> bool {
    let signed_in = *access != Access::Public && by.access.contains(&Access::SignedIn);
    by.access.contains(&Access::Public) || signed_in || by.access.contains(access)
}

fn fewer_who_may_call_breaks_the_others<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let lost: Vec<&Access> = both.was.access.iter().filter(|access| !covers(both.is, access)).collect();
    let gained: Vec<&Access> = both.is.access.iter().filter(|access| !covers(both.was, access)).collect();
    let open = lost.iter().any(|access| matches!(access, Access::Public | Access::SignedIn));
    // A condition may let in whom a role or another condition did: that is noted, and not a fact.
    let conditional = |access: &&&Access| matches!(access, Access::When(_));
    let undecided = gained.iter().any(|access| conditional(&access))
        || (lost.iter().any(|access| conditional(&access)) && !gained.is_empty());
    if !lost.is_empty() && (open || !undecided) {
        let text = format!("`{}` can't be called any more by {}", both.name, listed(lost.into_iter()));
        all.breaks(Code::E0713, both.subject(), text);
    }
}

fn more_who_may_call_is_noted<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let gained: Vec<&Access> = both.is.access.iter().filter(|access| !covers(both.was, access)).collect();
    if !gained.is_empty() {
        let text =
            format!("`{}` can be called by {}, which was not so", both.name, listed(gained.into_iter()));
        all.breaks(Code::W0703, both.subject(), text);
    }
}

fn listed<'a>(access: impl Iterator<Item = &'a Access>) -> String {
    let words = access.map(|access| match access {
        Access::Public => "anyone".to_owned(),
        Access::SignedIn => "anyone who is signed in".to_owned(),
        Access::Role(role) => format!("role `{role}`"),
        Access::When(condition) => format!("those for whom `{condition}` holds"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn inputs_are_compared_one_by_one<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let place = Place { subject: both.subject(), root: format!("`{}`", both.name), path: String::new() };
    let named = both.was.inputs.iter().map(|(name, input)| (renamed(both, name), input));
    members::taken(&named.collect(), &both.is.inputs.iter().collect(), &place, all);
}

/// The new name of an input, where requests alone could tell, and they can't: in a path only the order counts.
fn renamed<'a>(both: &Both<'a>, name: &'a SmolStr) -> &'a SmolStr {
    let by_name = !both.was.mcp.is_empty() || !both.was.cli.is_empty();
    if by_name || both.is.inputs.contains_key(name) {
        return name;
    }
    let braced = format!("{{{name}}}");
    let new = both.was.http.keys().find_map(|was| {
        let at = was.split('/').position(|part| part == braced)?;
        let is = both.is.http.keys().find(|is| plain(is) == plain(was))?;
        let part = is.split('/').nth(at)?.strip_prefix('{')?.strip_suffix('}')?;
        both.is.inputs.get_key_value(part).map(|(name, _)| name)
    });
    new.unwrap_or(name)
}

fn an_input_that_has_moved_breaks_requests<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
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

fn an_output_that_is_gone_breaks_those_who_read_it<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    if both.was.output.is_some() && both.is.output.is_none() {
        all.breaks(Code::E0706, both.subject(), format!("`{}` gives nothing any more", both.name));
    }
}

fn outputs_are_compared_by_their_types<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    if let (Some(was), Some(is)) = (&both.was.output, &both.is.output) {
        let subject = Subject::Output(both.name.clone());
        let root = format!("the output of `{}`", both.name);
        shapes::compare(was, is, Flow::Out, &Place { subject, root, path: String::new() }, all);
    }
}

fn a_new_error_is_noted<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for error in both.is.errors.difference(&both.was.errors) {
        all.breaks(Code::W0702, both.subject(), format!("`{}` may fail with `{error}`", both.name));
    }
}

fn a_new_door_breaks_nobody<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let was: Vec<String> = both.was.http.keys().map(|route| plain(route)).collect();
    let routes = both.is.http.keys().filter(|route| !was.contains(&plain(route)));
    let tools = both.is.mcp.difference(&both.was.mcp).map(|tool| format!("the tool `{tool}`"));
    let words = both.is.cli.difference(&both.was.cli).map(|words| format!("the command `{words}`"));
    for door in routes.map(|route| format!("`{route}`")).chain(tools).chain(words) {
        all.adds(both.subject(), format!("{door} calls `{}`", both.name));
    }
}
